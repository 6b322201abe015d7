/** What cannot be synced is told once, and taken back when it is mended. */
import {mkdirSync, renameSync, rmSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {TestPeer} from './test-peer.js';

/** A project that is watched; `until` makes snapshots of what the watcher tells until its problems are these. */
async function openWatched(t: ExecutionContext) {
	const ada = await TestPeer.open(t, 'ada', {watch: true});
	ada.write('src/a', 'a');
	await ada.project.start();
	const until = async (...problems: readonly string[]) => {
		const isThere = () => JSON.stringify([...ada.problems].sort()) === JSON.stringify([...problems].sort());
		let calls = -1;
		while (!isThere()) {
			if (calls === ada.dirtyCalls)
				await new Promise<void>((resolve) => {
					ada.onDirty = resolve;
				});
			calls = ada.dirtyCalls;
			await ada.project.snapshot();
		}
		t.pass();
	};
	return {ada, until};
}

test('a link that led outside and a name that cannot be synced are no problem any more when they are gone', async (t) => {
	const {ada, until} = await openWatched(t);
	ada.link('out', '/etc/hosts');
	ada.link('src/up', '../..');
	ada.write('bad\u007fname', 'x');
	ada.project.rescan();
	const all = ['bad_name bad\u007fname', 'link_leaves_root out', 'link_leaves_root src/up'];
	await until(...all);
	ada.remove('out');
	await until(...all.filter((problem) => !problem.endsWith('out')));
	ada.link('src/up', 'a');
	await until(all[0]!);
	ada.rename('bad\u007fname', 'good');
	await until();
});

test('a folder that is a repository no longer is synced at once', async (t) => {
	const {ada, until} = await openWatched(t);
	mkdirSync(ada.at('src/.git'));
	await until('nested_repository src');
	ada.write('src/b', 'b');
	rmSync(ada.at('src/.git'), {recursive: true});
	await until();
	t.deepEqual(Object.keys(await ada.tree()), ['src/a', 'src/b']);
});

test('what was told of one path says nothing about another, and comes again with the problem', async (t) => {
	const ada = await TestPeer.open(t, 'ada');
	const look = async () => {
		ada.project.rescan();
		await ada.project.snapshot();
		return [...ada.problems];
	};
	ada.link('one', '/etc/hosts');
	ada.link('two', '/etc/hosts');
	t.deepEqual(await look(), ['link_leaves_root one', 'link_leaves_root two']);
	t.deepEqual(await look(), ['link_leaves_root one', 'link_leaves_root two']);
	renameSync(ada.at('one'), ada.at('three'));
	t.deepEqual(await look(), ['link_leaves_root two', 'link_leaves_root three']);
	renameSync(ada.at('three'), ada.at('one'));
	t.deepEqual(await look(), ['link_leaves_root two', 'link_leaves_root one']);
});

test('a folder that gets too large for others is told, and the rest goes on', async (t) => {
	const ada = await TestPeer.open(t, 'ada');
	ada.write('big/1', '1');
	await ada.project.start();
	const {store} = ada.project;
	const writeTree = store.writeTree.bind(store);
	store.writeTree = async (base, changes) => {
		if (changes.has('big/2')) throw new Failure('too_large', {details: {path: 'big'}});
		return writeTree(base, changes);
	};
	ada.write('big/2', '2');
	ada.write('small', 's');
	ada.remove('big/1');
	ada.project.rescan();
	t.deepEqual([...(await ada.project.snapshot()).paths].sort(), ['big/1', 'small']);
	t.deepEqual(Object.keys(await ada.tree()), ['small']);
	t.deepEqual(ada.problems, ['too_large big']);
	t.is(ada.project.files, 2);
	store.writeTree = writeTree;
	ada.project.rescan();
	t.deepEqual((await ada.project.snapshot()).paths, ['big/2']);
});
