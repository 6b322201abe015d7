/** Disks that once do not tell what stands somewhere, while a file takes the place of a folder or a folder that of a file. */
import {makeDiskScene, type DiskScene} from './disk-scene.js';
import test from 'ava';
import {Project} from '../../source/runtime/project/project.js';
import {DiskError} from './memory-disk.js';
import {surround} from './take-over.js';

test.afterEach.always(() => surround(undefined));

const longMs = 12_000;

const swaps: readonly {
	readonly title: string;
	readonly before: string;
	readonly swap: (scene: DiskScene) => void;
	readonly after: string;
}[] = [
	{
		title: 'a file in the place of a folder',
		before: 'lib/inside',
		swap({disk}) {
			disk.unlink('lib/inside', 'user');
			disk.removeFolder('lib');
			disk.setData(disk.createFile('lib', 0o644, 'open'), Buffer.from('new'));
		},
		after: 'lib',
	},
	{
		title: 'a folder in the place of a file',
		before: 'lib',
		swap({disk}) {
			disk.unlink('lib', 'user');
			disk.makeFolder('lib', 0o755);
			disk.setData(disk.createFile('lib/inside', 0o644, 'open'), Buffer.from('new'));
		},
		after: 'lib/inside',
	},
];

/** Runs the swap with the Nth look at something that is no part of the program's own failing; false if there is none. */
async function swapWith(scene: DiskScene, failing: number, {before, swap}: (typeof swaps)[number]) {
	const {disk, root, finish, pass, time} = scene;
	const callbacks = {
		progress: () => undefined,
		dirty: () => undefined,
		problem: () => undefined,
		solved: () => undefined,
		editing: () => undefined,
	};
	const self = {peerId: 'a'.repeat(26), name: 'ada'};
	const project = await finish(Project.open({root, self, watch: true, now: () => time.wall, callbacks}));
	if (before.includes('/')) disk.makeFolder('lib', 0o755);
	disk.setData(disk.createFile(before, 0o644, 'open'), Buffer.from('old'));
	await pass(longMs);
	await finish(project.start());
	swap(scene);
	await pass(longMs);
	let looks = 0;
	scene.beforeCall = (_kind, call, path) => {
		if (path.startsWith('lib') && ++looks === failing) throw new DiskError('EIO', call, path);
	};
	await finish(project.snapshot()).catch(() => undefined);
	const {conflicts: found} = await finish(project.conflicts());
	await pass(longMs);
	await finish(project.snapshot());
	const tree = await finish(project.store.listTree(project.tree!));
	await finish(project.close());
	return {hasFailed: looks >= failing, paths: [...tree.keys()], found, left: project.head};
}

for (const change of swaps) {
	test.serial(`${change.title} is no conflict, whichever look fails`, async (t) => {
		let failing = 1;
		for (let hasFailed = true; hasFailed; failing++) {
			const result = await swapWith(makeDiskScene({seed: failing}), failing, change);
			t.deepEqual(result.found, [], `look ${failing}`);
			t.deepEqual(result.paths, [change.after], `look ${failing}`);
			({hasFailed} = result);
		}
		t.true(failing > 4, `${failing} looks`);
	});
}
