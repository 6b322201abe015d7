/** Stores in temporary folders, and what tests ask of git itself about them. */
import {execFileSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {Store} from '../../source/git/store.js';
import {
	absent,
	absentValue,
	type Content,
	type FileMode,
	formatContent,
	isConflicted,
	type Oid,
	type Path,
	sortContents,
	type Tree,
	type Value,
} from '../../source/protocol/content.js';

export async function makeFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'pulsync-store-'));
	t.teardown(async () => rm(folder, {recursive: true, force: true}));
	return folder;
}

/** An empty store, closed and removed when the test ends. */
export async function makeStore(t: ExecutionContext): Promise<{store: Store; folder: string}> {
	const folder = await makeFolder(t);
	const store = await openStore(t, folder);
	return {store, folder};
}

/** Opens the store of a folder; closed when the test ends. */
export async function openStore(t: ExecutionContext, folder: string): Promise<Store> {
	const store = await Store.open(folder);
	t.teardown(async () => store.close());
	return store;
}

/** Asks git itself. */
export function git(store: Store, args: readonly string[], input?: string | Uint8Array): string {
	return gitBytes(store, args, input).toString().trimEnd();
}

export function gitBytes(store: Store, args: readonly string[], input?: string | Uint8Array): Buffer {
	return execFileSync('git', [`--git-dir=${store.gitDir}`, ...args], {
		input,
		maxBuffer: 64 * 1024 * 1024,
		stdio: ['pipe', 'pipe', 'pipe'],
		env: {PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1'},
	});
}

/** What git's own strict check complains about; what nothing refers to is no complaint. */
export function fsck(store: Store): string {
	return git(store, ['fsck', '--strict', '--full', '--no-dangling', '--no-progress'])
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('notice: '))
		.join('\n');
}

export const author = {name: 'Ann', peerId: 'annsid'};

export function clean(oid: Oid, mode: FileMode = '100644'): Value {
	return {contents: [formatContent(mode, oid)]};
}

export function record(contents: readonly Content[], base: Content = absent): Value {
	return {contents: sortContents(contents), base};
}

/** A commit on the head, with the head moved to it. */
export async function save(store: Store, changes: Tree, message = 'save'): Promise<Oid> {
	const head = await store.readHead();
	const base = head === undefined ? undefined : (await store.readCommit(head)).tree;
	const tree = await store.writeTree(base, changes);
	const parents = head === undefined ? [] : [head];
	const commit = await store.writeCommit({tree, parents, author, atMs: 1_700_000_000_000, message});
	await store.writeHead(commit, head);
	return commit;
}

/** One file with a text. */
export async function textAt(store: Store, at: Path, text: string): Promise<Tree> {
	return new Map([[at, clean(await store.writeBlob(Buffer.from(text)))]]);
}

export function sorted(tree: Tree): Array<[Path, Value]> {
	return [...tree].sort(([a], [b]) => (a < b ? -1 : 1));
}

const nameUnits = [
	'a',
	'b',
	'B',
	'-',
	'.x',
	' ',
	'\n',
	'\t',
	'\u00e9',
	'e\u0301',
	'😀',
	'\ue000',
	'\uffee',
	'"',
	'\\',
	'*',
];

export const names: fc.Arbitrary<string> = fc
	.array(fc.constantFrom(...nameUnits), {minLength: 1, maxLength: 3})
	.map((units) => units.join(''))
	.filter((name) => name !== '.' && !/(^|\\)\.{1,2}($|\\)/.test(name));

/** Trees without a clean file above another path, as every tree of a project is. Contents are taken from `contents`. */
export function trees(contents: readonly Content[]): fc.Arbitrary<Map<Path, Value>> {
	const value: fc.Arbitrary<Value> = fc.oneof(
		{weight: 4, arbitrary: fc.constantFrom(...contents).map((content) => ({contents: [content]}))},
		{
			weight: 1,
			arbitrary: fc
				.tuple(
					fc.uniqueArray(fc.constantFrom(absent, ...contents), {minLength: 2, maxLength: 4}),
					fc.constantFrom(absent, ...contents),
				)
				.map(([sides, base]) => record(sides, base)),
		},
	);
	const somePath = fc.array(names, {minLength: 1, maxLength: 4}).map((parts) => parts.join('/'));
	return fc
		.uniqueArray(fc.tuple(somePath, value), {maxLength: 12, selector: ([at]) => at})
		.map((entries) => withoutFilesAbove(new Map(entries)));
}

function withoutFilesAbove(tree: Map<Path, Value>): Map<Path, Value> {
	for (const [at] of sorted(tree)) {
		const parts = at.split('/');
		for (let depth = 1; depth < parts.length; depth++) {
			const above = tree.get(parts.slice(0, depth).join('/'));
			// A clean file with a clean path below it cannot be; a record may stand above and below anything.
			const isBlocked = above && !isConflicted(above) && !isConflicted(tree.get(at) ?? absentValue);
			if (isBlocked) {
				tree.delete(at);
			}
		}
	}

	return tree;
}

/** The changes that lead from one tree to another. */
export function changesBetween(from: Tree, to: Tree): Map<Path, Value> {
	const changes = new Map<Path, Value>();
	for (const at of new Set([...from.keys(), ...to.keys()])) {
		const after = to.get(at) ?? absentValue;
		if (JSON.stringify(from.get(at) ?? absentValue) !== JSON.stringify(after)) {
			changes.set(at, after);
		}
	}

	return changes;
}
