import fc from 'fast-check';
import test from 'ava';
import {boundaryOf, oldestKept, selectKept} from '../../source/git/retention.js';

const day = 24 * 3_600_000;
const nowMs = 1000 * day;

type Made = {
	readonly oid: string;
	readonly parents: readonly string[];
	readonly dateMs: number;
	present: boolean;
};

/** A graph of commits given oldest first. */
function graphOf(commits: readonly Made[]) {
	const known = new Map(commits.map((commit) => [commit.oid, commit]));
	return {
		all: () => known.values(),
		parents: (oid: string) => known.get(oid)?.parents,
		date: (oid: string) => known.get(oid)?.dateMs,
		isPresent: (oid: string) => known.get(oid)?.present ?? false,
	};
}

const line = (dates: readonly number[]): Made[] =>
	dates.map((dateMs, index) => ({
		oid: `c${index}`,
		parents: index === 0 ? [] : [`c${index - 1}`],
		dateMs,
		present: true,
	}));

for (const [what, dates, sinceMs, kept] of [
	['the old ones go', [1, 2, 3, 4], 3, ['c2', 'c3']],
	['the head stays, however old', [1, 2, 3, 4], 100, ['c3']],
	['a clock that was behind makes no hole', [1, 5, 2, 6], 5, ['c1', 'c2', 'c3']],
	['nothing is old enough', [5, 6, 7], 1, ['c0', 'c1', 'c2']],
	['a clock of the future keeps nothing', [1, nowMs + 2 * day, 2, 3, 4], 3, ['c3', 'c4']],
	[
		'what such a clock made goes with what was built on it',
		[1, nowMs + 2 * day, 9, 10],
		9,
		['c1', 'c2', 'c3'],
	],
	['clocks of the future alone', [1, nowMs + 2 * day, nowMs + 3 * day], 9, ['c1', 'c2']],
	['a clock that is ahead by an hour', [1, nowMs + day / 24, 2, 3], 9, ['c1', 'c2', 'c3']],
] as const) {
	test(`what is kept: ${what}`, (t) => {
		const graph = graphOf(line(dates));
		t.deepEqual([...selectKept(graph, {head: `c${dates.length - 1}`, sinceMs, nowMs, anchors: []})].sort(), [
			...kept,
		]);
	});
}

test('anchors stay where they are here, and what the head does not reach goes by its own date', (t) => {
	const graph = graphOf([
		...line([1, 2, 3]),
		{oid: 'waits', parents: ['c1'], dateMs: 3, present: true},
		{oid: 'left', parents: ['c0'], dateMs: 1, present: true},
		{oid: 'far', parents: [], dateMs: 9, present: false},
	]);
	const kept = selectKept(graph, {head: 'c2', sinceMs: 3, nowMs, anchors: ['c0', 'far', 'nowhere']});
	t.deepEqual([...kept].sort(), ['c0', 'c2', 'waits']);
	t.deepEqual(boundaryOf(graph, kept).sort(), ['c2', 'waits']);
	t.is(oldestKept(graph, {head: 'c2', nowMs}), 1);
	t.is(oldestKept(graph, {head: 'c0', nowMs}), undefined);
});

test('whatever the graph and its clocks, what descends from a kept commit of our history is kept', (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.record({date: fc.nat(20), parents: fc.array(fc.nat(1000), {maxLength: 3})}), {
				minLength: 1,
				maxLength: 40,
			}),
			fc.nat(20),
			(shape, sinceMs) => {
				const commits = shape.map(({date, parents}, index) => ({
					oid: `c${index}`,
					parents:
						index === 0
							? []
							: [...new Set([index - 1, ...parents.map((n) => n % index)])].map((n) => `c${n}`),
					dateMs: date,
					present: true,
				}));
				const head = `c${commits.length - 1}`;
				const kept = selectKept(graphOf(commits), {head, sinceMs, nowMs, anchors: []});
				t.true(kept.has(head));
				for (const {oid, parents, dateMs} of commits) {
					if (dateMs >= sinceMs) t.true(kept.has(oid));
					if (parents.some((parent) => kept.has(parent))) t.true(kept.has(oid));
				}
			},
		),
		{numRuns: 200},
	);
});
