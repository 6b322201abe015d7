import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {openSession, settle, TestPeer, transfer} from './test-peer.js';

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
	const {entries: all, end} = await ada.project.history();
	t.is(end, 'start');
	t.deepEqual(
		all.map(({name, paths, more}) => [name, paths.join(' '), more]),
		[
			['bob', 'd/b', 0],
			['ada', 'a', 0],
			['ada', 'a d/b', 0],
		],
	);
	t.deepEqual(
		(await ada.project.history('d')).entries.map(({name}) => name),
		['bob', 'ada'],
	);
	t.deepEqual(
		(await ada.project.history('a')).entries.map(({paths}) => paths.join()),
		['a', 'a'],
	);
	t.deepEqual((await ada.project.history('nowhere')).entries, []);
});

test('History is the same when what commits changed was noted, and commits of other paths are not read then', async (t) => {
	const files = {a: '1', 'd/b': '1', 'd/e/c': '1', dx: '1'};
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], files)) as [TestPeer, TestPeer];
	const both = async () => {
		for (const peer of [ada, bob]) peer.project.rescan();
		await settle(t, ada, bob);
	};
	for (let round = 2; round < 6; round++) {
		ada.write('d/b', `ada ${round}`);
		bob.write(round % 2 === 0 ? 'd/e/c' : 'd/b', `bob ${round}`);
		await both();
	}
	ada.remove('d/e');
	bob.write('d/f', 'new');
	await both();
	const places = [undefined, '.', 'a', 'd', 'd/b', 'd/e', 'd/e/c', 'd/f', 'dx', 'nowhere'];
	const answers = async () => Promise.all(places.map(async (place) => ada.project.history(place)));
	const before = await answers();
	t.true((before[4]?.entries.length ?? 0) >= 5);
	const {signal} = new AbortController();
	t.true(await ada.project.indexHistory({signal, maxMs: 60_000}));
	t.deepEqual(await answers(), before);
	const {changes} = ada.project.store;
	const count = async (place: string) =>
		[...(await changes.look(place)).values()].filter((mayHave) => mayHave).length;
	t.deepEqual([await count('dx'), await count('a'), await count('nowhere')], [1, 1, 0]);
	// A later snapshot is found before it is noted.
	ada.write('dx', '2');
	await save(ada);
	t.is((await ada.project.history('dx')).entries.length, 2);
	t.false(await ada.project.indexHistory({signal: AbortSignal.abort(), maxMs: 60_000}));
	t.true(await ada.project.indexHistory({signal, maxMs: 60_000}));
	t.is(await count('dx'), 2);
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
	const diff = await ada.project.diff({path: 'a'});
	t.true(diff.includes('-one\n+two\n'), diff);
	t.is(await ada.project.diff(), diff);
	await settle(t, ada, bob);
	ada.write('b', 'of ada\n');
	bob.write('b', 'of bob\n');
	await save(ada);
	await save(bob);
	await settle(t, ada, bob);
	const sides = await bob.project.diff({path: 'b'});
	t.true(sides.includes('of ada') && sides.includes('of bob'), sides);
	t.is(await ada.project.diff({path: 'nowhere'}), '');
});

test('A diff between two times or commits, of all or of one path', async (t) => {
	let now = Date.parse('2026-01-01T00:00:00Z');
	const ada = await TestPeer.open(t, 'ada', {now: () => now});
	ada.write('a', 'one\n');
	ada.write('b', 'one\n');
	await ada.project.start();
	const first = ada.project.head!;
	for (const word of ['two', 'three']) {
		now += 3_600_000;
		ada.write('a', `${word}\n`);
		ada.write('b', `${word}\n`);
		await save(ada);
	}
	const since = await ada.project.diff({path: 'a', from: first});
	t.true(since.includes('-one\n+three\n') && !since.includes('b/b'), since);
	const between = await ada.project.diff({from: '2026-01-01T00:30:00Z', to: '2026-01-01T01:30:00Z'});
	t.true(between.includes('-one\n+two\n') && between.includes('b/b'), between);
	t.is(await ada.project.diff({from: ada.project.head}), '');
	await t.throwsAsync(ada.project.diff({from: 'whenever'}), {message: /bad_time/});
});

test('A restore is undone by another, brings back what was deleted, and settles what was in conflict', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: '1', gone: 'g', 'd/x': 'x'})) as [
		TestPeer,
		TestPeer,
	];
	const first = ada.project.head!;
	ada.write('a', '2');
	ada.remove('gone');
	ada.remove('d');
	await save(ada);
	const second = ada.project.head!;
	await settle(t, ada, bob);
	await bob.project.restore('.', first);
	await settle(t, ada, bob);
	t.deepEqual([ada.read('a'), ada.read('gone'), ada.read('d/x')], ['1', 'g', 'x']);
	await ada.project.restore('.', second);
	await settle(t, ada, bob);
	t.deepEqual([bob.read('a'), bob.has('gone'), bob.has('d')], ['2', false, false]);
	ada.write('a', 'of ada');
	bob.write('a', 'of bob');
	await save(ada);
	await save(bob);
	await settle(t, ada, bob);
	t.deepEqual(await bob.conflictedPaths(), ['a']);
	await bob.project.restore('a', first);
	await settle(t, ada, bob);
	t.deepEqual([ada.read('a'), bob.read('a'), (await ada.conflictedPaths()).length], ['1', '1', 0]);
});

test('History ends at the boundary and says so; a path that never changed since is told from there on', async (t) => {
	let now = 1_000_000_000_000;
	const ada = await TestPeer.open(t, 'ada', {now: () => now});
	ada.write('a', '1');
	ada.write('still', 's');
	await ada.project.start();
	const first = ada.project.head!;
	for (const text of ['2', '3', '4']) {
		now += 100_000;
		ada.write('a', text);
		await save(ada);
	}
	await ada.project.compact({sinceMs: now - 150_000, heads: []});
	const {entries, end} = await ada.project.history('a');
	t.deepEqual([entries.length, end], [1, 'boundary']);
	await t.throwsAsync(ada.project.restore('a', first), {message: /not_in_history/});
	// What was cut off comes as an extract, which holds the path alone.
	const bob = await TestPeer.open(t, 'bob', {now: () => 1});
	bob.write('a', '1');
	await bob.project.start();
	const {extract, snapshot} = await bob.project.extractPast('a', bob.project.head!);
	t.is(snapshot, bob.project.head!);
	await transfer(bob, ada, extract);
	t.deepEqual((await ada.project.restore('a', first, {extract})).restored, ['a']);
	t.deepEqual([ada.read('a'), ada.read('still')], ['1', 's']);
});

test('A time at which the newest snapshot was cut off, while an older one stays, is not told by the older one', async (t) => {
	let now = 1_000_000_000_000;
	const ada = await TestPeer.open(t, 'ada', {now: () => now});
	ada.write('a', '1');
	await ada.project.start();
	const anchor = ada.project.head!;
	for (const text of ['2', '3', '4']) {
		now += 100_000;
		ada.write('a', text);
		await save(ada);
	}
	await ada.project.compact({sinceMs: now - 50_000, heads: [anchor]});
	t.true(ada.project.store.graph.isPresent(anchor));
	await t.throwsAsync(ada.project.restore('a', String(now - 150_000)), {message: /not_in_history/});
	t.deepEqual((await ada.project.restore('a', String(now - 250_000))).restored, ['a']);
	t.is(ada.read('a'), '1');
});
