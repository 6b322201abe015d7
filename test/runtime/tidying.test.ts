import test from 'ava';
import {planTidying} from '../../source/runtime/tidying.js';

const day = 24 * 3_600_000;
const nowMs = 1000 * day;
const mb = 1e6;
const gb = 1e9;

for (const [what, {bytes = 0, largest = bytes, projectBytes = 0, oldestDays = 1}, plan] of [
	['a young and small store is left alone', {bytes: 50 * mb}, {kind: 'join'}],
	['history within its days stays, and a day more', {oldestDays: 30.9}, {kind: 'join'}],
	['what is older goes', {oldestDays: 31.1}, {kind: 'compact', sinceMs: nowMs - 30 * day}],
	[
		'a first import of a large project is not written twice',
		{bytes: 8 * gb, largest: 250 * mb, projectBytes: 8 * gb},
		{kind: 'join'},
	],
	[
		'whole versions one after the other become differences',
		{bytes: 3 * gb, largest: 100 * mb, projectBytes: 100 * mb},
		{kind: 'compact', sinceMs: nowMs - 30 * day},
	],
	[
		'what was just written anew is not again',
		{bytes: 3 * gb, largest: 2.9 * gb, projectBytes: 100 * mb},
		{kind: 'join'},
	],
	[
		'too large: half of the time goes',
		{bytes: 12 * gb, projectBytes: gb, oldestDays: 20},
		{kind: 'compact', sinceMs: nowMs - 10 * day},
	],
	[
		'the last day stays',
		{bytes: 12 * gb, projectBytes: gb, oldestDays: 1.5},
		{kind: 'compact', sinceMs: nowMs - day},
	],
	['and then a person is asked', {bytes: 12 * gb, projectBytes: gb, oldestDays: 0.9}, {kind: 'too-large'}],
	[
		'the project itself does not count as history',
		{bytes: 12 * gb, projectBytes: 11 * gb, oldestDays: 20},
		{kind: 'join'},
	],
] as const satisfies readonly (readonly [
	string,
	{bytes?: number; largest?: number; projectBytes?: number; oldestDays?: number},
	ReturnType<typeof planTidying>,
])[]) {
	test(`${what}`, (t) => {
		const size = {bytes, largest, loose: 0, packs: 1};
		const oldestMs = nowMs - oldestDays * day;
		t.deepEqual(planTidying({size, projectBytes, oldestMs, nowMs, kept: {days: 30, bytes: 10 * gb}}), plan);
	});
}
