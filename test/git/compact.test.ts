import {spawn} from 'node:child_process';
import {randomBytes, randomFillSync} from 'node:crypto';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {type Oid} from '../../source/protocol/content.js';
import {type Store} from '../../source/git/store.js';
import {waitUntil} from '../helpers/wait.js';
import {author, clean, fsck, makeStore, openStore, textAt} from './make-store.js';

const alone = async <T>(work: () => Promise<T>): Promise<T> => work();

/** A snapshot at a time, on any parents, with the head moved to it. */
async function saveAt(
	store: Store,
	atMs: number,
	changes: Awaited<ReturnType<typeof textAt>>,
	parents?: readonly Oid[],
): Promise<Oid> {
	const head = await store.readHead();
	const on = parents ?? (head === undefined ? [] : [head]);
	const base = on[0] === undefined ? undefined : (await store.readCommit(on[0])).tree;
	const tree = await store.writeTree(base, changes);
	const commit = await store.writeCommit({tree, parents: on, author, atMs, message: 'save'});
	await store.writeHead(commit);
	return commit;
}

test('what is older goes with all that only it held; what is kept is whole, after a restart too', async (t) => {
	const {store, folder} = await makeStore(t);
	const old = await saveAt(store, 1000, await textAt(store, 'a', 'old text'));
	await saveAt(store, 2000, await textAt(store, 'b', 'stays'));
	const second = await saveAt(store, 5000, await textAt(store, 'a', 'new text'));
	const head = await saveAt(store, 6000, await textAt(store, 'c', 'newest'));
	const goneTree = (await store.readCommit(old)).tree;
	const goneBlob = await store.writeBlob(Buffer.from('old text'));
	const {cut} = await store.compact({head, sinceMs: 4000, nowMs: Date.now(), anchors: [], exclusive: alone});
	t.is(cut, 2);
	t.deepEqual([store.graph.isPresent(old), store.graph.isPresent(second)], [false, true]);
	t.deepEqual(store.graph.boundary(), [second]);
	t.deepEqual(store.graph.parents(second)?.length, 1, 'ids stay known');
	t.false(await store.has(goneBlob));
	t.deepEqual([...(await store.listTree((await store.readCommit(head)).tree)).keys()], ['a', 'b', 'c']);
	// A tree that was there before is not taken for one that is.
	t.is(await store.writeTree(undefined, await textAt(store, 'a', 'old text')), goneTree);
	t.true(await store.has(goneTree));
	t.is(fsck(store), '');
	await store.close();
	// As after a crash in between: what git is told is brought in step with the graph.
	rmSync(path.join(store.gitDir, 'shallow'));
	const again = await openStore(t, folder);
	t.deepEqual([again.graph.isPresent(old), again.graph.has(old)], [false, true]);
	t.deepEqual(again.graph.boundary(), [second]);
	t.deepEqual(again.graph.parents(second), [...again.graph.all()].find(({oid}) => oid === second)?.parents);
	await saveAt(again, 7000, await textAt(again, 'd', 'after'));
	t.is(fsck(again), '');
});

test('a merge keeps the parent that is young enough, although git is told of none', async (t) => {
	const {store} = await makeStore(t);
	const base = await saveAt(store, 1000, await textAt(store, 'base', 'x'));
	const oldSide = await saveAt(store, 2000, await textAt(store, 'one', 'of the old side'), [base]);
	const newSide = await saveAt(store, 5000, await textAt(store, 'two', 'of the new side'), [base]);
	const head = await saveAt(store, 6000, await textAt(store, 'three', 'x'), [oldSide, newSide]);
	await store.compact({head, sinceMs: 4000, nowMs: Date.now(), anchors: [], exclusive: alone});
	t.deepEqual(
		[base, oldSide, newSide, head].map((oid) => store.graph.isPresent(oid)),
		[false, false, true, true],
	);
	t.deepEqual([...(await store.listTree((await store.readCommit(newSide)).tree)).keys()], ['base', 'two']);
	await store.compact({head, sinceMs: 4000, nowMs: Date.now(), anchors: [], exclusive: alone});
	t.true(await store.has((await store.readCommit(newSide)).tree));
	t.is(fsck(store), '');
});

test('what is written while the store is written anew stays, whatever of it was there before', async (t) => {
	const {store} = await makeStore(t);
	await saveAt(store, 1000, await textAt(store, 'a', 'comes back'));
	const head = await saveAt(store, 5000, await textAt(store, 'a', 'other'));
	let later: Oid | undefined;
	await store.compact({
		head,
		sinceMs: 4000,
		nowMs: Date.now(),
		anchors: [],
		async exclusive(work) {
			// Between packing and the end somebody saves what only a cut snapshot held.
			later = await saveAt(store, 6000, await textAt(store, 'a', 'comes back'));
			return work();
		},
	});
	t.true(store.graph.isPresent(later!));
	const [value] = (await store.valuesAt((await store.readCommit(later!)).tree, ['a'])).values();
	t.is((await store.read(value!.contents[0]!.slice(0, 40), 100)).toString(), 'comes back');
	t.is(fsck(store), '');
});

test('what fails in between changes nothing, and its leftovers go the next time', async (t) => {
	const {store} = await makeStore(t);
	const old = await saveAt(store, 1000, await textAt(store, 'a', '1'));
	const head = await saveAt(store, 5000, await textAt(store, 'a', '2'));
	const failing = store.compact({
		head,
		sinceMs: 4000,
		nowMs: Date.now(),
		anchors: [],
		exclusive: alone,
		beforeCut: async () => {
			throw new Error('the disk refused');
		},
	});
	await t.throwsAsync(failing, {message: 'the disk refused'});
	t.true(store.graph.isPresent(old));
	t.is(fsck(store), '');
	await store.compact({head, sinceMs: 4000, nowMs: Date.now(), anchors: [], exclusive: alone});
	t.false(store.graph.isPresent(old));
	t.is(
		readdirSync(path.join(store.gitDir, 'objects/pack')).filter((name) => name.endsWith('.pack')).length,
		1,
	);
	t.is(fsck(store), '');
});

test('versions of a large file that was changed in place take little more than one', async (t) => {
	const {store, folder} = await makeStore(t);
	const bytes = Buffer.alloc(3_000_000);
	randomFillSync(bytes);
	let head = '';
	const versions: Oid[] = [];
	for (let version = 0; version < 12; version++) {
		randomFillSync(bytes, version * 200_000, 2000);
		const file = path.join(folder, 'large');
		writeFileSync(file, bytes);
		const blob = await store.writeBlobFile(file);
		if (blob === 'changed') return t.fail();
		versions.push(blob.oid);
		head = await saveAt(store, 5000 + version * 1000, new Map([['large', clean(blob.oid)]]));
	}
	const before = await store.size();
	t.true(before.bytes > 12 * 2_900_000);
	const {cut, bytesAfter} = await store.compact({
		head,
		sinceMs: 0,
		nowMs: Date.now(),
		anchors: [],
		exclusive: alone,
	});
	t.is(cut, 0);
	t.true(bytesAfter < 3_300_000, String(bytesAfter));
	for (const oid of versions) {
		let length = 0;
		for await (const chunk of store.openBlob(oid)) length += (chunk as Buffer).length;
		t.is(length, bytes.length);
	}
	t.is(fsck(store), '');
});

/** Git's packing of this store, as the system lists it. */
function isBeingPacked({gitDir}: Store): boolean {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.some((pid) => {
			try {
				const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
				return words.includes(`--git-dir=${gitDir}`) && words.includes('pack-objects');
			} catch {
				return false;
			}
		});
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
	'packing that takes long ends with the program that asked for it, also with one that is killed',
	async (t) => {
		const {store, folder} = await makeStore(t);
		// Two letters in no order: everywhere is something that looks alike, and nothing comes of it.
		const contents = Array.from({length: 24}, () => randomBytes(1_000_000).map((byte) => 97 + (byte & 1)));
		const trees = await Promise.all(
			contents.map(async (bytes, at) =>
				textAt(store, `letters-${at}`, Buffer.from(bytes).toString('latin1')),
			),
		);
		const head = await saveAt(store, 1000, new Map(trees.flatMap((tree) => [...tree])));
		await store.close();
		const program = fileURLToPath(new URL('killed-compact-child.js', import.meta.url));
		const child = spawn(process.execPath, [program, folder, head], {stdio: 'ignore'});
		await waitUntil('git packs', () => isBeingPacked(store));
		child.kill('SIGKILL');
		await waitUntil('git has ended', () => !isBeingPacked(store), 4000);
		const again = await openStore(t, folder);
		t.is(fsck(again), '');
	},
);

test('many small edits take little more than what they changed', async (t) => {
	const {store} = await makeStore(t);
	const lines = Array.from({length: 60}, (_, line) => `line ${line} ${'x'.repeat(line % 30)}`);
	const names = Array.from({length: 40}, (_, file) => `src/part${file % 5}/file${file}.ts`);
	const first = await Promise.all(
		names.map(async (name, file) => textAt(store, name, [`file ${file}`, ...lines].join('\n'))),
	);
	let head = await saveAt(store, 1000, new Map(first.flatMap((tree) => [...tree])));
	const edits = 100;
	for (let edit = 0; edit < edits; edit++) {
		lines[edit % 60] = `edit ${edit} ${randomFillSync(Buffer.alloc(8)).toString('hex')}`;
		head = await saveAt(store, 2000 + edit * 1000, await textAt(store, names[edit % 40]!, lines.join('\n')));
	}
	const before = (await store.size()).bytes;
	const {cut, bytesAfter} = await store.compact({
		head,
		sinceMs: 0,
		nowMs: Date.now(),
		anchors: [],
		exclusive: alone,
	});
	t.is(cut, 0);
	// A commit, three trees and a text, each as a difference, with their places in the index.
	t.true(bytesAfter < before / 2 && bytesAfter < 20_000 + edits * 900, `${bytesAfter} of ${before}`);
	t.is(fsck(store), '');
});

test('whether two snapshots hold the same at a path is told without a list of them', async (t) => {
	const {store} = await makeStore(t);
	const base = await store.writeTree(
		undefined,
		new Map([
			...(await textAt(store, 'd/e/f', '1')),
			...(await textAt(store, 'd/g', '1')),
			...(await textAt(store, 'h', '1')),
		]),
	);
	const deeper = await store.writeTree(base, await textAt(store, 'd/e/f', '2'));
	const beside = await store.writeTree(base, await textAt(store, 'h', '2'));
	for (const [one, other, at, isSame] of [
		[base, base, 'd/e/f', true],
		[base, deeper, 'd/e/f', false],
		[base, deeper, 'd/e', false],
		[base, deeper, 'd/g', true],
		[base, deeper, 'h', true],
		[base, beside, 'd/e/f', true],
		[base, beside, 'h', false],
		[base, deeper, 'd/e/f/below', false], // not looked at closely: a file is no folder
		[base, deeper, 'nowhere/at/all', true],
	] as const) {
		t.is(await store.isSameAt(one, other, at), isSame, `${at}`);
		t.is(await store.isSameAt(other, one, at), isSame, `${at}`);
	}
});
