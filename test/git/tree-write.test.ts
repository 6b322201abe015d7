import test from 'ava';
import fc from 'fast-check';
import {emptyTreeOid} from '../../source/git/object-format.js';
import {absent, absentValue, formatContent, type Oid, type Tree} from '../../source/protocol/content.js';
import {Failure} from '../../source/protocol/failure.js';
import {changesBetween, clean, fsck, git, makeStore, record, save, sorted, trees} from './make-store.js';

test('a tree that was written is read as it was, and comparing two finds the changes that made one from the other', async (t) => {
	const {store} = await makeStore(t);
	const oids = await Promise.all(['a', 'b', ''].map(async (text) => store.writeBlob(Buffer.from(text))));
	const contents = oids.flatMap((oid) => [formatContent('100644', oid), formatContent('100755', oid)]);
	const written: Oid[] = [];
	await fc.assert(
		fc.asyncProperty(trees(contents), trees(contents), async (one, other) => {
			const first = await store.writeTree(undefined, one);
			t.deepEqual(sorted(await store.listTree(first)), sorted(one));
			const changes = changesBetween(one, other);
			const second = await store.writeTree(first, changes);
			t.deepEqual(sorted(await store.listTree(second)), sorted(other));
			t.is(second, await store.writeTree(undefined, other));
			const diff = await store.diffTrees(first, second);
			t.deepEqual(sorted(new Map([...diff].map(([path, {after}]) => [path, after]))), sorted(changes));
			t.deepEqual(
				sorted(new Map([...diff].map(([path, {before}]) => [path, before]))),
				sorted(await store.valuesAt(first, changes.keys())),
			);
			written.push(first, second);
		}),
		{numRuns: 60},
	);
	for (const tree of new Set(written)) {
		git(store, ['rev-parse', '--verify', `${tree}^{tree}`]);
	}

	t.is(fsck(store), '');
});

test('the tree is the one that git makes of the same files', async (t) => {
	const {store} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const names = ['a', 'a.b', 'a0', 'A', 'é', 'z😀', 'z\ue000', 'z\uffff', 'b c', 'new\nline'];
	const tree = await store.writeTree(
		undefined,
		new Map([...names, 'f/x', 'f.x', 'f0/y'].map((name) => [name, clean(oid)])),
	);
	const sub = git(store, ['mktree', '-z'], `100644 blob ${oid}\tx\0`);
	const sub0 = git(store, ['mktree', '-z'], `100644 blob ${oid}\ty\0`);
	const lines = [...names, 'f.x'].map((name) => `100644 blob ${oid}\t${name}\0`);
	t.is(
		tree,
		git(store, ['mktree', '-z'], [...lines, `040000 tree ${sub}\tf\0`, `040000 tree ${sub0}\tf0\0`].join('')),
	);
});

test('a folder vanishes with its last file, and a project without files is the empty tree', async (t) => {
	const {store} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const full = await store.writeTree(
		undefined,
		new Map([
			['a/b/c', clean(oid)],
			['d', clean(oid)],
		]),
	);
	const less = await store.writeTree(full, new Map([['a/b/c', absentValue]]));
	t.deepEqual([...(await store.listTree(less)).keys()], ['d']);
	t.is(await store.writeTree(less, new Map([['d', absentValue]])), emptyTreeOid);
	t.is(await store.writeTree(undefined, new Map()), emptyTreeOid);
	t.is(git(store, ['cat-file', '-t', emptyTreeOid]), 'tree');
});

test('a change that changes nothing gives the same tree', async (t) => {
	const {store} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const tree = await store.writeTree(undefined, new Map([['a/b', clean(oid)]]));
	t.is(
		await store.writeTree(
			tree,
			new Map([
				['a/b', clean(oid)],
				['c/d', absentValue],
			]),
		),
		tree,
	);
});

test('a file becomes a folder and a folder a file', async (t) => {
	const {store} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const file: Tree = new Map([['p', clean(oid)]]);
	const folder: Tree = new Map([
		['p/q', clean(oid)],
		['p/r/s', clean(oid)],
	]);
	const one = await store.writeTree(undefined, file);
	const other = await store.writeTree(one, changesBetween(file, folder));
	t.deepEqual(sorted(await store.listTree(other)), sorted(folder));
	t.is(await store.writeTree(other, changesBetween(folder, file)), one);
	await t.throwsAsync(store.writeTree(one, new Map([['p/q', clean(oid)]])), {
		message: /a file and a folder at p/,
	});
	await t.throwsAsync(store.writeTree(other, new Map([['p', clean(oid)]])), {
		message: /a file and a folder at p/,
	});
});

test('a record stands in its reserved place with its sides as real entries, and takes the path out of the tree', async (t) => {
	const {store} = await makeStore(t);
	const [a, b] = await Promise.all(['a', 'b'].map(async (text) => store.writeBlob(Buffer.from(text))));
	const contents = [formatContent('100644', a ?? ''), formatContent('100755', b ?? '')];
	const base = await store.writeTree(
		undefined,
		new Map([
			['p', clean(a ?? '')],
			['k/l', clean(a ?? '')],
		]),
	);
	const value = record([...contents, absent], formatContent('100644', a ?? ''));
	const tree = await store.writeTree(base, new Map([['p', value]]));
	t.deepEqual(
		await store.valuesAt(tree, ['p', 'k/l', 'nothing']),
		new Map([
			['p', value],
			['k/l', clean(a ?? '')],
			['nothing', absentValue],
		]),
	);
	const listed = git(store, ['ls-tree', '-r', tree]).split('\n');
	t.is(listed.length, 6);
	t.true(listed.some((line) => line.startsWith(`100755 blob ${b}`)));
	t.false(listed.some((line) => line.endsWith('\tp')));
	t.is(await store.writeTree(tree, new Map([['p', clean(a ?? '')]])), base);
});

test('paths below a folder are told with the conflicted ones among them', async (t) => {
	const {store} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const content = formatContent('100644', oid);
	const tree = await store.writeTree(
		undefined,
		new Map([
			['f/a', clean(oid)],
			['f/b/c', record([content, absent])],
			['f/b/d', clean(oid)],
			['ff/x', clean(oid)],
			['g', record([content, absent])],
		]),
	);
	t.deepEqual((await store.pathsBelow(tree, 'f')).sort(), ['f/a', 'f/b/c', 'f/b/d']);
	t.deepEqual(await store.pathsBelow(tree, 'g'), []);
	t.deepEqual(await store.pathsBelow(undefined, 'f'), []);
});

for (const path of ['.git/config', 'a/../b', '.pulsync/x', 'a//b', '/a', 'a/', 'x\u001b[0m', '\ud800']) {
	test(`writing refuses the path ${JSON.stringify(path)}`, async (t) => {
		const {store} = await makeStore(t);
		await t.throwsAsync(store.writeTree(undefined, new Map([[path, clean('a'.repeat(40))]])), {
			code: 'bad_name',
		});
	});
}

test('concurrent writers of trees and files do not disturb each other', async (t) => {
	const {store} = await makeStore(t);
	await save(store, new Map());
	const written = await Promise.all(
		Array.from({length: 40}, async (_, index) => {
			const oid = await store.writeBlob(Buffer.from(`text ${index % 7}`));
			const tree = await store.writeTree(undefined, new Map([[`d${index % 5}/f`, clean(oid)]]));
			return store.listTree(tree);
		}),
	);
	t.true(written.every((tree) => tree.size === 1));
	t.is(fsck(store), '');
});

test('a tree that no peer takes is not written, and its folder is named', async (t) => {
	const {store} = await makeStore(t);
	const file = clean(await store.writeBlob(Buffer.from('x')));
	const names = (count: number) =>
		new Map(Array.from({length: count}, (_, at) => [`a/b/${'n'.repeat(240)}${at}`, file] as const));
	const most = await store.writeTree(undefined, names(60_000));
	t.is((await store.listTree(most)).size, 60_000);
	await t.throwsAsync(store.writeTree(undefined, names(64_000)), {
		instanceOf: Failure,
		message: /too_large/,
	});
	const error = await t.throwsAsync<Failure>(store.writeTree(most, names(64_000)));
	t.deepEqual(error?.details, {path: 'a/b'});
});
