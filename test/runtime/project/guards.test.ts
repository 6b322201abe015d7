import test from 'ava';
import {rmSync, writeFileSync} from 'node:fs';
import {Failure} from '../../../source/protocol/failure.js';
import {git, openSession, settle, type TestPeer, transfer} from './test-peer.js';

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
