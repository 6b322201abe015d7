import test, {type ExecutionContext} from 'ava';
import {
	appendFileSync,
	closeSync,
	mkdirSync,
	openSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../../source/protocol/content.js';
import {watch, type Watching} from '../../source/workspace/watcher.js';
import {makeProject, openRules, writeFiles} from './temp-project.js';

type Batch = {paths: Set<Path>; at: number};

type Scene = {root: string; watching: Watching; batches: Batch[]; missed: () => number; until: Until};
type Until = (description: string, condition: () => boolean) => Promise<void>;

async function startWatching(
	t: ExecutionContext,
	files: Record<Path, string>,
	isSynced?: (path: Path) => boolean,
): Promise<Scene> {
	const project = makeProject(t);
	writeFiles(project.root, files);
	const rules = await openRules(t, project);
	const batches: Batch[] = [];
	let missed = 0;
	const watching = await watch({
		root: project.root,
		ignored: (paths) => rules.unwatched(paths),
		isSynced,
		onDirty: (paths) => batches.push({paths, at: performance.now()}),
		onMissed: () => missed++,
	});
	t.teardown(() => watching.close());
	const until: Until = async (description, condition) => {
		const deadline = performance.now() + 10_000;
		while (!condition()) {
			if (performance.now() > deadline) {
				const seen = batches.map((batch) => [...batch.paths].join(' '));
				throw new Error(`not within 10 s: ${description}; seen: ${seen.join(' | ')}`);
			}
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	};
	return {root: project.root, watching, batches, missed: () => missed, until};
}

const has = ({batches}: Scene, path: Path) => batches.some((batch) => batch.paths.has(path));

/** True if a hint says that something at the path, or somewhere in a folder above it, changed. */
function covers(scene: Scene, path: Path): boolean {
	const names = path.split('/');
	return names.some((_name, index) => has(scene, names.slice(0, index + 1).join('/')));
}

/** Waits for a save of a file that is known to be watched: whatever came before it has come out then. */
async function flush(scene: Scene): Promise<void> {
	const path = `flush-${Math.random()}`;
	writeFileSync(join(scene.root, path), '');
	await scene.until('the flush', () => has(scene, path));
	const index = scene.batches.findIndex((batch) => batch.paths.has(path));
	await scene.until('what came with it', () => performance.now() - scene.batches[index]!.at > 100);
}

const changes: readonly {title: string; change: (root: string) => void; hint: Path}[] = [
	{title: 'a save', change: (root) => writeFileSync(join(root, 'a'), 'new'), hint: 'a'},
	{title: 'a save deep below', change: (root) => writeFileSync(join(root, 'b/c/d'), 'new'), hint: 'b/c/d'},
	{title: 'a new file', change: (root) => writeFileSync(join(root, 'b/new'), ''), hint: 'b/new'},
	{title: 'a removed file', change: (root) => unlinkSync(join(root, 'b/c/d')), hint: 'b/c/d'},
	{title: 'a new link', change: (root) => symlinkSync('a', join(root, 'b/link')), hint: 'b/link'},
	{title: 'a new folder', change: (root) => mkdirSync(join(root, 'b/folder')), hint: 'b/folder'},
	{title: 'a removed folder', change: (root) => rmSync(join(root, 'b'), {recursive: true}), hint: 'b'},
	{
		title: 'a renamed folder, old name',
		change: (root) => renameSync(join(root, 'b'), join(root, 'x')),
		hint: 'b',
	},
	{
		title: 'a renamed folder, new name',
		change: (root) => renameSync(join(root, 'b'), join(root, 'x')),
		hint: 'x',
	},
	{
		title: 'an odd name',
		change: (root) => writeFileSync(join(root, 'b', 'n\n"e\u0301'), ''),
		hint: 'b/n\n"e\u0301',
	},
];

for (const {title, change, hint} of changes) {
	test(`there is a hint for ${title}`, async (t) => {
		const scene = await startWatching(t, {a: '', 'b/c/d': ''});
		change(scene.root);
		await scene.until(title, () => has(scene, hint));
		t.is(scene.missed(), 0);
	});
}

test('a finished save of a synced file is known within 60 ms, in the median', async (t) => {
	const scene = await startWatching(t, {a: ''}, () => true);
	const took: number[] = [];
	for (let round = 0; round < 15; round++) {
		const before = scene.batches.length;
		const startedAt = performance.now();
		writeFileSync(join(scene.root, 'a'), `${round}`);
		await scene.until('the save', () => scene.batches.length > before);
		took.push(scene.batches[before]!.at - startedAt);
	}
	took.sort((one, other) => one - other);
	t.true(took[7]! <= 60, `median ${took[7]} ms`);
});

test('an atomic save is one batch', async (t) => {
	const scene = await startWatching(t, {'dir/a': ''});
	writeFileSync(join(scene.root, 'dir/.a.swp'), 'new');
	renameSync(join(scene.root, 'dir/.a.swp'), join(scene.root, 'dir/a'));
	await scene.until('the save', () => has(scene, 'dir/a'));
	t.deepEqual(
		scene.batches.map((batch) => [...batch.paths].sort()),
		[['dir/.a.swp', 'dir/a']],
	);
});

test('a folder made anew under its old name is watched', async (t) => {
	const scene = await startWatching(t, {'b/c': ''});
	for (let round = 0; round < 3; round++) {
		rmSync(join(scene.root, 'b'), {recursive: true});
		writeFiles(scene.root, {'b/c': 'x', 'b/deep/d': ''});
		await isWatchedIn(scene, 'b', 'b/deep/d');
	}
	t.pass();
});

test('a folder moved in with all its files is watched', async (t) => {
	const scene = await startWatching(t, {'.pulsync/elsewhere/x/y/z': '', a: ''});
	renameSync(join(scene.root, '.pulsync/elsewhere'), join(scene.root, 'in'));
	await isWatchedIn(scene, 'in', 'in/x/y/z');
	renameSync(join(scene.root, 'in'), join(scene.root, 'renamed'));
	await isWatchedIn(scene, 'renamed', 'renamed/x/y/z');
	t.pass();
});

/** Saves a file of a new folder again and again: each save is covered by a hint, and in the end by one of its own. */
async function isWatchedIn(scene: Scene, folder: Path, path: Path): Promise<void> {
	await scene.until('the folder', () => has(scene, folder));
	for (let save = 0; ; save++) {
		scene.batches.length = 0;
		writeFileSync(join(scene.root, path), `${save}`);
		await scene.until(`save ${save} of ${path}`, () => covers(scene, path));
		if (has(scene, path)) return;
	}
}

test('ignored folders and state are not watched, also when they are made later', async (t) => {
	const scene = await startWatching(t, {
		'.gitignore': 'node_modules/\n',
		'node_modules/a/b': '',
		'src/x': '',
	});
	t.is(scene.watching.folders, 2);
	writeFiles(scene.root, {
		'.pulsync/tmp/t': '',
		'src/node_modules/a/b/c': '',
		'node_modules/a/b': 'new',
		'.git/HEAD': '',
	});
	await flush(scene);
	writeFiles(scene.root, {'src/node_modules/a/b/c': 'new', '.git/HEAD': 'new'});
	await flush(scene);
	t.is(scene.watching.folders, 2);
	t.false(has(scene, 'node_modules/a/b') || has(scene, 'src/node_modules/a/b/c') || has(scene, '.git/HEAD'));
});

test('a nested repository is watched only for whether it is one', async (t) => {
	const scene = await startWatching(t, {'nested/.git/HEAD': '', 'nested/deep/x': '', a: ''});
	t.is(scene.watching.folders, 2);
	writeFileSync(join(scene.root, 'nested/deep/x'), 'theirs');
	await flush(scene);
	t.false(covers(scene, 'nested'));
	rmSync(join(scene.root, 'nested/.git'), {recursive: true});
	await scene.until('it is none any more', () => has(scene, 'nested/.git'));
	await scene.until('a watch below', () => scene.watching.folders === 3);
	await flush(scene);
	writeFileSync(join(scene.root, 'nested/deep/x'), 'ours');
	await scene.until('a save', () => has(scene, 'nested/deep/x'));
	writeFiles(scene.root, {'nested/.git/HEAD': ''});
	await scene.until('no watch below', () => scene.watching.folders === 2);
});

test('a rule that comes or goes changes what is watched', async (t) => {
	const scene = await startWatching(t, {'out/deep/x': '', a: ''});
	t.is(scene.watching.folders, 3);
	writeFileSync(join(scene.root, '.gitignore'), 'out/\n');
	await scene.until('fewer watches', () => scene.watching.folders === 1);
	writeFileSync(join(scene.root, '.gitignore'), '\n');
	await scene.until('all watches', () => scene.watching.folders === 3);
	await flush(scene);
	writeFileSync(join(scene.root, 'out/deep/x'), 'new');
	await scene.until('a save', () => has(scene, 'out/deep/x'));
	t.pass();
});

test('thousands of changes at once are few batches, and none is missing', async (t) => {
	const files = Object.fromEntries(
		Array.from({length: 2000}, (_, index) => [`d${index % 20}/f${index}`, '']),
	);
	const scene = await startWatching(t, files);
	for (const path of Object.keys(files)) writeFileSync(join(scene.root, path), 'new');
	const seen = () => new Set(scene.batches.flatMap((batch) => [...batch.paths]));
	await scene.until('all', () => seen().size >= 2000);
	t.true(scene.batches.length <= 3, `${scene.batches.length} batches`);
});

test('a file that is being appended to comes out less and less often', async (t) => {
	const scene = await startWatching(t, {log: ''});
	const file = openSync(join(scene.root, 'log'), 'a');
	const startedAt = performance.now();
	await scene.until('a second and a half of writing', () => {
		writeSync(file, 'x'.repeat(100));
		return performance.now() - startedAt > 1500;
	});
	closeSync(file);
	appendFileSync(join(scene.root, 'log'), 'end');
	const endedAt = performance.now();
	await scene.until('the end', () => (scene.batches.at(-1)?.at ?? 0) > endedAt);
	t.true(scene.batches.length <= 4, `${scene.batches.length} batches`);
});

test('the root going away is a hint for the whole project', async (t) => {
	const scene = await startWatching(t, {'a/b': ''});
	rmSync(scene.root, {recursive: true});
	await scene.until('the root', () => has(scene, '') || scene.missed() > 0);
	t.pass();
});

test('nothing is said after closing, and closing twice is fine', async (t) => {
	const scene = await startWatching(t, {a: ''});
	writeFileSync(join(scene.root, 'a'), 'x');
	await scene.watching.close();
	await scene.watching.close();
	writeFileSync(join(scene.root, 'a'), 'y');
	await new Promise((resolve) => setTimeout(resolve, 100));
	t.is(scene.batches.length, 0);
});

test('an abort closes it', async (t) => {
	const project = makeProject(t);
	const controller = new AbortController();
	let dirty = 0;
	await watch({
		root: project.root,
		ignored: async () => new Set(),
		onDirty: () => {
			dirty++;
			controller.abort(); // closing inside chokidar's own handler would hang
		},
		onMissed: () => undefined,
		signal: controller.signal,
	});
	writeFileSync(join(project.root, 'a'), 'x');
	const deadline = performance.now() + 5000;
	while (dirty === 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
	writeFileSync(join(project.root, 'b'), 'x');
	await new Promise((resolve) => setTimeout(resolve, 150));
	t.is(dirty, 1);
});
