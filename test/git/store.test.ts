import {chmod, mkdir, readdir, readFile, rm, stat, truncate, unlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {Store} from '../../source/git/store.js';
import {author, clean, fsck, git, makeFolder, makeStore, openStore, save, textAt} from './make-store.js';

test('a new store is an empty repository with our settings and nothing of the user’s', async (t) => {
	const {store} = await makeStore(t);
	t.is(await store.readHead(), undefined);
	t.deepEqual(store.graph.boundary(), []);
	t.is(fsck(store), '');
	t.is(git(store, ['config', 'core.bigFileThreshold']), '512k');
	t.is(git(store, ['config', 'gc.auto']), '0');
	t.is(git(store, ['config', 'core.hooksPath']), '/dev/null');
	t.regex(
		await readFile(path.join(store.gitDir, 'info', 'attributes'), 'utf8'),
		/^\* -text -filter .*!merge/,
	);
	t.deepEqual(
		(await readdir(store.gitDir)).filter((name) => name === 'hooks'),
		[],
	);
});

test('a store that is opened again has its head, its trees and its graph', async (t) => {
	const {store, folder} = await makeStore(t);
	const first = await save(store, await textAt(store, 'a', '1'));
	const second = await save(store, await textAt(store, 'b', '2'));
	await store.close();
	const again = await openStore(t, folder);
	t.is(await again.readHead(), second);
	t.deepEqual([...(await again.listTree((await again.readCommit(second)).tree)).keys()], ['a', 'b']);
	t.deepEqual(again.graph.parents(second), [first]);
	t.is(again.graph.date(first), 1_700_000_000_000);
});

test('a lost graph file is made again from the commits', async (t) => {
	const {store, folder} = await makeStore(t);
	const first = await save(store, await textAt(store, 'a', '1'));
	const second = await save(store, await textAt(store, 'b', '2'));
	await store.close();
	await unlink(path.join(store.gitDir, 'graph'));
	const again = await openStore(t, folder);
	t.deepEqual(again.graph.parents(second), [first]);
	t.deepEqual(again.graph.parents(first), []);
	t.deepEqual(again.graph.boundary(), []);
});

test('changed settings are put right, and what a crash left is swept up', async (t) => {
	const {store, folder} = await makeStore(t);
	const head = await save(store, await textAt(store, 'a', '1'));
	await store.close();
	await writeFile(path.join(store.gitDir, 'config'), '[core]\n\tfsmonitor = /bin/false\n');
	await writeFile(path.join(store.gitDir, 'tmp', 'pack-7'), 'half a pack');
	await writeFile(path.join(store.gitDir, 'refs', 'pulsync', 'self.lock'), '');
	await writeFile(path.join(store.gitDir, 'objects', 'pack', 'tmp_pack_x'), 'half');
	await writeFile(path.join(store.gitDir, 'shallow.lock'), '');
	const again = await openStore(t, folder);
	t.is(git(again, ['config', 'core.fsmonitor']), 'false');
	t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
	t.deepEqual(await readdir(path.join(store.gitDir, 'refs', 'pulsync')), ['self']);
	await save(again, await textAt(again, 'b', '2'));
	t.not(await again.readHead(), head);
	t.is(fsck(again), '');
});

test('a store whose newest snapshot is gone says that it is damaged', async (t) => {
	const {store, folder} = await makeStore(t);
	const head = await save(store, await textAt(store, 'a', '1'));
	await store.close();
	const file = path.join(store.gitDir, 'objects', head.slice(0, 2), head.slice(2));
	const bytes = await readFile(file);
	await unlink(file);
	await unlink(path.join(store.gitDir, 'graph'));
	await t.throwsAsync(Store.open(folder), {code: 'store_damaged'});
	await writeFile(file, bytes.subarray(0, 10));
	await t.throwsAsync(Store.open(folder), {code: 'store_damaged'});
	await rm(file, {force: true});
	await writeFile(path.join(store.gitDir, 'refs', 'pulsync', 'self'), 'nonsense\n');
	await t.throwsAsync(Store.open(folder), {code: 'store_damaged'});
});

test('the head moves only from where it is expected, one move at a time, and git reads it', async (t) => {
	const {store} = await makeStore(t);
	const first = await save(store, await textAt(store, 'a', '1'));
	const {tree} = await store.readCommit(first);
	const nexts = await Promise.all(
		Array.from({length: 8}, async (_, at) =>
			store.writeCommit({tree, parents: [first], author, atMs: at * 1000, message: `${at}`}),
		),
	);
	const moves = await Promise.allSettled(nexts.map(async (next) => store.writeHead(next, first)));
	t.is(moves.filter(({status}) => status === 'fulfilled').length, 1);
	const refused = moves.find((move) => move.status === 'rejected');
	t.is(refused?.status === 'rejected' && (refused.reason as {code: string}).code, 'head_moved');
	t.is(git(store, ['rev-parse', 'refs/pulsync/self']), (await store.readHead()) ?? '');
	t.deepEqual(await readdir(path.join(store.gitDir, 'refs', 'pulsync')), ['self']);
});

test('named refs stand beside the head', async (t) => {
	const {store} = await makeStore(t);
	const head = await save(store, await textAt(store, 'a', '1'));
	t.is(await store.readNamedRef('peers/abc'), undefined);
	await store.writeNamedRef('peers/abc', head);
	t.is(await store.readNamedRef('peers/abc'), head);
	t.is(git(store, ['rev-parse', 'refs/pulsync/peers/abc']), head);
	await t.throwsAsync(store.writeNamedRef('../HEAD', head), {message: /not a ref name/});
	await t.throwsAsync(store.writeNamedRef('peers/abc', 'HEAD'), {message: /not an id/});
});

test('hooks, filters and settings of the caller’s environment have no part in it', async (t) => {
	const folder = await makeFolder(t);
	const proof = path.join(folder, 'proof');
	const program = path.join(folder, 'program');
	await writeFile(program, `#!/bin/sh\ntouch '${proof}'\n`);
	await chmod(program, 0o755);
	const settings = path.join(folder, 'gitconfig');
	await writeFile(
		settings,
		`[core]\n\tfsmonitor = ${program}\n[merge]\n\tconflictStyle = diff3\n[alias]\n\tcat-file = !${program}\n`,
	);
	const before = {...process.env};
	Object.assign(process.env, {
		GIT_CONFIG_GLOBAL: settings,
		GIT_DIR: folder,
		GIT_OBJECT_DIRECTORY: folder,
		GIT_TRACE: proof,
	});
	try {
		const store = await openStore(t, path.join(folder, '.pulsync'));
		const head = await save(store, await textAt(store, 'a', '1'));
		t.is(await store.readHead(), head);
		const oids = (await store.enumerate(head, {have: []})).objects.map(({oid}) => oid);
		await store.packObjects([...oids, await store.writeBlob(Buffer.alloc(900_000))]);
	} finally {
		for (const name of ['GIT_CONFIG_GLOBAL', 'GIT_DIR', 'GIT_OBJECT_DIRECTORY', 'GIT_TRACE']) {
			delete process.env[name];
		}

		Object.assign(process.env, before);
	}

	await t.throwsAsync(stat(proof), {code: 'ENOENT'});
});

test('an object is read up to the size that is asked for, and streamed beyond', async (t) => {
	const {store} = await makeStore(t);
	const small = await store.writeBlob(Buffer.from('small'));
	const large = await store.writeBlob(Buffer.alloc(2_000_000, 'large'));
	t.is((await store.read(small, 5)).toString(), 'small');
	await t.throwsAsync(store.read(small, 4), {code: 'too_large'});
	await t.throwsAsync(store.read('f'.repeat(40), 4), {code: 'missing_object'});
	t.deepEqual(await store.info(large), {type: 'blob', bytes: 2_000_000});
	t.is(await store.info('f'.repeat(40)), undefined);
	t.true(await store.has(small));
	for (const [oid, bytes] of [
		[small, 5],
		[large, 2_000_000],
	] as const) {
		let seen = 0;
		for await (const chunk of store.openBlob(oid) as AsyncIterable<Buffer>) {
			seen += chunk.length;
		}

		t.is(seen, bytes);
	}

	await t.throwsAsync(
		async () => {
			for await (const chunk of store.openBlob('f'.repeat(40)) as AsyncIterable<Buffer>) {
				t.fail(`got ${chunk.length} bytes`);
			}
		},
		{code: 'missing_object'},
	);
});

test('a stream that is left early ends its child', async (t) => {
	const {store} = await makeStore(t);
	const large = await store.writeBlob(Buffer.alloc(20_000_000, 'large'));
	const stream = store.openBlob(large);
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		t.true(chunk.length > 0);
		break;
	}

	t.true(stream.destroyed);
});

test('a damaged object fails by name and does not stop others from being read', async (t) => {
	const {store} = await makeStore(t);
	const good = await store.writeBlob(Buffer.from('good'));
	const bad = await store.writeBlob(Buffer.from('bad'.repeat(100)));
	const file = path.join(store.gitDir, 'objects', bad.slice(0, 2), bad.slice(2));
	await chmod(file, 0o644);
	await truncate(file, 5);
	const reads = await Promise.allSettled([
		store.read(good, 10),
		store.read(bad, 1000),
		store.read(good, 10),
		store.info(good),
	]);
	t.deepEqual(
		reads.map(({status}) => status),
		['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
	);
});

test('writing where the disk refuses is a failure with a code', async (t) => {
	const folder = await makeFolder(t);
	await writeFile(path.join(folder, 'repo.git'), 'a file where the repository belongs');
	await t.throwsAsync(Store.open(folder), {code: 'store_io'});
	await rm(path.join(folder, 'repo.git'));
	await mkdir(path.join(folder, 'repo.git'));
	const store = await openStore(t, folder);
	t.deepEqual(await store.valuesAt(undefined, ['a']), new Map([['a', {contents: ['absent']}]]));
	t.true((await store.size()).bytes > 0);
	t.is(clean('x').contents.length, 1);
});
