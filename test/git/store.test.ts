import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {absentValue, formatContent, type Oid, type Tree, type Value} from '../../source/protocol/content.js';
import {Store} from '../../source/git/store.js';

const run = promisify(execFile);

async function makeStore(t: ExecutionContext) {
	const folder = await mkdtemp(path.join(tmpdir(), 'store-'));
	const store = await Store.open(folder);
	t.teardown(async () => {
		await store.close();
		await rm(folder, {recursive: true});
	});
	return {folder, store};
}

const fsck = async (store: Store) => run('git', [`--git-dir=${store.gitDir}`, 'fsck', '--strict', '--full']);
const file = (oid: Oid): Value => ({contents: [formatContent('100644', oid)]});
const author = {name: 'Ann', peerId: 'aaaa'};

test('a snapshot is written, read, compared and sent to another store', async (t) => {
	const {store} = await makeStore(t);
	const a = await store.writeBlob(Buffer.from('hello\n'));
	const b = await store.writeBlob(Buffer.from('world\n'));
	const tree: Tree = new Map([
		['a.txt', file(a)],
		['d/é\n.txt', file(b)],
		['d/e/f', file(a)],
	]);
	const oid = await store.writeTree(undefined, tree);
	t.deepEqual(new Map([...(await store.listTree(oid))].sort()), new Map([...tree].sort()));
	const c1 = await store.writeCommit({tree: oid, parents: [], author, atMs: 5000, message: 'one'});
	await store.writeHead(c1);
	const record: Value = {
		contents: [formatContent('100644', a), formatContent('100644', b)].sort(),
		base: 'absent',
	};
	const oid2 = await store.writeTree(
		oid,
		new Map([
			['a.txt', record],
			['d/e/f', absentValue],
		]),
	);
	const c2 = await store.writeCommit({tree: oid2, parents: [c1], author, atMs: 6000, message: 'two'});
	await store.writeHead(c2, c1);
	await t.throwsAsync(store.writeHead(c2, c1), {code: 'head_moved'});
	t.deepEqual(
		await store.diffTrees(oid, oid2),
		new Map([
			['a.txt', {before: file(a), after: record}],
			['d/e/f', {before: file(a), after: absentValue}],
		]),
	);
	t.deepEqual((await store.pathsBelow(oid, 'd')).sort(), ['d/e/f', 'd/é\n.txt']);
	t.notRegex((await fsck(store)).stdout, /error|missing|broken/);

	const other = await makeStore(t);
	const plan = await store.enumerate(c2, {have: []});
	await t.throwsAsync(other.store.acceptCommit(c2), {code: 'incomplete'});
	const pack = await store.packObjects(plan.objects.map((object) => object.oid));
	await other.store.indexPack(pack);
	await t.throwsAsync(other.store.acceptCommit(c2), {code: 'incomplete'});
	await other.store.graph.add([{oid: c1, parents: []}]);
	await other.store.acceptCommit(c2);
	t.deepEqual(other.store.boundary(), [c2]);
	t.deepEqual(await other.store.listTree(oid2), await store.listTree(oid2));
	await other.store.writeHead(c2);
	t.notRegex((await fsck(other.store)).stdout, /error|missing|broken/);
	await other.store.close();
	const again = await Store.open(other.folder);
	t.is(await again.readHead(), c2);
	t.deepEqual(again.boundary(), [c2]);
	await again.close();
});

test('text merges the same from both sides', async (t) => {
	const {store} = await makeStore(t);
	const base = await store.writeBlob(Buffer.from('a\nb\nc\nd\ne\n'));
	const one = await store.writeBlob(Buffer.from('A\nb\nc\nd\ne\n'));
	const two = await store.writeBlob(Buffer.from('a\nb\nc\nd\nE\n'));
	const three = await store.writeBlob(Buffer.from('x\nb\nc\nd\nE\n'));
	const merged = await store.mergeText(base, one, two);
	t.is((await store.read(merged!, 100)).toString(), 'A\nb\nc\nd\nE\n');
	t.is(await store.mergeText(base, two, one), merged);
	t.is(await store.mergeText(base, three, one), undefined);
});

test('many files', async (t) => {
	const {store, folder} = await makeStore(t);
	const files = [];
	for (let i = 0; i < 100; i++) {
		const name = path.join(folder, `f${i}`);
		await writeFile(name, i === 50 ? Buffer.alloc(3_000_000, 'xyz') : `file ${i}\n`);
		files.push({path: name, mode: 'file' as const});
	}
	files.push({path: path.join(folder, 'nope'), mode: 'file' as const});
	const results = [];
	for await (const result of store.writeBlobFiles(files)) results.push(result);
	t.is(results.length, 101);
	t.deepEqual(results[100], {index: 100, error: 'changed'});
	for (const result of results.slice(0, 100)) {
		t.true('oid' in result && (await store.has(result.oid)));
	}
	const big = results[50]!;
	let bytes = 0;
	if ('oid' in big) for await (const chunk of store.openBlob(big.oid)) bytes += (chunk as Buffer).length;
	t.is(bytes, 3_000_000);
	t.notRegex((await fsck(store)).stdout, /error|missing|broken/);
});
