import test from 'ava';
import {type ProjectMoment} from '../../../source/runtime/project/project-state.js';
import {openSession, settle, TestPeer, transfer} from './test-peer.js';

const moments: readonly ProjectMoment[] = ['objects', 'commit', 'head', 'applied', 'shown'];

/** A peer whose every operation dies when it comes to `moment`, from now on. */
class Crash extends Error {}

async function arm(peer: TestPeer, moment: ProjectMoment, time = 1): Promise<void> {
	let times = 0;
	await peer.reopen({
		moment(at) {
			if (at === moment && ++times >= time) throw new Crash(moment);
		},
	});
}

for (const moment of moments) {
	test(`A crash of a snapshot at "${moment}" loses nothing and asks nothing`, async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', gone: 'x', g: 'x'})) as [
			TestPeer,
			TestPeer,
		];
		ada.write('f', 'y');
		ada.remove('gone');
		ada.write('new', 'n');
		await arm(ada, moment);
		await ada.project.start().catch((error: unknown) => t.true(error instanceof Crash));
		await ada.reopen();
		await ada.project.start();
		ada.write('f', 'z');
		ada.project.rescan();
		await settle(t, ada, bob);
		t.deepEqual(await ada.conflictedPaths(), []);
		t.deepEqual(bob.disk(), ada.disk());
		t.deepEqual([bob.read('f'), bob.has('gone'), bob.read('new')], ['z', false, 'n']);
	});

	test(`Who puts folders for new files and files for their folders after a crash of a snapshot at "${moment}" is in no conflict`, async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x'})) as [TestPeer, TestPeer];
		ada.write('file', 'n');
		ada.write('folder/inside', 'n');
		await arm(ada, moment);
		await ada.project.start().catch((error: unknown) => t.true(error instanceof Crash));
		ada.remove('file');
		ada.write('file/inside', 'm');
		ada.remove('folder');
		ada.write('folder', 'm');
		await ada.reopen();
		await ada.project.start();
		await settle(t, ada, bob);
		t.deepEqual(await ada.conflictedPaths(), []);
		t.deepEqual(bob.disk(), ada.disk());
		t.deepEqual(Object.keys(bob.disk()).sort(), ['f', 'file/inside', 'folder']);
	});

	test(`Who saves, deletes and makes anew after a crash of a snapshot at "${moment}" is in no conflict`, async (t) => {
		const files = {f: 'x', gone: 'x', back: 'x'};
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], files)) as [TestPeer, TestPeer];
		ada.write('f', 'y');
		ada.write('gone', 'y');
		ada.write('new', 'n');
		ada.remove('back');
		await arm(ada, moment);
		await ada.project.start().catch((error: unknown) => t.true(error instanceof Crash));
		ada.write('f', 'z');
		ada.remove('gone');
		ada.write('new', 'o');
		ada.write('back', 'again');
		await ada.reopen();
		await ada.project.start();
		await settle(t, ada, bob);
		t.deepEqual(await ada.conflictedPaths(), []);
		t.deepEqual(bob.disk(), ada.disk());
		const read = (path: string) => (bob.has(path) ? bob.read(path) : undefined);
		t.deepEqual(['f', 'gone', 'new', 'back'].map(read), ['z', undefined, 'o', 'again']);
	});

	test(`A crash of a fast-forward at "${moment}" takes no remote change for its own`, async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x', gone: 'x'})) as [
			TestPeer,
			TestPeer,
		];
		ada.write('f', 'y');
		ada.write('g', 'y');
		ada.remove('gone');
		ada.project.rescan();
		await ada.project.snapshot();
		await arm(bob, moment);
		await transfer(ada, bob);
		await bob.project.integrate(ada.project.head!, {mayMerge: false}).catch(() => undefined);
		await bob.reopen();
		await bob.project.start();
		ada.write('f', 'z');
		ada.project.rescan();
		await settle(t, ada, bob);
		t.deepEqual(await bob.conflictedPaths(), []);
		t.deepEqual(bob.disk(), ada.disk());
		t.deepEqual(bob.disk(), await bob.tree());
		const authors = new Set((await bob.project.history()).entries.map(({name}) => name));
		t.deepEqual([...authors], ['ada']);
	});

	test(`A crash of a merge and of a resolution at "${moment}" is finished or repeated`, async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x', h: 'x'})) as [
			TestPeer,
			TestPeer,
		];
		ada.write('f', 'of ada');
		ada.write('g', 'of ada');
		bob.write('f', 'of bob');
		bob.write('h', 'of bob');
		for (const peer of [ada, bob]) {
			peer.project.rescan();
			await peer.project.snapshot();
		}
		await arm(bob, moment);
		await transfer(ada, bob);
		await bob.project.integrate(ada.project.head!, {mayMerge: true}).catch(() => undefined);
		await bob.reopen();
		await bob.project.start();
		await settle(t, ada, bob);
		t.deepEqual(await ada.sides('f'), ['of ada', 'of bob']);
		t.deepEqual([ada.read('f'), bob.read('f')], ['of ada', 'of bob']);
		t.deepEqual([bob.read('g'), ada.read('h')], ['of ada', 'of bob']);
		await arm(ada, moment);
		await ada.project.resolve({paths: ['f'], take: 'theirs'}).catch(() => undefined);
		await ada.reopen();
		await ada.project.start();
		await settle(t, ada, bob);
		if ((await ada.conflictedPaths()).length > 0) await ada.project.resolve({paths: ['f'], take: 'theirs'});
		await settle(t, ada, bob);
		t.deepEqual([ada.read('f'), bob.read('f')], ['of bob', 'of bob']);
		t.deepEqual(await bob.conflictedPaths(), []);
	});

	test(`A crash of a first join at "${moment}" joins at the next start, and deletes nothing`, async (t) => {
		const [ada] = (await openSession(t, ['ada'], {a: 'x', b: 'x', c: 'x'})) as [TestPeer];
		const bob = await TestPeer.open(t, 'bob');
		bob.write('mine', 'm');
		await arm(bob, moment);
		const commit = await transfer(ada, bob);
		await bob.project.adopt(commit, {merge: true}).catch(() => undefined);
		bob.remove('b');
		await bob.reopen();
		if (bob.project.head === undefined) await bob.project.adopt(commit, {merge: true});
		else await bob.project.start();
		await settle(t, ada, bob);
		t.deepEqual(await ada.conflictedPaths(), []);
		t.deepEqual(ada.disk(), bob.disk());
		t.true(ada.has('mine') && ada.has('a') && ada.has('c'));
		if (moment !== 'shown' && moment !== 'applied') t.true(ada.has('b'));
	});
}

for (const moment of moments) {
	for (const time of [1, 2, 3]) {
		test(`Who saves again after a crash of a first join at "${moment}", time ${time}, is in no conflict`, async (t) => {
			const [ada] = (await openSession(t, ['ada'], {a: 'x'})) as [TestPeer];
			const bob = await TestPeer.open(t, 'bob');
			bob.write('mine', 'm');
			await arm(bob, moment, time);
			const commit = await transfer(ada, bob);
			await bob.project.adopt(commit, {merge: true}).catch(() => undefined);
			bob.write('mine', 'n');
			await bob.reopen();
			if (bob.project.head === undefined) await bob.project.adopt(commit, {merge: true});
			else await bob.project.start();
			await settle(t, ada, bob);
			t.deepEqual(await ada.conflictedPaths(), []);
			t.deepEqual([ada.read('mine'), bob.read('a')], ['n', 'x']);
		});
	}
}

test('Who died with much left to write is there after one look at the disk, and writes the rest then', async (t) => {
	const files = Object.fromEntries(Array.from({length: 600}, (_, at) => [`d/f${at}`, `${at}`]));
	const [ada] = (await openSession(t, ['ada'], files)) as [TestPeer];
	const bob = await TestPeer.open(t, 'bob');
	const commit = await transfer(ada, bob);
	await arm(bob, 'head');
	await bob.project.adopt(commit).catch((error: unknown) => t.true(error instanceof Crash));
	await bob.reopen();
	const {head, changed, applied: atOnce, left} = await bob.project.start();
	t.deepEqual([head, changed, atOnce, left], [commit, false, [], 600]);
	// A save before that is one's own, and what is not written yet counts as no deletion.
	bob.write('mine', 'm');
	bob.project.rescan();
	const {applied, paths} = await bob.project.snapshot();
	t.deepEqual([applied.length, paths], [600, ['mine']]);
	t.deepEqual(bob.disk(), await bob.tree());
	await settle(t, ada, bob);
	t.deepEqual(ada.disk(), bob.disk());
	t.deepEqual(Object.keys(ada.disk()).length, 601);
});
