/** Disks that refuse to take what was shown: nobody may come into conflict with themselves, and nothing that was told is lost. */
import {makeDiskScene, type DiskScene} from './disk-scene.js';
import test from 'ava';
import {type Path} from '../../source/protocol/content.js';
import {Project} from '../../source/runtime/project/project.js';
import {ShownIndex} from '../../source/workspace/shown-index.js';
import {DiskError} from './memory-disk.js';
import {surround} from './take-over.js';

const self = {peerId: 'a'.repeat(26), name: 'ada'};
const quietMs = 1000;

/** A project whose disk can be told to refuse the index. */
async function openProject(scene: DiskScene) {
	const {disk, root, finish, pass} = scene;
	let refuses = false;
	let dirtyCalls = 0;
	scene.beforeCall = (_kind, call, path) => {
		if (refuses && call === 'sync' && path.startsWith('.pulsync/shown'))
			throw new DiskError('EIO', call, path);
	};
	const callbacks = {
		progress: () => undefined,
		dirty: () => dirtyCalls++,
		problem: () => undefined,
		solved: () => undefined,
		editing: () => undefined,
	};
	const project = await finish(
		Project.open({root, self, watch: true, now: () => scene.time.wall, callbacks}),
	);
	const save = async (path: Path, text: string) => {
		disk.setData(disk.find(path) ?? disk.createFile(path, 0o644, 'open'), Buffer.from(text));
		await pass(quietMs);
	};
	const read = async (path: Path) => {
		const value = (await finish(project.store.listTree(project.tree!))).get(path);
		const [content] = value?.contents ?? [];
		return content && (await finish(project.readSide(content))).toString();
	};
	return {
		project,
		save,
		read,
		dirtyCalls: () => dirtyCalls,
		refuse: (isOn: boolean) => {
			refuses = isOn;
		},
	};
}

test.afterEach.always(() => surround(undefined));

test.serial(
	'who saves again after a snapshot that the index was not told of is in no conflict',
	async (t) => {
		const scene = makeDiskScene();
		const {finish} = scene;
		const {project, save, read, refuse} = await openProject(scene);
		await save('a', 'one');
		await finish(project.start());
		await save('a', 'two');
		await save('b', 'new');
		refuse(true);
		await t.throwsAsync(finish(project.snapshot()), {message: /state_unreadable/});
		t.is(await read('a'), 'two');
		await save('a', 'three');
		await t.throwsAsync(finish(project.snapshot()), {message: /state_unreadable/});
		scene.disk.unlink('b', 'user');
		await scene.pass(quietMs);
		refuse(false);
		await finish(project.snapshot());
		t.deepEqual((await finish(project.conflicts())).conflicts, []);
		t.is(await read('a'), 'three');
		t.is(await read('b'), undefined);
	},
);

test.serial('nor after a file was brought that the index was not told of', async (t) => {
	const scene = makeDiskScene();
	const {finish, disk} = scene;
	const {project, save, read, refuse} = await openProject(scene);
	await save('a', 'one');
	await finish(project.start());
	const {head} = project;
	await save('a', 'two');
	await finish(project.snapshot());
	refuse(true);
	await t.throwsAsync(finish(project.restore('a', head!)), {message: /state_unreadable/});
	t.is(disk.find('a')?.data.toString(), 'one');
	await save('a', 'one and a half');
	refuse(false);
	await finish(project.snapshot());
	t.deepEqual((await finish(project.conflicts())).conflicts, []);
	t.is(await read('a'), 'one and a half');
});

test.serial('a head that moved on a disk that did not tell so is moved on from', async (t) => {
	const scene = makeDiskScene();
	const {finish} = scene;
	const {project, save, read} = await openProject(scene);
	await save('a', 'one');
	await finish(project.start());
	await save('a', 'two');
	let hasMoved = false;
	scene.beforeCall = (_kind, call, path) => {
		if (hasMoved && call === 'open') throw new DiskError('EMFILE', call, path);
		hasMoved ||= call === 'rename' && path.endsWith('refs/pulsync/self');
	};
	await t.throwsAsync(finish(project.snapshot()));
	await t.throwsAsync(finish(project.snapshot()));
	scene.beforeCall = () => undefined;
	await save('a', 'three');
	await finish(project.snapshot());
	t.is(await read('a'), 'three');
	t.deepEqual((await finish(project.conflicts())).conflicts, []);
});

test.serial('a folder that joined and could not finish that is watched all the same', async (t) => {
	const scene = makeDiskScene();
	const {finish, disk} = scene;
	const {project, save, read, refuse, dirtyCalls} = await openProject(scene);
	const join = async () => {
		const {store} = project;
		const oid = await store.writeBlob(Buffer.from('theirs'));
		const tree = await store.writeTree(undefined, new Map([['a', {contents: [`${oid}-100644`]}]]));
		await store.flush();
		const author = {name: 'bob', peerId: 'b'.repeat(26)};
		const commit = await store.writeCommit({tree, parents: [], author, atMs: 1000, message: 'Change a'});
		return project.adopt(commit);
	};
	refuse(true);
	await t.throwsAsync(finish(join()), {message: /state_unreadable/});
	refuse(false);
	await finish(project.snapshot());
	t.is(disk.find('a')?.data.toString(), 'theirs');
	const before = dirtyCalls();
	await save('a', 'mine');
	t.true(dirtyCalls() > before);
	await finish(project.snapshot());
	t.is(await read('a'), 'mine');
});

/** More than make a journal worth a rewrite. */
const manyPaths = Array.from({length: 2500}, (_, at) => `lib/${at}`);

for (let seed = 1; seed <= 40; seed++) {
	test.serial(`an index that was refused something keeps what it took: call ${seed}`, async (t) => {
		const scene = makeDiskScene({seed});
		const {disk, random, root, finish} = scene;
		const path = `${root}/.pulsync/shown`;
		let index = await finish(ShownIndex.open(path));
		let calls = 0;
		scene.beforeCall = (_kind, call, at) => {
			calls++;
			// This call, and sometimes the next ones: what is to make up for it fails as well.
			if (calls === seed || (calls > seed && calls < seed + 4 && random.chance(0.4)))
				throw new DiskError('EIO', call, at);
		};
		const taken = new Map<Path, string>();
		const set = async (paths: readonly Path[], content: string) => {
			for (;;) {
				try {
					await finish(index.set(new Map(paths.map((one) => [one, {content}]))));
					break;
				} catch (error) {
					t.regex(String(error), /state_unreadable/);
				}
			}
			for (const one of paths) taken.set(one, content);
		};
		for (let round = 0; round < 5; round++) {
			await set(manyPaths, `${String(round).repeat(40)}-100644`);
			await set([`one ${round}`], `${'a'.repeat(40)}-100644`);
		}
		scene.beforeCall = () => undefined;
		disk.losePower(random);
		index = await finish(ShownIndex.open(path));
		const found = new Map([...index.entries()].map(([one, {content}]) => [one, content]));
		const wrong = [...new Set([...taken.keys(), ...found.keys()])].filter(
			(one) => taken.get(one) !== found.get(one),
		);
		t.deepEqual(wrong.slice(0, 3), []);
	});
}
