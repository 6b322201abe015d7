import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {openSession, settle, TestPeer} from './test-peer.js';

async function save(peer: TestPeer): Promise<string> {
	peer.project.rescan();
	return (await peer.project.snapshot()).head!;
}

test('History says who changed what, newest first, also of one path or folder', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: '1', 'd/b': '1'})) as [TestPeer, TestPeer];
	ada.write('a', '2');
	await save(ada);
	await settle(t, ada, bob);
	bob.write('d/b', '2');
	await save(bob);
	await settle(t, ada, bob);
	const all = await ada.project.history();
	t.deepEqual(
		all.map(({name, paths, more}) => [name, paths.join(' '), more]),
		[
			['bob', 'd/b', 0],
			['ada', 'a', 0],
			['ada', 'a d/b', 0],
		],
	);
	t.deepEqual(
		(await ada.project.history('d')).map(({name}) => name),
		['bob', 'ada'],
	);
	t.deepEqual(
		(await ada.project.history('a')).map(({paths}) => paths.join()),
		['a', 'a'],
	);
	t.deepEqual(await ada.project.history('nowhere'), []);
});

test('Restoring a path, a folder or everything is a change that reaches everybody', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: '1', 'd/b': '1', 'd/c': '1'})) as [
		TestPeer,
		TestPeer,
	];
	const first = ada.project.head!;
	ada.write('a', '2');
	ada.remove('d');
	ada.write('new', 'n');
	await save(ada);
	await settle(t, ada, bob);
	t.deepEqual((await bob.project.restore('d', first)).restored, ['d/b', 'd/c']);
	await settle(t, ada, bob);
	t.deepEqual([ada.read('d/b'), ada.read('a'), ada.read('new')], ['1', '2', 'n']);
	t.deepEqual((await ada.project.restore('a', first.slice(0, 10))).restored, ['a']);
	t.deepEqual((await ada.project.restore('.', first)).restored, ['new']);
	await settle(t, ada, bob);
	t.deepEqual(Object.keys(bob.disk()), ['a', 'd/b', 'd/c']);
	t.deepEqual(bob.disk(), ada.disk());
	t.deepEqual((await ada.project.restore('.', first)).restored, []);
	await t.throwsAsync(ada.project.restore('nowhere', first), {instanceOf: Failure, message: /unknown_path/});
});

test('Restoring by time takes the newest commit of that moment', async (t) => {
	let now = Date.parse('2026-01-01T00:00:00Z');
	const ada = await TestPeer.open(t, 'ada', {now: () => now});
	ada.write('a', 'morning');
	await ada.project.start();
	now = Date.parse('2026-01-01T12:00:00Z');
	ada.write('a', 'noon');
	await save(ada);
	now = Date.parse('2026-01-02T00:00:00Z');
	ada.write('a', 'night');
	await save(ada);
	await ada.project.restore('a', '2026-01-01T13:00:00Z');
	t.is(ada.read('a'), 'noon');
	await ada.project.restore('a', String(Date.parse('2026-01-01T06:00:00Z')));
	t.is(ada.read('a'), 'morning');
	await t.throwsAsync(ada.project.restore('a', '2020-01-01'), {
		instanceOf: Failure,
		message: /not_in_history/,
	});
	await t.throwsAsync(ada.project.restore('a', 'some day'), {instanceOf: Failure, message: /bad_time/});
});

test('A diff shows what changed last, and the two sides of a conflict', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'one\n', b: 'x\n'})) as [TestPeer, TestPeer];
	ada.write('a', 'two\n');
	await save(ada);
	const diff = await ada.project.diff('a');
	t.true(diff.includes('-one\n+two\n'), diff);
	t.is(await ada.project.diff(), diff);
	await settle(t, ada, bob);
	ada.write('b', 'of ada\n');
	bob.write('b', 'of bob\n');
	await save(ada);
	await save(bob);
	await settle(t, ada, bob);
	const sides = await bob.project.diff('b');
	t.true(sides.includes('of ada') && sides.includes('of bob'), sides);
	t.is(await ada.project.diff('nowhere'), '');
});
