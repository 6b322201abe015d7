import test from 'ava';
import {maxGraphCommits} from '../../../source/protocol/peer-messages.js';
import {graphBatches} from '../../../source/runtime/exchange/graph-batches.js';

/** A graph of commits by name. */
function graphOf(parents: Readonly<Record<string, readonly string[]>>) {
	return {
		has: (oid: string) => oid in parents,
		isPresent: (oid: string) => oid in parents,
		parents: (oid: string) => parents[oid],
		add: async () => undefined,
	};
}

const graph = graphOf({a: [], b: ['a'], c: ['b'], d: ['b'], e: ['c', 'd'], f: ['e']});
for (const [what, commit, sent, have, expected] of [
	['a first join tells all behind the snapshot', 'f', ['f'], [], 'e c d, c b, d b, b a, a'],
	['a change on top of what is there tells nothing', 'f', ['f'], ['e'], ''],
	['a merge of which one side is there tells nothing that side knows', 'e', ['e', 'd'], ['c'], ''],
	['what is neither sent nor known is told', 'f', ['f'], ['c'], 'e c d, d b'],
	['where all commits are sent nothing is left to tell', 'f', ['f', 'e', 'c', 'd', 'b', 'a'], [], ''],
	['a root alone tells nothing', 'a', ['a'], [], ''],
] as const) {
	test(what, (t) => {
		const batches = [...graphBatches(graph, commit, {sent: new Set(sent), have})];
		t.is(
			batches
				.flat()
				.map((ids) => ids.join(' '))
				.join(', '),
			expected,
		);
	});
}

test('a long history comes in messages of a bounded size', (t) => {
	const long: Record<string, readonly string[]> = {'0': []};
	for (let index = 1; index <= 2000; index++) long[`${index}`] = [`${index - 1}`];
	const batches = [...graphBatches(graphOf(long), '2000', {sent: new Set(['2000']), have: []})];
	t.true(batches.every((batch) => batch.length <= maxGraphCommits));
	t.is(batches.flat().length, 2000);
});
