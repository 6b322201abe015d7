import {existsSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {type ResolveRequest} from '../../../source/core/command.js';
import {Failure} from '../../../source/protocol/failure.js';
import {absent} from '../../../source/protocol/content.js';
import {contentOf, openSession, settle, TestPeer, transfer} from './test-peer.js';

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
	const {
		conflicts: [conflict],
	} = await bob.project.conflicts();
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

test('Resolving by both ends, however long the name is', async (t) => {
	const name = 'f'.repeat(255);
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {[name]: 'x'})) as [TestPeer, TestPeer];
	ada.write(name, 'of ada');
	bob.write(name, 'of bob');
	await save(ada, bob);
	await settle(t, ada, bob);
	const {copies} = await bob.project.resolve(resolve('both', name));
	await settle(t, ada, bob);
	t.deepEqual(
		copies.map(({path}) => path),
		[`${'f'.repeat(251)}~ada`],
	);
	t.is(ada.read(copies[0]!.path), 'of ada');
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
	const {
		conflicts: [conflict],
	} = await ada.project.conflicts();
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
	t.is((await ada.project.conflicts()).conflicts[0]?.kind, 'file-folder');
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
	t.is((await ada.project.conflicts()).conflicts.length, 60);
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

test('A conflict names the sizes and kinds of what is in question, and each side can be read', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {text: 'x', blob: 'x', mode: 'x'})) as [
		TestPeer,
		TestPeer,
	];
	const bytes = (last: number) => Buffer.from([1, 0, 2, last]);
	const large = Buffer.alloc(3_000_000, 'line\n');
	ada.write('text', 'of ada');
	bob.write('text', large);
	ada.write('blob', bytes(3));
	bob.write('blob', bytes(4));
	await save(ada, bob);
	await settle(t, ada, bob);
	const {
		conflicts: [blob, text],
	} = await bob.project.conflicts();
	t.deepEqual([blob?.path, blob?.kind, text?.path, text?.kind], ['blob', 'binary', 'text', 'content']);
	t.deepEqual(text?.baseFacts, {bytes: 1, binary: false});
	const facts = (conflict: typeof text) =>
		conflict?.sides.map(({facts}) => facts).sort((one, other) => one!.bytes - other!.bytes);
	t.deepEqual(facts(text), [
		{bytes: 6, binary: false},
		{bytes: 3_000_000, binary: false},
	]);
	t.deepEqual(facts(blob), [
		{bytes: 4, binary: true},
		{bytes: 4, binary: true},
	]);
	const read = async (request: Parameters<typeof bob.project.readVersion>[0]) =>
		Buffer.from((await bob.project.readVersion(request)).data).toString();
	t.is(await read({path: 'text', side: 'base'}), 'x');
	t.is(await read({path: 'text', side: 'theirs'}), 'of ada');
	t.is(await read({path: 'text', side: 'mine'}), large.toString());
	t.is(await read({path: 'text'}), large.toString());
	t.is(await read({path: 'text', peerId: 'peerada'}), 'of ada');
	t.is(await read({path: 'text', side: contentOf('of ada').slice(0, 10)}), 'of ada');
	t.is(await read({path: 'mode'}), 'x');
	const codeOf = async (request: Parameters<typeof read>[0]) =>
		(await t.throwsAsync(read(request), {instanceOf: Failure}))?.code;
	t.is(await codeOf({path: 'mode', side: 'theirs'}), 'not_conflicted');
	t.is(await codeOf({path: 'nowhere'}), 'unknown_path');
	t.is(await codeOf({path: 'text', side: 'f'.repeat(40)}), 'no_such_side');
});

test('A mode that both chose differently, without a base to tell who changed it, is asked about by its mode', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {tool: 'x'})) as [TestPeer];
	const bob = await TestPeer.open(t, 'bob');
	bob.write('tool', 'x', true);
	await bob.project.adopt(await transfer(ada, bob), {merge: true});
	await settle(t, ada, bob);
	const {
		conflicts: [conflict],
	} = await ada.project.conflicts();
	t.deepEqual([conflict?.kind, conflict?.sides.length], ['mode', 2]);
	await ada.project.resolve(resolve('theirs', 'tool'));
	await settle(t, ada, bob);
	for (const peer of [ada, bob]) t.is(peer.disk()['tool'], contentOf('x', '100755'));
});

test('A merged file settles with its bytes, keeps the exec bit, and is streamed', async (t) => {
	const [ada, bob] = await openConflict(t);
	bob.chmod('f', 0o755);
	await save(bob);
	await settle(t, ada, bob);
	const merged = Buffer.alloc(2_000_000, 'merged\n');
	ada.write('other', merged);
	await bob.project.resolveMerged('f', {file: ada.at('other')});
	await settle(t, ada, bob);
	for (const peer of [ada, bob]) t.is(peer.disk()['f'], contentOf(merged, '100755'));
	await t.throwsAsync(bob.project.resolveMerged('f', {file: ada.at('other')}), {message: /not_conflicted/});
});

for (const [what, ofAda, ofBob, expected] of [
	['the same resolution at once', resolve('theirs', 'f'), resolve('mine', 'f'), ['of bob']],
	['mine against theirs of the other', resolve('mine', 'f'), resolve('theirs', 'f'), ['of ada']],
	['base against mine', resolve('base', 'f'), resolve('mine', 'f'), ['of bob', 'x']],
	['theirs on both sides', resolve('theirs', 'f'), resolve('theirs', 'f'), ['of ada', 'of bob']],
] as const) {
	test(`Resolutions that cross: ${what}`, async (t) => {
		const [ada, bob] = await openConflict(t);
		await ada.project.resolve(ofAda);
		await bob.project.resolve(ofBob);
		await settle(t, ada, bob);
		t.deepEqual(ada.disk(), expected.length === 1 ? bob.disk() : ada.disk());
		const sides = await ada.sides('f');
		t.deepEqual(expected.length === 1 ? [ada.read('f')] : sides, [...expected]);
		// However they crossed, nobody's text is lost.
		for (const text of ['of ada', 'of bob', 'x']) {
			t.true(await bob.project.store.has(contentOf(text).slice(0, 40)), text);
		}
	});
}

test('A resolution that crosses an edit of a side asks again, with the edit and the resolution', async (t) => {
	const [ada, bob] = await openConflict(t);
	bob.write('f', 'of bob, later');
	await save(bob);
	await ada.project.resolve(resolve('mine', 'f'));
	await settle(t, ada, bob);
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob, later']);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of ada', 'of bob, later']);
});

test('Bulk by peer takes that peer\u2019s side where it has one, and leaves the rest open', async (t) => {
	const [ada, bob, eve] = (await openSession(t, ['ada', 'bob', 'eve'], {one: 'x', two: 'x'})) as [
		TestPeer,
		TestPeer,
		TestPeer,
	];
	ada.write('one', 'of ada');
	bob.write('one', 'of bob');
	ada.write('two', 'of ada');
	eve.write('two', 'of eve');
	await save(ada, bob, eve);
	await settle(t, ada, bob, eve);
	t.deepEqual(await ada.conflictedPaths(), ['one', 'two']);
	t.deepEqual((await ada.project.resolve({paths: 'all', peerId: 'peereve', take: 'theirs'})).resolved, [
		'two',
	]);
	await settle(t, ada, bob, eve);
	t.deepEqual(await bob.conflictedPaths(), ['one']);
	t.is(bob.read('two'), 'of eve');
});

test('A copy that somebody worked on stays when the resolution that made it is taken back', async (t) => {
	const [ada, bob] = await openConflict(t);
	const {before, copies} = await bob.project.resolve(resolve('both', 'f'));
	await settle(t, ada, bob);
	const path = copies[0]!.path;
	ada.write(path, 'more of ada');
	await save(ada);
	await settle(t, ada, bob);
	await bob.project.reopen(['f'], before, copies);
	await settle(t, ada, bob);
	t.is(bob.read(path), 'more of ada');
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob']);
});

test('A resolution that is taken back is the same conflict again on every disk', async (t) => {
	const [ada, bob] = await openConflict(t);
	const {before} = await bob.project.resolve(resolve('theirs', 'f'));
	await settle(t, ada, bob);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of ada', 'of ada']);
	const {reopened} = await bob.project.reopen(['f', 'other'], before);
	t.deepEqual(reopened, ['f'], 'what was no conflict stays as it is');
	await settle(t, ada, bob);
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob']);
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob']);
	t.is(bob.read('f'), 'of bob', 'who takes it back has their own side again');
	const both = await bob.project.resolve(resolve('both', 'f'));
	await settle(t, ada, bob);
	const [copy] = both.copies;
	t.is(ada.read(copy!.path), 'of ada');
	await bob.project.reopen(['f'], both.before, both.copies);
	await settle(t, ada, bob);
	t.false(existsSync(ada.at(copy!.path)), 'the copy goes with the resolution that made it');
	t.deepEqual(await ada.sides('f'), ['of ada', 'of bob']);
	const merged = await ada.project.resolveMerged('f', Buffer.from('of both'));
	await settle(t, ada, bob);
	t.deepEqual((await ada.project.reopen(['f'], merged.before)).reopened, ['f']);
	await settle(t, ada, bob);
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob']);
	t.is(ada.read('f'), 'of ada');

	// Who wrote which side is found in history alone after a restart.
	await bob.reopen();
	await bob.project.start();
	const {
		conflicts: [conflict],
	} = await bob.project.conflicts();
	t.deepEqual(conflict?.sides.map(({name}) => name).sort(), ['ada', 'bob']);
});

test('A save in the moment in which a resolution is taken back stays', async (t) => {
	const [ada, bob] = await openConflict(t);
	const {before} = await bob.project.resolve(resolve('theirs', 'f'));
	await settle(t, ada, bob);
	bob.write('f', 'more of bob');
	await bob.project.reopen(['f'], before);
	await settle(t, ada, bob);
	t.is(bob.read('f'), 'more of bob');
	t.true((await ada.sides('f')).includes('more of bob') || ada.read('f') === 'more of bob');
});

test('Who had deleted what is in conflict has it deleted again when a resolution is taken back', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x'})) as [TestPeer, TestPeer];
	ada.write('f', 'of ada');
	bob.remove('f');
	await save(ada, bob);
	await settle(t, ada, bob);
	const {before} = await bob.project.resolve(resolve('theirs', 'f'));
	await settle(t, ada, bob);
	t.is(bob.read('f'), 'of ada');
	await bob.project.reopen(['f'], before);
	await settle(t, ada, bob);
	t.false(existsSync(bob.at('f')));
	t.is(ada.read('f'), 'of ada');
	t.deepEqual(await ada.conflictedPaths(), ['f']);
});
