import {appendFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {Graph} from '../../source/git/graph.js';
import {makeFolder} from './make-store.js';

const id = (at: number) => at.toString(16).padStart(40, '0');

test('commits are known again after the file was closed and opened', async (t) => {
	const file = path.join(await makeFolder(t), 'graph');
	const graph = await Graph.open(file);
	t.is(
		await graph.add([
			{oid: id(1), parents: []},
			{oid: id(2), parents: [id(1)], dateMs: 5000},
		]),
		2,
	);
	graph.markPresent({oid: id(3), parents: [id(2), id(1)], dateMs: 7000});
	await graph.close();
	const again = await Graph.open(file);
	t.deepEqual([...again.all()], [...graph.all()]);
	t.deepEqual(again.parents(id(3)), [id(2), id(1)]);
	t.is(again.date(id(2)), 5000);
	t.is(again.date(id(1)), undefined);
	t.true(again.has(id(1)));
	t.false(again.isPresent(id(1)));
	t.true(again.isPresent(id(3)));
	t.deepEqual(again.boundary(), [id(3)]);
});

test('what is known is not rewritten by a peer, and facts that are malformed are left out', async (t) => {
	const graph = await Graph.open(path.join(await makeFolder(t), 'graph'));
	graph.markPresent({oid: id(1), parents: [], dateMs: 1000});
	await graph.add([{oid: id(2), parents: [id(1)]}]);
	const added = await graph.add([
		{oid: id(1), parents: [id(9)]},
		{oid: id(2), parents: []},
		{oid: id(3), parents: [id(3)]},
		{oid: id(4), parents: ['HEAD']},
		{oid: 'HEAD', parents: []},
		{oid: id(5), parents: [id(1), id(1)]},
		{oid: id(6), parents: Array.from({length: 65}, (_, at) => id(100 + at))},
	]);
	t.is(added, 0);
	t.deepEqual(graph.parents(id(1)), []);
	t.deepEqual(graph.parents(id(2)), [id(1)]);
	t.false(graph.has(id(3)));
	await graph.close();
});

test('commits that would be their own ancestors are roots, as are all that were told with them', async (t) => {
	const folder = await makeFolder(t);
	for (const [index, told] of [
		[
			[2, 3],
			[3, 2],
		],
		[
			[2, 3],
			[3, 4],
			[4, 2],
			[5, 1],
		],
		[[2, 1]],
		[
			[2, 6, 7],
			[6, 1],
			[7, 1],
		],
	].entries()) {
		const graph = await Graph.open(path.join(folder, `graph-${index}`));
		graph.markPresent({oid: id(1), parents: [id(2)]});
		const commits = told.map(([oid, ...parents]) => ({oid: id(oid!), parents: parents.map(id)}));
		t.is(await graph.add(commits), told.length);
		for (const {oid} of commits) t.deepEqual(graph.parents(oid), [], JSON.stringify(told));
		t.deepEqual(graph.parents(id(1)), [id(2)]);
		await graph.close();
	}

	const graph = await Graph.open(path.join(folder, 'graph'));
	const added = await graph.add([
		{oid: id(2), parents: [id(3), id(4)]},
		{oid: id(3), parents: [id(4), id(5)]},
		{oid: id(4), parents: [id(5)]},
	]);
	t.is(added, 3);
	t.deepEqual(graph.parents(id(3)), [id(4), id(5)]);
	await graph.add([{oid: id(5), parents: [id(2)]}]);
	t.deepEqual(graph.parents(id(5)), []);
	await graph.close();
});

test('a line of a hundred thousand commits is taken', async (t) => {
	const graph = await Graph.open(path.join(await makeFolder(t), 'graph'));
	const line = Array.from({length: 100_000}, (_, at) => ({
		oid: id(at),
		parents: at === 0 ? [] : [id(at - 1)],
	}));
	t.is(await graph.add(line), line.length);
	await graph.close();
});

test('a torn last line is dropped, and what follows is not glued to it', async (t) => {
	const file = path.join(await makeFolder(t), 'graph');
	const graph = await Graph.open(file);
	await graph.add([
		{oid: id(1), parents: []},
		{oid: id(2), parents: [id(1)]},
	]);
	await graph.close();
	const whole = await readFile(file);
	for (let length = 0; length <= whole.length; length += 7) {
		await writeFile(file, whole.subarray(0, length));
		const torn = await Graph.open(file);
		await torn.add([{oid: id(3), parents: [id(1)]}]);
		await torn.close();
		const again = await Graph.open(file);
		t.deepEqual(again.parents(id(3)), [id(1)]);
		t.true([...again.all()].every(({oid}) => [1, 2, 3].map(id).includes(oid)));
	}

	await appendFile(file, 'nonsense\n\n+ 12\n');
	t.true((await Graph.open(file)).has(id(3)));
});

test('the boundary is every present commit that lacks a parent, in whatever order commits come', async (t) => {
	const folder = await makeFolder(t);
	let serial = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.nat(9), fc.uniqueArray(fc.nat(9), {maxLength: 3}))),
			async (commits) => {
				const graph = await Graph.open(path.join(folder, `graph-${serial++}`));
				for (const [at, parents] of commits) {
					const commit = {oid: id(at), parents: parents.filter((parent) => parent < at).map(id), dateMs: 0};
					if (serial % 2 === 0) {
						await graph.add([commit]);
					}

					graph.markPresent(commit);
				}

				const expected = [...graph.all()]
					.filter(
						({oid, parents, present}) =>
							present && oid && !parents.every((parent) => graph.isPresent(parent)),
					)
					.map(({oid}) => oid);
				t.deepEqual(graph.boundary(), expected.sort());
				await graph.close();
			},
		),
		{numRuns: 40},
	);
});
