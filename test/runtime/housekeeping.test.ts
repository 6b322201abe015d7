import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {type State} from '../../source/core/state.js';
import {Failure} from '../../source/protocol/failure.js';
import {startHousekeeping} from '../../source/runtime/housekeeping.js';
import {samplePeer, sampleState} from '../helpers/sample-state.js';
import {waitUntil} from '../helpers/wait.js';

const day = 24 * 3_600_000;
const nowMs = 1000 * day;

/** Housekeeping of a store that is told, with looks every few milliseconds. */
function keep(
	t: {teardown(fn: () => Promise<void>): void},
	{
		bytes = 1000,
		oldestDays = 40,
		state = () => sampleState(),
		fails = false,
		looksToIndex = 1,
	}: {
		bytes?: number;
		oldestDays?: number;
		state?: () => State;
		fails?: boolean;
		looksToIndex?: number;
	} = {},
) {
	const compacted: {sinceMs: number; heads: readonly string[]}[] = [];
	const events: Event[] = [];
	let [joins, cuts, released, indexed, size, head] = [0, 0, 0, 0, bytes, 'a'.repeat(40)];
	let oldestMs = nowMs - oldestDays * day;
	const housekeeping = startHousekeeping({
		project: {
			async compact({sinceMs, heads}) {
				if (fails) throw new Failure('disk_room');
				compacted.push({sinceMs, heads});
				oldestMs = Math.max(oldestMs, sinceMs);
				return {cut: 3, bytesBefore: bytes, bytesAfter: bytes};
			},
			indexHistory: async () => ++indexed >= looksToIndex,
			store: {
				size: async () => ({bytes: size, loose: 0, packs: 1, largest: size}),
				repackIfNeeded: async () => {
					joins++;
					return true;
				},
				oldestMs: () => oldestMs,
			},
		},
		kept: {days: 30, bytes: 1e9},
		state: () => ({...state(), project: {...state().project, head}}),
		dispatch: (event) => events.push(event),
		cutOff: () => cuts++,
		releaseMemory: () => released++,
		log: () => undefined,
		now: () => nowMs,
		firstLookMs: 1,
		lookEveryMs: 5,
	});
	t.teardown(async () => housekeeping.stop());
	const isMeasured = () => events.some(({type}) => type === 'store-measured');
	/** Another head is looked at anew. */
	const shrink = (to: number) => {
		size = to;
		head = 'b'.repeat(40);
	};
	return {
		shrink,
		housekeeping,
		compacted,
		events,
		isMeasured,
		joins: () => joins,
		cuts: () => cuts,
		released: () => released,
		indexed: () => indexed,
	};
}

test('what is older than its days goes at the first quiet look, once', async (t) => {
	const {compacted, isMeasured, cuts, events, released} = keep(t);
	await waitUntil('measured', isMeasured);
	await waitUntil('memory is given back', () => released() > 0);
	t.deepEqual(compacted, [{sinceMs: nowMs - 30 * day, heads: [samplePeer().head]}]);
	t.is(cuts(), 1);
	t.deepEqual(events, [{type: 'store-measured', bytes: 1000}]);
});

test('while a peer is served or fetched from, and after a guard, nothing is tidied, only measured', async (t) => {
	const transfer = {tier: 'direct', startedAt: 0, doneBytes: 0, doneObjects: 0, resumedBytes: 0} as const;
	const busy = samplePeer({transferOut: transfer});
	const halted = {kind: 'halted', code: 'root_emptied', message: ''} as const;
	for (const state of [
		sampleState({peers: new Map([[busy.peerId, busy]])}),
		sampleState({project: {...sampleState().project, mode: halted}}),
	]) {
		const {compacted, events, joins, released} = keep(t, {state: () => state});
		await waitUntil('measured twice', () => events.length > 1);
		t.deepEqual([compacted.length, joins(), released()], [0, 0, 0]);
	}
});

test('a store within its bounds is joined, and one that cannot be made small enough is told', async (t) => {
	const small = keep(t, {oldestDays: 3});
	await waitUntil('measured', small.isMeasured);
	t.deepEqual([small.compacted.length, small.joins()], [0, 1]);
	const large = keep(t, {oldestDays: 0.5, bytes: 5e9});
	await waitUntil('measured', large.isMeasured);
	t.is(large.compacted.length, 0);
	t.like(large.events[0], {type: 'problem-found', problem: {code: 'store_large'}});
	large.shrink(1000);
	await waitUntil('solved', () => large.events.some(({type}) => type === 'problem-solved'));
});

test('a history that takes many looks to be noted is looked at until it is, and no longer', async (t) => {
	const {indexed, joins, shrink, events} = keep(t, {oldestDays: 3, looksToIndex: 4});
	await waitUntil('noted', () => indexed() === 4);
	t.is(joins(), 4);
	shrink(2000);
	await waitUntil('the new head is noted', () => indexed() === 5);
	t.true(events.length >= 4);
});

test('what cannot be tidied now is measured, and left alone for a while', async (t) => {
	const {events, compacted, isMeasured, joins} = keep(t, {fails: true});
	await waitUntil('measured', isMeasured);
	await waitUntil('measured again', () => events.length >= 2);
	t.deepEqual([compacted.length, joins()], [0, 0]);
});

test('a person can have it at once, with fewer days', async (t) => {
	const {housekeeping, compacted} = keep(t, {oldestDays: 3});
	t.deepEqual(await housekeeping.tidy(2), {bytes: 1000, cut: 3});
	await housekeeping.tidy();
	t.deepEqual(
		compacted.map(({sinceMs}) => (nowMs - sinceMs) / day),
		[2, 30],
	);
});
