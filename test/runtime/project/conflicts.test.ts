import test, {type ExecutionContext} from 'ava';
import {type ResolveRequest} from '../../../source/core/command.js';
import {Failure} from '../../../source/protocol/failure.js';
import {absent} from '../../../source/protocol/content.js';
import {contentOf, openSession, settle, type TestPeer} from './test-peer.js';

const resolve = (take: ResolveRequest['take'], ...paths: string[]): ResolveRequest => ({paths, take});

async function save(...peers: readonly TestPeer[]): Promise<void> {
	for (const peer of peers) {
		peer.project.rescan();
		await peer.project.snapshot();
	}
}

/** Two peers that changed `f` to their names at the same time, and know of it. */
async function openConflict(t: ExecutionContext): Promise<[TestPeer, TestPeer]> {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', other: 'o'})) as [TestPeer, TestPeer];
	ada.write('f', 'of ada');
	bob.write('f', 'of bob');
	await save(ada, bob);
	await settle(t, ada, bob);
	return [ada, bob];
}

test('A conflict leaves each disk its own file, writes nothing beside it, and says who wrote which side', async (t) => {
	const [ada, bob] = await openConflict(t);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of ada', 'of bob']);
	t.deepEqual(Object.keys(ada.disk()), ['f', 'other']);
	const [conflict] = await bob.project.conflicts();
	t.is(conflict?.kind, 'content');
	t.is(conflict?.base, contentOf('x'));
	const sides = new Map(conflict?.sides.map((side) => [side.content, side]));
	const [ofAda, ofBob] = [sides.get(contentOf('of ada')), sides.get(contentOf('of bob'))];
	t.deepEqual([ofAda?.name, ofAda?.peerId, ofAda?.mine], ['ada', 'peerada', false]);
	t.deepEqual([ofBob?.name, ofBob?.peerId, ofBob?.mine], ['bob', 'peerbob', true]);
	t.true(Math.abs((ofAda?.at ?? 0) - Date.now()) < 60_000);
	await bob.reopen();
	await bob.project.start();
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob']);
	t.is(bob.read('f'), 'of bob');
});

for (const [take, expected] of [
	['mine', 'of bob'],
	['theirs', 'of ada'],
	['base', 'x'],
] as const) {
	test(`Resolving by ${take} settles the conflict on every disk`, async (t) => {
		const [ada, bob] = await openConflict(t);
		const {resolved} = await bob.project.resolve(resolve(take, 'f'));
		t.deepEqual(resolved, ['f']);
		await settle(t, ada, bob);
		t.deepEqual([ada.read('f'), bob.read('f')], [expected, expected]);
		t.deepEqual(await ada.conflictedPaths(), []);
		t.deepEqual(await bob.conflictedPaths(), []);
	});
}

test('Resolving by both keeps mine and puts the other side beside it', async (t) => {
	const [ada, bob] = await openConflict(t);
	bob.write('f~ada', 'in the way');
	await bob.project.resolve(resolve('both', 'f'));
	await settle(t, ada, bob);
	for (const peer of [ada, bob]) {
		t.is(peer.read('f'), 'of bob');
		t.is(peer.read('f~ada-2'), 'of ada');
		t.deepEqual(await peer.conflictedPaths(), []);
	}
});

test('A merged file settles the conflict with its bytes', async (t) => {
	const [ada, bob] = await openConflict(t);
	await ada.project.resolveMerged('f', Buffer.from('of both'));
	await settle(t, ada, bob);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of both', 'of both']);
	t.deepEqual(await bob.conflictedPaths(), []);
	await t.throwsAsync(ada.project.resolveMerged('f', Buffer.from('again')), {
		instanceOf: Failure,
		message: /not_conflicted/,
	});
});

test('Editing my side goes on and settles nothing; saving the text of theirs settles', async (t) => {
	const [ada, bob] = await openConflict(t);
	bob.write('f', 'of bob, later');
	await save(bob);
	await settle(t, ada, bob);
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob, later']);
	t.is(ada.read('f'), 'of ada');
	bob.write('f', 'of ada');
	await save(bob);
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), []);
});

test('Two different resolutions at once are a conflict again', async (t) => {
	const [ada, bob] = await openConflict(t);
	await ada.project.resolve(resolve('mine', 'f'));
	await bob.project.resolve(resolve('mine', 'f'));
	await settle(t, ada, bob);
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob']);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of ada', 'of bob']);
});

test('A deletion against an edit keeps the edit and asks', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x'})) as [TestPeer, TestPeer];
	ada.remove('f');
	bob.write('f', 'edited');
	await save(ada, bob);
	await settle(t, ada, bob);
	t.false(ada.has('f'));
	t.is(bob.read('f'), 'edited');
	const [conflict] = await ada.project.conflicts();
	t.is(conflict?.kind, 'delete');
	t.is(conflict?.sides.find(({content}) => content === absent)?.name, 'ada');
	await ada.project.resolve(resolve('theirs', 'f'));
	await settle(t, ada, bob);
	t.deepEqual([ada.read('f'), bob.read('f')], ['edited', 'edited']);
});

test('A third disk keeps what it had, and its save is a third side', async (t) => {
	const [ada, bob, eve] = (await openSession(t, ['ada', 'bob', 'eve'], {f: 'x'})) as [
		TestPeer,
		TestPeer,
		TestPeer,
	];
	ada.write('f', 'of ada');
	bob.write('f', 'of bob');
	await save(ada, bob);
	await settle(t, ada, bob, eve);
	t.is(eve.read('f'), 'x');
	eve.write('f', 'of eve');
	await save(eve);
	await settle(t, ada, bob, eve);
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob', 'of eve']);
	await eve.project.resolve({paths: 'all', peerId: 'peerbob', take: 'theirs'});
	await settle(t, ada, bob, eve);
	t.deepEqual(
		[ada, bob, eve].map((peer) => peer.read('f')),
		['of bob', 'of bob', 'of bob'],
	);
});

test('A file against a folder is asked about, and nothing of either is lost', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'])) as [TestPeer, TestPeer];
	ada.write('d', 'a file');
	bob.write('d/k', 'in a folder');
	await save(ada, bob);
	await settle(t, ada, bob);
	t.deepEqual([ada.disk(), bob.disk()], [{d: contentOf('a file')}, {'d/k': contentOf('in a folder')}]);
	t.is((await ada.project.conflicts())[0]?.kind, 'file-folder');
	await ada.project.resolve(resolve('mine', 'd'));
	await bob.project.resolve(resolve('mine', 'd'));
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['d', 'd/k']);
	t.deepEqual([ada.disk(), bob.disk()], [{d: contentOf('a file')}, {'d/k': contentOf('in a folder')}]);
	await bob.project.resolve(resolve('theirs', 'd'));
	await settle(t, ada, bob);
	t.deepEqual([ada.disk(), bob.disk()], [{d: contentOf('a file')}, {d: contentOf('a file')}]);
	t.deepEqual(await ada.conflictedPaths(), []);
});

test('Many conflicts are settled at once: all, or those of a folder', async (t) => {
	const files = Object.fromEntries(
		Array.from({length: 60}, (_, i) => [`${i % 2 ? 'odd' : 'even'}/${i}`, 'x']),
	);
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], files)) as [TestPeer, TestPeer];
	for (const path of Object.keys(files)) {
		ada.write(path, `${path} of ada`);
		bob.write(path, `${path} of bob`);
	}
	await save(ada, bob);
	await settle(t, ada, bob);
	t.is((await ada.project.conflicts()).length, 60);
	const {resolved} = await ada.project.resolve({paths: 'all', folder: 'odd', take: 'mine'});
	t.is(resolved.length, 30);
	t.is((await ada.project.resolve({paths: 'all', take: 'theirs'})).resolved.length, 30);
	await settle(t, ada, bob);
	t.deepEqual(ada.disk(), bob.disk());
	t.is(bob.read('odd/1'), 'odd/1 of ada');
	t.is(bob.read('even/2'), 'even/2 of bob');
});

test('A resolution of what is not conflicted, or to a side that is not there, is refused', async (t) => {
	const [, bob] = await openConflict(t);
	await t.throwsAsync(bob.project.resolve(resolve('mine', 'other')), {
		instanceOf: Failure,
		message: /not_conflicted/,
	});
	await t.throwsAsync(bob.project.resolve({paths: ['f'], peerId: 'stranger', take: 'theirs'}), {
		instanceOf: Failure,
		message: /no_such_side/,
	});
	t.deepEqual((await bob.project.resolve({paths: 'all', peerId: 'stranger', take: 'theirs'})).resolved, []);
	t.deepEqual(await bob.conflictedPaths(), ['f']);
});

test('A chmod on one side and another content on the other is no conflict; two kinds of one path are', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {tool: 'x', kind: 'target'})) as [
		TestPeer,
		TestPeer,
	];
	ada.chmod('tool', 0o755);
	bob.write('tool', 'y');
	ada.link('kind', 'target');
	bob.write('kind', 'edited');
	await save(ada, bob);
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['kind']);
	for (const peer of [ada, bob]) t.is(peer.disk()['tool'], contentOf('y', '100755'));
});
