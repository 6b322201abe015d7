import test from 'ava';
import fc from 'fast-check';
import {type Store} from '../../source/git/store.js';
import {absentValue, formatContent, type Oid} from '../../source/protocol/content.js';
import {author, clean, fsck, git, makeStore, openStore, save, sorted, textAt, trees} from './make-store.js';

/** Brings a commit from one store to another, as peers do. */
async function bring(from: Store, to: Store, commit: Oid, have: readonly Oid[]): Promise<number> {
	const {objects} = await from.enumerate(commit, {have});
	await to.indexPack(await from.packObjects(objects.map(({oid}) => oid)));
	const sent = new Set(objects.map(({oid}) => oid));
	await to.graph.add([...from.graph.all()].filter(({oid}) => !sent.has(oid)));
	await to.acceptCommit(commit);
	return objects.length;
}

test('objects are listed in phases and by id within a phase, each once, with their sizes', async (t) => {
	const {store} = await makeStore(t);
	const shared = clean(await store.writeBlob(Buffer.from('shared')));
	await save(
		store,
		new Map([
			['a/x', shared],
			['b/x', shared],
			['c', shared],
		]),
	);
	const head = await save(store, await textAt(store, 'd', 'dd'));
	const {objects, bytes} = await store.enumerate(head, {have: []});
	const order = objects.map(({oid, type}) => `${['blob', 'tree', 'commit'].indexOf(type)} ${oid}`);
	t.deepEqual(order, [...new Set(order)].sort());
	t.is(order.length, 2 + 2 + 1);
	t.is(
		bytes,
		objects.reduce((sum, object) => sum + object.bytes, 0),
	);
	for (const {oid, type, bytes: size} of objects) {
		t.is(git(store, ['cat-file', '-t', oid]), type);
		t.is(Number(git(store, ['cat-file', '-s', oid])), size);
	}
});

test('a joiner gets the newest snapshot alone, and git finds its store in order', async (t) => {
	const {store} = await makeStore(t);
	const {store: other, folder} = await makeStore(t);
	const first = await save(store, await textAt(store, 'old', 'gone'));
	await save(store, new Map([['old', absentValue], ...(await textAt(store, 'a/b', 'kept'))]));
	const head = await save(store, await textAt(store, 'a/c', 'new'));
	await bring(store, other, head, []);
	await other.writeHead(head);
	t.deepEqual(other.graph.boundary(), [head]);
	t.true(other.graph.has(first));
	t.false(other.graph.isPresent(first));
	t.is(fsck(other), '');
	t.is(git(other, ['rev-list', '--count', head]), '1');

	const next = await save(store, await textAt(store, 'a/c', 'newer'));
	t.is(await bring(store, other, next, [head]), 4);
	await other.writeHead(next, head);
	t.is(fsck(other), '');
	t.is(git(other, ['rev-list', '--count', next]), '2');

	await other.close();
	const again = await openStore(t, folder);
	t.deepEqual(again.graph.boundary(), [head]);
	t.deepEqual(again.graph.parents(head), store.graph.parents(head));
	t.true(again.graph.has(first));
	t.true(again.graph.isPresent(next));
});

test('a snapshot from behind the boundary can be fetched later', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const first = await save(store, await textAt(store, 'a', '1'));
	const second = await save(store, await textAt(store, 'a', '2'));
	const third = await save(store, await textAt(store, 'a', '3'));
	await bring(store, other, third, []);
	await other.writeHead(third);
	await t.throwsAsync(other.enumerate(second, {have: []}), {code: 'missing_object'});
	await bring(store, other, second, []);
	t.deepEqual(other.graph.boundary(), [second]);
	t.is(fsck(other), '');
	await bring(store, other, first, []);
	t.deepEqual(other.graph.boundary(), []);
	t.is(git(other, ['rev-list', '--count', third]), '3');
	t.is(fsck(other), '');
});

test('a folder that was moved is not sent again', async (t) => {
	const {store} = await makeStore(t);
	const files = await Promise.all(
		Array.from(
			{length: 300},
			async (_, at) => [`f${at % 10}/${at}`, await store.writeBlob(Buffer.from(`${at}`))] as const,
		),
	);
	const head = await save(store, new Map(files.map(([path, oid]) => [`from/${path}`, clean(oid)])));
	const moved = new Map([
		...files.map(([path]) => [`from/${path}`, absentValue] as const),
		...files.map(([path, oid]) => [`to/${path}`, clean(oid)] as const),
	]);
	const next = await save(store, moved);
	t.is((await store.enumerate(next, {have: [head]})).objects.length, 2);
});

test('what a commit adds and no more is enough for whoever has its parents, in any history', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const blobs = await Promise.all(
		['a', 'b', 'c', 'd'].map(async (text) => store.writeBlob(Buffer.from(text))),
	);
	const contents = blobs.map((oid) => formatContent('100644', oid));
	let tip: Oid | undefined;
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(trees(contents), fc.nat()), {minLength: 1, maxLength: 4}),
			fc.nat(),
			async (steps, from) => {
				const made: Oid[] = tip === undefined ? [] : [tip];
				for (const [tree, at] of steps) {
					const parents =
						made.length > 0 ? [...new Set([made.at(-1) ?? '', made[at % made.length] ?? ''])] : [];
					const oid = await store.writeTree(undefined, tree);
					made.push(
						await store.writeCommit({tree: oid, parents, author, atMs: made.length * 1000, message: `${at}`}),
					);
				}

				const last = made.at(-1) ?? '';
				const have = tip === undefined ? [] : [tip];
				t.true(from >= 0);
				await bring(store, other, last, have);
				const {tree} = await other.readCommit(last);
				t.deepEqual(sorted(await other.listTree(tree)), sorted(await store.listTree(tree)));
				tip = last;
				await other.writeHead(last);
			},
		),
		{numRuns: 25},
	);
	t.is(fsck(other), '');
});

test('unknown commits among what the other side has are ignored', async (t) => {
	const {store} = await makeStore(t);
	const head = await save(store, await textAt(store, 'a', '1'));
	const plan = await store.enumerate(head, {have: ['f'.repeat(40)]});
	t.is(plan.objects.length, 3);
	t.is((await store.enumerate(head, {have: [head]})).objects.length, 0);
	await t.throwsAsync(store.enumerate('f'.repeat(40), {have: []}), {code: 'missing_object'});
});
