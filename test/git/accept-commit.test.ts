import test from 'ava';
import {encodeCommit} from '../../source/git/commit-format.js';
import {emptyBlobOid} from '../../source/git/object-format.js';
import {recordName} from '../../source/git/record.js';
import {type Store} from '../../source/git/store.js';
import {encodeTree, type TreeEntry, type TreeMode} from '../../source/git/tree-format.js';
import {absent, type FileMode, formatContent, type Oid} from '../../source/protocol/content.js';
import {author, clean, fsck, git, gitBytes, makeStore, record, save, textAt} from './make-store.js';

/** Puts an object in past all checks, as a bug or an older version might have. */
function smuggle(store: Store, type: string, content: Buffer): Oid {
	return git(store, ['hash-object', '-t', type, '--stdin', '--literally', '-w'], content);
}

function smuggleTree(
	store: Store,
	entries: ReadonlyArray<readonly [mode: string, name: string, oid: Oid]>,
): Oid {
	return smuggle(
		store,
		'tree',
		encodeTree(entries.map(([mode, name, oid]) => ({mode: mode as TreeMode, name, oid}))),
	);
}

function smuggleCommit(store: Store, tree: Oid, parents: readonly Oid[] = []): Oid {
	return smuggle(store, 'commit', encodeCommit({tree, parents, author, atMs: 0, message: ''}));
}

type Build = (store: Store, blob: Oid) => Oid;
type Side = readonly [mode: FileMode, oid: Oid];

function smuggleRecord(
	store: Store,
	path: string,
	{
		name = recordName(path),
		entries,
		main = [],
	}: {name?: string; entries?: TreeEntry[]; main?: TreeEntry[]} = {},
): Oid {
	const pathOid = smuggle(store, 'blob', Buffer.from(path));
	const blob = smuggle(store, 'blob', Buffer.from('side'));
	const sides: Side[] = [
		['100644', blob],
		['100755', blob],
	];
	const all = entries ?? [
		{name: 'path', mode: '100644' as const, oid: pathOid},
		...sides.map(([mode, oid]) => ({name: formatContent(mode, oid), mode, oid})),
	];
	const folder = smuggle(store, 'tree', encodeTree(all));
	const conflicts = smuggleTree(store, [['40000', name, folder]]);
	const reserved = smuggleTree(store, [['40000', 'conflicts', conflicts]]);
	return smuggle(store, 'tree', encodeTree([...main, {name: '.pulsync', mode: '40000', oid: reserved}]));
}

const hostile: ReadonlyArray<[what: string, build: Build]> = [
	[
		'.git',
		(store, blob) =>
			smuggleTree(store, [['40000', '.git', smuggleTree(store, [['100644', 'config', blob]])]]),
	],
	[
		'.Git in a folder',
		(store, blob) => smuggleTree(store, [['40000', 'a', smuggleTree(store, [['100644', '.Git', blob]])]]),
	],
	[
		'a way out',
		(store, blob) => smuggleTree(store, [['40000', '..', smuggleTree(store, [['100644', 'x', blob]])]]),
	],
	['a path for a name', (store, blob) => smuggleTree(store, [['100644', 'a/b', blob]])],
	['a submodule', (store) => smuggleTree(store, [['160000', 'sub', 'c'.repeat(40)]])],
	['a setuid file', (store, blob) => smuggleTree(store, [['104755', 'x', blob]])],
	['an escape sequence', (store, blob) => smuggleTree(store, [['100644', '\u001b]0;x\u0007', blob]])],
	[
		'a name twice',
		(store, blob) =>
			smuggle(
				store,
				'tree',
				Buffer.concat([
					encodeTree([{name: 'a', mode: '100644', oid: blob}]),
					encodeTree([{name: 'a', mode: '100644', oid: blob}]),
				]),
			),
	],
	[
		'a symlink and a folder of one name',
		(store, blob) =>
			smuggleTree(store, [
				['120000', 'a', blob],
				['40000', 'a', smuggleTree(store, [['100644', 'x', blob]])],
			]),
	],
	[
		'a tree for a file',
		(store, blob) => smuggleTree(store, [['100644', 'a', smuggleTree(store, [['100644', 'x', blob]])]]),
	],
	['a blob for a folder', (store, blob) => smuggleTree(store, [['40000', 'a', blob]])],
	[
		'a symlink of 5000 bytes',
		(store) => smuggleTree(store, [['120000', 'a', smuggle(store, 'blob', Buffer.alloc(5000, 'x'))]]),
	],
	['65 folders', (store, blob) => nest(store, blob, 65, 1)],
	['ten thousand million paths in eleven trees', (store, blob) => nest(store, blob, 10, 10)],
	['a path of 5000 bytes', (store, blob) => nest(store, blob, 20, 1, 'x'.repeat(250))],
	[
		'a reserved folder below the root',
		(store) => smuggleTree(store, [['40000', 'a', smuggleRecord(store, 'p')]]),
	],
	['a reserved file', (store, blob) => smuggleTree(store, [['100644', '.pulsync', blob]])],
	[
		'more than records in the reserved folder',
		(store, blob) =>
			smuggleTree(store, [['40000', '.pulsync', smuggleTree(store, [['100644', 'session.json', blob]])]]),
	],
	[
		'a file where records are',
		(store, blob) =>
			smuggleTree(store, [['40000', '.pulsync', smuggleTree(store, [['100644', 'conflicts', blob]])]]),
	],
	[
		'a record that is a file',
		(store, blob) =>
			smuggleTree(store, [
				[
					'40000',
					'.pulsync',
					smuggleTree(store, [
						['40000', 'conflicts', smuggleTree(store, [['100644', recordName('p'), blob]])],
					]),
				],
			]),
	],
	['a record under a wrong name', (store) => smuggleRecord(store, 'p', {name: recordName('q')})],
	['a record under no hash', (store) => smuggleRecord(store, 'p', {name: 'p'})],
	['a record of a path that leads out', (store) => smuggleRecord(store, '../p')],
	['a record of .git', (store) => smuggleRecord(store, '.git/config')],
	[
		'a record of one side',
		(store, blob) =>
			smuggleRecord(store, 'p', {
				entries: [
					{name: 'path', mode: '100644', oid: smuggle(store, 'blob', Buffer.from('p'))},
					{name: formatContent('100644', blob), mode: '100644', oid: blob},
				],
			}),
	],
	[
		'a record with a side under another name',
		(store, blob) =>
			smuggleRecord(store, 'p', {
				entries: [
					{name: 'path', mode: '100644', oid: smuggle(store, 'blob', Buffer.from('p'))},
					{name: 'mine', mode: '100644', oid: blob},
					{name: 'theirs', mode: '100755', oid: blob},
				],
			}),
	],
	[
		'a record without a path',
		(store, blob) =>
			smuggleRecord(store, 'p', {
				entries: [
					{name: formatContent('100755', blob), mode: '100755', oid: blob},
					{name: formatContent('100644', blob), mode: '100644', oid: blob},
				],
			}),
	],
	[
		'a record of a path that is in the tree',
		(store, blob) => smuggleRecord(store, 'p', {main: [{name: 'p', mode: '100644', oid: blob}]}),
	],
];

function nest(store: Store, blob: Oid, depth: number, width: number, name = 'n'): Oid {
	let tree = smuggleTree(store, [['100644', 'x', blob]]);
	for (let level = 0; level < depth; level++) {
		const below = tree;
		tree = smuggleTree(
			store,
			Array.from({length: width}, (_, at) => ['40000', `${name}${at}`, below] as const),
		);
	}

	return tree;
}

for (const [what, build] of hostile) {
	test(`a commit whose tree has ${what} is refused`, async (t) => {
		const {store} = await makeStore(t);
		const blob = await store.writeBlob(Buffer.from('x'));
		const commit = smuggleCommit(store, build(store, blob));
		const error = await t.throwsAsync(store.acceptCommit(commit), {code: 'hostile_data'});
		t.is(error instanceof Error && 'severity' in error && error.severity, 'hostile');
		t.false(store.graph.has(commit));
	});
}

test('a hostile tree is found below folders that changed, also on top of an accepted commit', async (t) => {
	const {store} = await makeStore(t);
	const head = await save(store, await textAt(store, 'a/b/c', 'x'));
	const blob = emptyBlobOid;
	await store.writeBlob(Buffer.alloc(0));
	const bad = smuggleTree(store, [
		['40000', 'a', smuggleTree(store, [['40000', 'b', smuggleTree(store, [['100644', '.GIT', blob]])]])],
	]);
	await t.throwsAsync(store.acceptCommit(smuggleCommit(store, bad, [head])), {code: 'hostile_data'});
	const chain = smuggleCommit(store, (await store.readCommit(head)).tree, [
		smuggleCommit(store, bad, [head]),
	]);
	await t.throwsAsync(store.acceptCommit(chain), {code: 'hostile_data'});
});

test('a commit is incomplete until each of its objects is there, and accepted then', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const side = await Promise.all(['1', '2'].map(async (text) => store.writeBlob(Buffer.from(text))));
	await save(
		store,
		new Map([
			...(await textAt(store, 'a/b', 'one')),
			[
				'k',
				record(
					side.map((oid) => formatContent('100644', oid)),
					absent,
				),
			],
		]),
	);
	const head = await save(store, await textAt(store, 'a/c', 'two'));
	const {objects} = await store.enumerate(head, {have: [], history: true});
	t.is(objects.filter(({type}) => type === 'commit').length, 2);
	// From the last to the first, so that something is missing until the very end.
	for (const {oid, type} of [...objects].reverse()) {
		await t.throwsAsync(other.acceptCommit(head), {code: 'incomplete'});
		const bytes = await store.read(oid, 1_000_000);
		await other.writeObjects([{oid, type, bytes}]);
	}

	await other.acceptCommit(head);
	t.true(other.graph.isPresent(head));
	t.deepEqual(other.graph.boundary(), []);
	await other.writeHead(head);
	t.is(fsck(other), '');
});

test('a record that a store writes is one that it accepts', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const oid = await store.writeBlob(Buffer.from('x'));
	const value = record(
		[formatContent('100644', oid), formatContent('120000', oid), absent],
		formatContent('100755', oid),
	);
	const head = await save(
		store,
		new Map([
			['a/k', value],
			['a', value],
			['b', clean(oid)],
		]),
	);
	await other.indexPack(
		await store.packObjects((await store.enumerate(head, {have: []})).objects.map((object) => object.oid)),
	);
	await other.acceptCommit(head);
	const {tree} = await other.readCommit(head);
	t.deepEqual(
		await other.valuesAt(tree, ['a', 'a/k', 'b']),
		new Map([
			['a', value],
			['a/k', value],
			['b', clean(oid)],
		]),
	);
});

test('objects of a peer are let in together as one file, or none of them', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const given = await Promise.all(
		Array.from({length: 100}, async (_, at) => {
			const bytes = Buffer.from(`${at}`);
			return {oid: await store.writeBlob(bytes), type: 'blob', bytes} as const;
		}),
	);
	const [first, ...others] = given;
	for (const wrong of [{...first!, bytes: Buffer.from('other')}, {...first!, type: 'tree'} as const]) {
		await t.throwsAsync(other.writeObjects([...others, wrong]), {code: 'hostile_data'});
		t.false(await other.has(others[0]!.oid));
	}
	const before = await other.size();
	await other.writeObjects(given);
	await other.flush();
	const {loose, packs} = await other.size();
	t.is(packs, before.packs + 1);
	t.is(loose, before.loose);
	t.is(fsck(other), '');
	for (const {oid, bytes} of given) t.deepEqual(Buffer.from(await other.read(oid, 100)), bytes);
});

test('what stood in an accepted parent is not read again', async (t) => {
	const {store} = await makeStore(t);
	const files = new Map(
		await Promise.all(
			Array.from(
				{length: 50},
				async (_, at) => [`d${at}/f`, clean(await store.writeBlob(Buffer.from(`${at}`)))] as const,
			),
		),
	);
	const head = await save(store, files);
	const {tree} = await store.readCommit(head);
	const next = await store.writeTree(tree, await textAt(store, 'd7/f', 'new'));
	const commit = smuggleCommit(store, next, [head]);
	// A blob of an untouched folder goes: the new commit does not look there.
	const [lost = ''] = [...files.values()][3]?.contents ?? [];
	const file = lost.slice(0, 40);
	gitBytes(store, ['cat-file', '-e', file]);
	const {rm} = await import('node:fs/promises');
	await rm(`${store.gitDir}/objects/${file.slice(0, 2)}/${file.slice(2)}`);
	await store.acceptCommit(commit);
	t.true(store.graph.isPresent(commit));
});
