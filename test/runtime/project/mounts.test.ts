/** A disk that is mounted below the root of a project. */
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {diskTest, MountedDisk} from '../../helpers/mounted-disk.js';
import {makeFolder, openSession, settle, type TestPeer} from './test-peer.js';

const bytes = 16 * 1024 * 1024;

diskTest('tmpfs', 'what is mounted is not synced, and deleted nowhere when it goes', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x'})) as [TestPeer, TestPeer];
	const disk = new MountedDisk(t, {kind: 'tmpfs', folder: ada.at('vault'), bytes});
	ada.write('vault/secret', 's');
	ada.remove('vault.img');
	for (let look = 0; look < 2; look++) {
		ada.project.rescan();
		t.deepEqual((await ada.project.snapshot()).paths, []);
		t.deepEqual(ada.problems, ['other_filesystem vault']);
	}
	bob.write('vault/of bob', 'b');
	bob.project.rescan();
	await settle(t, ada, bob);
	t.deepEqual([bob.has('vault/secret'), ada.has('vault/of bob')], [false, false]);
	disk.unmount();
	ada.project.rescan();
	t.deepEqual((await ada.project.snapshot()).paths, []);
	await settle(t, ada, bob);
	t.deepEqual(ada.problems, []);
	t.deepEqual(ada.disk(), bob.disk());
	t.is(ada.read('vault/of bob'), 'b');
});

diskTest(
	'tmpfs',
	'what a mounted disk hides is deleted nowhere, and compared when it is seen again',
	async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x', 'vault/1': '1', 'vault/2': '2'})) as [
			TestPeer,
			TestPeer,
		];
		const disk = new MountedDisk(t, {kind: 'tmpfs', folder: ada.at('vault'), bytes});
		ada.remove('vault.img');
		writeFileSync(ada.at('vault/1'), 'another');
		t.deepEqual((await ada.project.snapshot()).paths, []);
		ada.project.rescan();
		t.deepEqual((await ada.project.snapshot()).paths, []);
		bob.write('vault/2', 'of bob');
		bob.project.rescan();
		await settle(t, ada, bob);
		t.deepEqual([ada.read('vault/1'), ada.has('vault/2'), bob.read('vault/1')], ['another', false, '1']);
		disk.unmount();
		ada.project.rescan();
		await ada.project.snapshot();
		await settle(t, ada, bob);
		t.deepEqual(await ada.conflictedPaths(), ['vault/2']);
		t.deepEqual(
			[ada.read('vault/1'), bob.read('vault/1'), ada.read('vault/2'), bob.read('vault/2')],
			['1', '1', '2', 'of bob'],
		);
	},
);

diskTest(
	'tmpfs',
	'a part of the same disk that is mounted counts as another one, be it a folder or a file',
	async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x', 'a b/1': '1', file: 'f'})) as [
			TestPeer,
			TestPeer,
		];
		const aside = makeFolder(t);
		writeFileSync(path.join(aside, 'secret'), 's');
		const mounted: readonly (readonly [string, string])[] = [
			[aside, 'a b'],
			[path.join(aside, 'secret'), 'file'],
		];
		for (const [from, to] of mounted) {
			execFileSync('mount', ['--bind', from, ada.at(to)]);
			t.teardown(() => execFileSync('sh', ['-c', 'umount -l "$0" 2>/dev/null || true', ada.at(to)]));
		}
		ada.project.rescan();
		t.deepEqual((await ada.project.snapshot()).paths, []);
		t.deepEqual([...ada.problems].sort(), ['other_filesystem a b', 'other_filesystem file']);
		bob.write('file', 'of bob');
		bob.project.rescan();
		await settle(t, ada, bob);
		t.is(ada.read('file'), 's');
		for (const [, to] of mounted) execFileSync('umount', [ada.at(to)]);
		ada.project.rescan();
		await ada.project.snapshot();
		await settle(t, ada, bob);
		t.deepEqual(ada.problems, []);
		t.deepEqual(await bob.conflictedPaths(), ['file']);
		t.deepEqual(
			[ada.read('a b/1'), bob.read('a b/1'), ada.read('file'), bob.read('file')],
			['1', '1', 'f', 'of bob'],
		);
	},
);
