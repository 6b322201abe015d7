import {randomBytes} from 'node:crypto';
import test from 'ava';
import {absentValue, type Oid} from '../../source/protocol/content.js';
import {clean, fsck, git, makeStore, save, sorted, textAt} from './make-store.js';

test('many small packs are joined, nothing is lost, and reading and writing go on meanwhile', async (t) => {
	const {store} = await makeStore(t);
	const {store: source} = await makeStore(t);
	const kept: Oid[] = [];
	t.false(await store.repackIfNeeded());
	for (let round = 0; round < 52; round++) {
		const large = await source.writeBlob(randomBytes(600_000));
		await store.indexPack(await source.packObjects([large]));
		kept.push(large);
	}

	const head = await save(
		store,
		new Map([
			['a', clean(kept[0] ?? '')],
			['b', clean(kept[1] ?? '')],
		]),
	);
	const unreferenced = await store.writeBlob(Buffer.from('not in any tree'));
	const before = await store.listTree((await store.readCommit(head)).tree);
	const repacking = store.repackIfNeeded();
	const meanwhile = await Promise.all(
		Array.from({length: 30}, async (_, at) => {
			const oid = await store.writeBlob(Buffer.from(`meanwhile ${at}`));
			await store.info(kept[at] ?? '');
			return oid;
		}),
	);
	t.true(await repacking);
	for (const oid of [...kept, ...meanwhile, unreferenced]) {
		t.true(await store.has(oid));
	}

	t.deepEqual(sorted(await store.listTree((await store.readCommit(head)).tree)), sorted(before));
	t.true(Number(/^packs: (\d+)/m.exec(git(store, ['count-objects', '-v']))?.[1]) < 10);
	t.is(fsck(store), '');
	t.false(await store.repackIfNeeded());
	await save(store, await textAt(store, 'c', 'after'));
	t.is(fsck(store), '');
});

test('loose objects are joined into a pack when they are many, and a shallow store stays one', async (t) => {
	const {store: source} = await makeStore(t);
	const {store} = await makeStore(t);
	await save(source, await textAt(source, 'a', '1'));
	const head = await save(source, new Map([['a', absentValue], ...(await textAt(source, 'b', '2'))]));
	const {objects} = await source.enumerate(head, {have: []});
	await store.indexPack(await source.packObjects(objects.map(({oid}) => oid)));
	await store.graph.add(source.graph.all());
	await store.acceptCommit(head);
	await store.writeHead(head);
	for (let at = 0; at < 2010; at += 30) {
		await Promise.all(
			Array.from({length: 30}, async (_, more) => store.writeBlob(Buffer.from(`${at + more}`))),
		);
	}

	t.true(await store.repackIfNeeded());
	t.is(git(store, ['count-objects']).split(' ')[0], '0');
	t.deepEqual(store.graph.boundary(), [head]);
	t.true(await store.has(await store.writeBlob(Buffer.from('again'))));
	t.is(fsck(store), '');
});
