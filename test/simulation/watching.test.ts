/** The watcher, with chokidar in it, on a disk in memory that cannot be read for a moment. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {type Path} from '../../source/protocol/content.js';
import {watch} from '../../source/workspace/watcher.js';
import {DiskError} from './memory-disk.js';
import {surround} from './take-over.js';

/** What cannot be made out is looked at again by then. */
const soonMs = 15_000;

/** A project with these folders and a watcher on it. */
function makeScene(folders: readonly Path[]) {
	const scene = makeDiskScene();
	const {disk, root, time, pass} = scene;
	for (const folder of folders) disk.makeFolder(folder, 0o755);
	const faults = {list: false, rules: false};
	scene.beforeCall = (_kind, call, path) => {
		if (faults.list && call === 'readdir') throw new DiskError('EMFILE', call, path);
	};
	const noticed = new Set<Path>();
	let missed = 0;
	const watching = watch({
		root,
		ignored: async () => {
			if (faults.rules) throw new Error('nobody answers');
			return new Set();
		},
		onDirty: (paths) => {
			for (const path of paths) noticed.add(path);
		},
		onMissed: () => missed++,
	});
	const notices = async (path: Path) => {
		noticed.clear();
		disk.createFile(path, 0o644, 'open');
		return time.runUntil(() => noticed.has(path), 1000);
	};
	return {disk, faults, pass, watching, notices, missed: () => missed};
}

test.afterEach.always(() => surround(undefined));

test.serial(
	'folders are watched on while they cannot be read, and new ones in them soon after',
	async (t) => {
		const {disk, faults, pass, watching, notices} = makeScene(['lib', 'lib/deep']);
		await pass(1000);
		faults.list = true;
		void (await watching).refresh();
		await pass(1000);
		t.true(await notices('lib/deep/a'));
		disk.makeFolder('lib/new', 0o755);
		await pass(1000);
		faults.list = false;
		await pass(soonMs);
		t.true(await notices('lib/new/a'));
		t.is((await watching).folders, 4);
	},
);

test.serial('a folder whose last folder goes while it cannot be read is watched on', async (t) => {
	const {disk, faults, pass, notices} = makeScene(['lib']);
	await pass(1000);
	faults.list = true;
	disk.removeFolder('lib');
	await pass(1000);
	t.true(await notices('a'));
});

test.serial('a folder that comes while the rules are not known is watched soon after', async (t) => {
	const {disk, faults, pass, notices, missed} = makeScene([]);
	await pass(1000);
	faults.rules = true;
	disk.makeFolder('lib', 0o755);
	await pass(1000);
	t.is(missed(), 1);
	faults.rules = false;
	await pass(soonMs);
	t.true(await notices('lib/a'));
});

test.serial('what could not be read at the start is watched soon after', async (t) => {
	const {faults, pass, notices} = makeScene(['lib']);
	faults.list = true;
	await pass(1000);
	t.true(await notices('a'));
	faults.list = false;
	await pass(soonMs);
	t.true(await notices('lib/a'));
});
