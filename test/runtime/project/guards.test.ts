import test from 'ava';
import {rmSync, writeFileSync} from 'node:fs';
import {Failure} from '../../../source/protocol/failure.js';
import {git, openSession, settle, TestPeer, transfer} from './test-peer.js';

const many = (count: number) =>
	Object.fromEntries(Array.from({length: count}, (_, i) => [`${i % 10}/${i}`, `${i}`]));

test('An emptied root halts, and nothing is deleted anywhere until a person says so', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x', 'b/c': 'y'})) as [TestPeer, TestPeer];
	const {head} = ada.project;
	ada.remove('a');
	ada.remove('b');
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {instanceOf: Failure, message: /root_emptied/});
	t.is(ada.project.halted?.code, 'root_emptied');
	t.is(ada.project.head, head);
	bob.write('a', 'z');
	bob.project.rescan();
	await bob.project.snapshot();
	await transfer(bob, ada);
	await t.throwsAsync(ada.project.integrate(bob.project.head!, {mayMerge: true}), {message: /root_emptied/});
	await ada.reopen();
	await t.throwsAsync(ada.project.start(), {message: /root_emptied/});
	ada.project.acceptDeletions();
	t.is((await ada.project.start()).changed, true);
	await settle(t, ada, bob);
	t.deepEqual(Object.keys(bob.disk()), ['a']);
	t.deepEqual(await ada.sides('a'), ['-', 'z']);
});

test('Most of a large project vanishing at once halts; when it is back, resume goes on', async (t) => {
	const [ada] = (await openSession(t, ['ada'], many(800))) as [TestPeer];
	for (let i = 0; i < 5; i++) ada.rename(`${i}`, `.pulsync/aside-${i}`);
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {message: /mass_deletion/});
	for (let i = 0; i < 5; i++) ada.rename(`.pulsync/aside-${i}`, `${i}`);
	ada.project.resume();
	t.false((await ada.project.snapshot()).changed);
	t.is(ada.project.halted, undefined);
});

test('A large folder that moves is no deletion', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], many(800))) as [TestPeer, TestPeer];
	for (let i = 0; i < 9; i++) ada.rename(`${i}`, `moved-${i}`);
	ada.project.rescan();
	t.is((await ada.project.snapshot()).paths.length, 2 * 720);
	await settle(t, ada, bob);
	t.is(Object.keys(bob.disk()).length, 800);
	// Others that appear do not make up for those that vanish.
	for (let i = 0; i < 5; i++) {
		ada.remove(`moved-${i}`);
		for (let file = 0; file < 80; file++) ada.write(`other-${i}/${file}`, 'other');
	}
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {message: /mass_deletion/});
});

test('A large project that vanishes piece by piece halts all the same', async (t) => {
	const [ada] = (await openSession(t, ['ada'], many(800))) as [TestPeer];
	for (let i = 0; i < 2; i++) {
		ada.remove(`${i}`);
		ada.project.rescan();
		t.is((await ada.project.snapshot()).paths.length, 80);
	}
	ada.remove('2');
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {message: /mass_deletion/});
	ada.project.acceptDeletions();
	t.is((await ada.project.snapshot()).paths.length, 80);
	ada.remove('3');
	ada.project.rescan();
	t.is((await ada.project.snapshot()).paths.length, 80, 'what was accepted counts no more');
});

test('Deletions are counted when they are taken in, not at each look before', async (t) => {
	const [ada] = (await openSession(t, ['ada'], many(800))) as [TestPeer];
	git(ada.root, 'init', '-q');
	ada.project.rescan();
	await ada.project.snapshot();
	ada.remove('0');
	for (let at = 0; at < 4; at++) {
		ada.project.rescan();
		ada.onProgress = () => writeFileSync(ada.at('.git/HEAD'), `ref: refs/heads/branch-${at}\n`);
		t.like(await ada.project.snapshot(), {changed: false, held: 'writing'});
	}
	ada.onProgress = undefined;
	ada.project.rescan();
	t.is((await ada.project.snapshot()).paths.length, 80);
});

test('What rules ignore that were saved while the disk was read is not taken in', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {'.gitignore': 'secret\n', a: 'x'})) as [TestPeer];
	// An editor has emptied the file, and is about to write it.
	ada.write('.gitignore', '');
	ada.write('secret', 'key');
	ada.write('b', 'y');
	ada.onProgress = ({kind}) => {
		if (kind === 'snapshotting') writeFileSync(ada.at('.gitignore'), 'secret\n');
	};
	ada.project.rescan();
	t.true((await ada.project.snapshot()).paths.includes('b'));
	ada.onProgress = undefined;
	ada.project.rescan();
	await ada.project.snapshot();
	const {store, head} = ada.project;
	const files = new Set<string>();
	for (const {oid} of store.graph.all())
		for (const path of (await store.listTree((await store.readCommit(oid)).tree)).keys()) files.add(path);
	t.deepEqual([...files].sort(), ['.gitignore', 'a', 'b'], head);
});

test('Folders that go together are judged together, though the watcher has told of one', async (t) => {
	const ada = await TestPeer.open(t, 'ada', {watch: true});
	for (const [path, text] of Object.entries(many(800))) ada.write(path, text);
	await ada.project.start();
	const told = new Promise<void>((resolve) => (ada.onDirty = resolve));
	ada.rename('0', '.pulsync/aside-0');
	await told;
	for (let i = 1; i < 5; i++) ada.rename(`${i}`, `.pulsync/aside-${i}`);
	await t.throwsAsync(ada.project.snapshot(), {message: /mass_deletion/});
});

test('All that is missing comes back when a person asks for it, and then it goes on', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {a: 'x', 'b/c': 'y'})) as [TestPeer];
	const {head} = ada.project;
	ada.remove('a');
	ada.remove('b');
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {message: /root_emptied/});
	await t.throwsAsync(ada.project.restore('a', 'now'), {message: /root_emptied/});
	await ada.project.restore('.', 'now');
	t.is(ada.project.halted, undefined);
	t.deepEqual([ada.read('a'), ada.read('b/c')], ['x', 'y']);
	t.is(ada.project.head, head);
	ada.write('a', 'z');
	ada.project.rescan();
	t.true((await ada.project.snapshot()).changed);
});

test('A folder that is not the one it was, or that is gone, halts', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {a: 'x'})) as [TestPeer];
	writeFileSync(ada.at('.pulsync/mark'), 'another\n');
	await t.throwsAsync(ada.project.snapshot(), {message: /root_replaced/});
	ada.project.resume();
	rmSync(ada.root, {recursive: true, force: true});
	await t.throwsAsync(ada.project.snapshot(), {message: /root_missing/});
});

test('During a git operation of the user everything is held, and goes out as one snapshot afterwards', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x', b: 'x'})) as [TestPeer, TestPeer];
	git(ada.root, 'init', '-q');
	writeFileSync(ada.at('.git/MERGE_HEAD'), '');
	ada.write('a', 'half');
	ada.project.rescan();
	const {head} = ada.project;
	t.like(await ada.project.snapshot(), {changed: false, held: 'merge', head});
	bob.write('b', 'y');
	bob.project.rescan();
	await bob.project.snapshot();
	await transfer(bob, ada);
	t.like(await ada.project.integrate(bob.project.head!, {mayMerge: true}), {kind: 'none', held: 'merge'});
	t.is(ada.read('b'), 'x');
	ada.write('a', 'whole');
	rmSync(ada.at('.git/MERGE_HEAD'));
	const outcome = await ada.project.snapshot();
	t.deepEqual(outcome.paths, ['a']);
	await settle(t, ada, bob);
	t.deepEqual([bob.read('a'), ada.read('b')], ['whole', 'y']);
});

test('What the user’s git begins while the disk is read goes out when it is over, whole, and is called by its branch', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'main', b: 'main'})) as [TestPeer, TestPeer];
	git(ada.root, 'init', '-q', '-b', 'main');
	ada.write('c', 'c');
	ada.project.rescan();
	await ada.project.snapshot();
	const {head} = ada.project;
	// The checkout has written one file of two when the disk is read, and is done before that is.
	ada.write('a', 'feature');
	ada.project.rescan();
	ada.onProgress = () => writeFileSync(ada.at('.git/HEAD'), 'ref: refs/heads/feature\n');
	t.like(await ada.project.snapshot(), {changed: false, held: 'writing', head});
	ada.onProgress = undefined;
	ada.write('b', 'feature');
	ada.project.rescan();
	const outcome = await ada.project.snapshot();
	t.deepEqual([outcome.paths.length, outcome.switchedTo], [2, 'feature']);
	await transfer(ada, bob);
	const taken = await bob.project.integrate(ada.project.head!, {mayMerge: true});
	t.like(taken, {kind: 'fast-forward', switchedTo: 'feature'});
	ada.write('a', 'more');
	ada.project.rescan();
	t.is((await ada.project.snapshot()).switchedTo, undefined);
});

test('What the user’s git changed goes out whole, however little the watcher has told of it', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {a: 'main', b: 'main'})) as [TestPeer];
	git(ada.root, 'init', '-q', '-b', 'main');
	git(ada.root, 'add', '.');
	git(ada.root, 'commit', '-qm', 'main');
	await ada.project.snapshot();
	git(ada.root, 'checkout', '-qb', 'feature');
	for (const name of ['a', 'b']) ada.write(name, 'feature');
	git(ada.root, 'commit', '-qam', 'feature');
	ada.project.rescan();
	await ada.project.snapshot();
	git(ada.root, 'checkout', '-q', 'main'); // nobody tells
	const {paths, switchedTo} = await ada.project.snapshot();
	t.deepEqual([[...paths].sort(), switchedTo], [['a', 'b'], 'main']);
	ada.write('a', 'edited');
	t.false((await ada.project.snapshot()).changed); // what is only edited waits for the watcher
});

test('A paused project takes nothing in and changes nothing', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {a: 'x'})) as [TestPeer];
	ada.project.pause();
	ada.write('a', 'y');
	ada.project.rescan();
	t.like(await ada.project.snapshot(), {changed: false, held: 'paused'});
	await t.throwsAsync(ada.project.restore('.', new Date().toISOString()), {message: /held/});
	ada.project.resume();
	t.true((await ada.project.snapshot()).changed);
});

test('Deletions within reason are no accident', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], many(300))) as [TestPeer, TestPeer];
	for (let i = 0; i < 6; i++) ada.remove(`${i}`);
	ada.project.rescan();
	await settle(t, ada, bob);
	t.is(Object.keys(bob.disk()).length, 120);
});
