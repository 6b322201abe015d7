/** The watcher, with chokidar in it, on a disk in memory that cannot be read for a moment. */
import {surround} from './take-over.js';
import test from 'ava';
import {type Path} from '../../source/protocol/content.js';
import {watch} from '../../source/workspace/watcher.js';
import {addMount, type Mount} from './file-calls.js';
import {DiskError, MemoryDisk} from './memory-disk.js';
import {Random} from './random.js';
import {VirtualTime} from './virtual-time.js';

/** What cannot be made out is looked at again by then. */
const soonMs = 15_000;

/** A project with these folders and a watcher on it. */
function makeScene(name: string, folders: readonly Path[]) {
	const time = new VirtualTime();
	surround({time, random: new Random(1)});
	const faults = {list: false, rules: false};
	const noticed = new Set<Path>();
	const disk = new MemoryDisk({
		wall: () => time.wall,
		caseBlind: false,
		events: {
			changed: (folder, kind, file) => {
				for (const listener of mount.watchers.get(folder) ?? []) time.later(0.1, () => listener(kind, file));
			},
			destroyed: () => undefined,
			taken: () => undefined,
		},
	});
	const mount: Mount = {
		disk,
		enter: (_kind, call, path) => {
			if (faults.list && call === 'readdir') throw new DiskError('EMFILE', call, path);
		},
		soon: async (work) => work(),
		watchers: new Map(),
	};
	for (const folder of folders) disk.makeFolder(folder, 0o755);
	const root = addMount(name, mount);
	const pass = async (ms: number) => time.runUntil(() => false, ms);
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
		await time.runUntil(() => noticed.has(path), 1000);
		return noticed.has(path);
	};
	return {disk, faults, pass, watching, notices, missed: () => missed};
}

test.afterEach.always(() => surround(undefined));

test.serial(
	'folders are watched on while they cannot be read, and new ones in them soon after',
	async (t) => {
		const {disk, faults, pass, watching, notices} = makeScene('unread', ['lib', 'lib/deep']);
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
	const {disk, faults, pass, notices} = makeScene('last', ['lib']);
	await pass(1000);
	faults.list = true;
	disk.removeFolder('lib');
	await pass(1000);
	t.true(await notices('a'));
});

test.serial('a folder that comes while the rules are not known is watched soon after', async (t) => {
	const {disk, faults, pass, notices, missed} = makeScene('rules', []);
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
	const {faults, pass, notices} = makeScene('start', ['lib']);
	faults.list = true;
	await pass(1000);
	t.true(await notices('a'));
	faults.list = false;
	await pass(soonMs);
	t.true(await notices('lib/a'));
});
