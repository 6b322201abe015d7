import test from 'ava';
import fc from 'fast-check';
import {sampleAncestors} from '../../../source/core/reconcile/sample-ancestors.js';
import {Ancestry} from '../../../source/core/reconcile/ancestry.js';

type Graph = ReadonlyMap<string, readonly string[]>;

const ancestryOf = (graph: Graph) => new Ancestry((oid) => graph.get(oid));

/** Commits 0, 1, 2 … whose parents are earlier ones. */
const someGraph: fc.Arbitrary<Graph> = fc
	.array(fc.array(fc.nat(), {maxLength: 3}), {minLength: 2, maxLength: 14})
	.map(
		(rows) =>
			new Map(
				rows.map((row, index) => [
					`c${index}`,
					index === 0 ? [] : [...new Set(row.map((n) => `c${n % index}`))],
				]),
			),
	);

function reachable(graph: Graph, from: string): Set<string> {
	return new Set([from, ...(graph.get(from) ?? []).flatMap((parent) => [...reachable(graph, parent)])]);
}

test('Ancestors and nearest common ancestors are those of a plain walk', (t) => {
	fc.assert(
		fc.property(someGraph, fc.nat(), fc.nat(), fc.nat(), (graph, x, y, z) => {
			const ids = [...graph.keys()];
			const [a, b, c] = [x, y, z].map((n) => ids[n % ids.length]!) as [string, string, string];
			const ancestry = ancestryOf(graph);
			t.is(ancestry.isAncestor(a, b), reachable(graph, b).has(a));
			const left = new Set([...reachable(graph, a), ...reachable(graph, b)]);
			const both = [...left].filter((id) => reachable(graph, c).has(id));
			const nearest = both.filter(
				(id) => !both.some((other) => other !== id && reachable(graph, other).has(id)),
			);
			t.deepEqual(ancestry.commonAncestors([a, b], [c]), nearest.sort());
		}),
		{numRuns: 500},
	);
});

test('A walk gives every ancestor once, children before their parents', (t) => {
	fc.assert(
		fc.property(someGraph, fc.nat(), (graph, x) => {
			const from = `c${x % graph.size}`;
			const walked = [...ancestryOf(graph).walk(from)];
			t.deepEqual([...walked].sort(), [...reachable(graph, from)].sort());
			t.is(new Set(walked).size, walked.length);
			for (const [index, id] of walked.entries()) {
				for (const parent of graph.get(id) ?? []) t.true(walked.indexOf(parent) > index);
			}
		}),
		{numRuns: 200},
	);
});

test('What becomes known of the graph later counts', (t) => {
	const graph = new Map<string, readonly string[]>([
		['new', ['old']],
		['side', ['root']],
	]);
	const ancestry = ancestryOf(graph);
	t.deepEqual(ancestry.commonAncestors(['new'], ['side']), []);
	graph.set('old', ['middle']).set('middle', ['root']).set('root', []);
	t.deepEqual(ancestry.commonAncestors(['new'], ['side']), ['root']);
	t.true(ancestry.isAncestor('root', 'new'));
});

test('A sample of ancestors has the newest, ever fewer of the older, and the last that is here', (t) => {
	const ancestry = new Ancestry((oid) => (oid === '0' ? [] : [String(Number(oid) - 1)]));
	const sample = sampleAncestors(ancestry, '5000', (oid) => Number(oid) >= 1000);
	t.deepEqual(
		sample.slice(0, 20),
		Array.from({length: 20}, (_, index) => String(5000 - index)),
	);
	t.is(sample.at(-1), '1000');
	t.true(sample.length < 60);
	t.deepEqual(
		sampleAncestors(ancestry, '2', () => true),
		['2', '1', '0'],
	);
	t.is(sampleAncestors(ancestry, '5000', () => true, 10).length, 10);
});

test('A graph that goes in circles is walked to an end', (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.uniqueArray(fc.nat(7), {maxLength: 3}), {minLength: 8, maxLength: 8}),
			fc.nat(7),
			fc.nat(7),
			(rows, from, to) => {
				const ancestry = ancestryOf(
					new Map(rows.map((row, at) => [`c${at}`, row.map((parent) => `c${parent}`)])),
				);
				ancestry.isAncestor(`c${to}`, `c${from}`);
				ancestry.commonAncestors([`c${from}`], [`c${to}`]);
				const walked = [...ancestry.walk(`c${from}`)];
				t.is(new Set(walked).size, walked.length);
			},
		),
	);
	const ancestry = ancestryOf(
		new Map([
			['head', ['p']],
			['p', ['q']],
			['q', ['p']],
			['other', []],
		]),
	);
	t.false(ancestry.isAncestor('other', 'head'));
	t.true(ancestry.isAncestor('q', 'head'));
	t.deepEqual(ancestry.commonAncestors(['head'], ['other']), []);
});

test('A line of a hundred thousand commits is no depth of calls', (t) => {
	const ancestry = new Ancestry((oid) => (oid === '0' ? [] : [String(Number(oid) - 1)]));
	t.deepEqual(ancestry.commonAncestors(['100000'], ['99990']), ['99990']);
	t.true(ancestry.isAncestor('5', '100000'));
});
