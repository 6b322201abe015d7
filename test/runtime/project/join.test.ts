import test, {type ExecutionContext} from 'ava';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {git, makeFolder, openSession, settle, TestPeer, transfer} from './test-peer.js';

test('Joining with files: equal is equal, what differs is asked about, nothing is overwritten or deleted', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {same: 's', differs: 'of ada', hers: 'h'})) as [TestPeer];
	const bob = await TestPeer.open(t, 'bob');
	bob.write('same', 's');
	bob.write('differs', 'of bob');
	bob.write('his', 'b');
	await bob.project.adopt(await transfer(ada, bob), {merge: true});
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['differs']);
	t.deepEqual([ada.read('differs'), bob.read('differs')], ['of ada', 'of bob']);
	for (const peer of [ada, bob]) {
		t.deepEqual([peer.read('his'), peer.read('hers'), peer.read('same')], ['b', 'h', 's']);
	}
	await bob.project.resolve({paths: 'all', take: 'theirs'});
	await settle(t, ada, bob);
	t.deepEqual(bob.disk(), ada.disk());
	t.is(bob.read('differs'), 'of ada');
});

test('Joining with a clone of the same repository: only what both changed since can conflict', async (t) => {
	const origin = makeFolder(t);
	const ada = await TestPeer.open(t, 'ada', {root: origin});
	git(origin, 'init', '-q');
	for (const name of ['both', 'hers', 'his', 'gone', 'left']) ada.write(name, 'x');
	git(origin, 'add', '.');
	git(origin, 'commit', '-qm', 'one');
	const clone = makeFolder(t);
	git(clone, 'clone', '-q', origin, '.');
	const bob = await TestPeer.open(t, 'bob', {root: clone});
	const ancestor = git(origin, 'rev-parse', 'HEAD');
	ada.write('both', 'of ada');
	ada.write('hers', 'of ada');
	ada.remove('gone');
	bob.write('both', 'of bob');
	bob.write('his', 'of bob');
	const before = git(clone, 'status', '--porcelain');
	await ada.project.start();
	await bob.project.adopt(await transfer(ada, bob), {merge: true, gitAncestor: ancestor});
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['both']);
	const {
		conflicts: [conflict],
	} = await ada.project.conflicts();
	t.is((await ada.project.readSide(conflict!.base!)).toString(), 'x');
	for (const peer of [ada, bob]) {
		t.deepEqual(
			[peer.read('hers'), peer.read('his'), peer.read('left'), peer.has('gone')],
			['of ada', 'of bob', 'x', false],
		);
	}
	t.is(before, ' M both\n M his'.trim());
	t.is(git(clone, 'diff', '--cached'), '');
	t.is(git(clone, 'log', '--all', '--format=%s'), 'one');
	t.false(git(clone, 'status', '--porcelain').includes('pulsync'));
});

/** Ada's repository with `app/` and `tools/`, and bob's clone of it. */
async function openClones(t: ExecutionContext): Promise<{ada: TestPeer; bob: TestPeer; ancestor: string}> {
	const origin = makeFolder(t);
	const ada = await TestPeer.open(t, 'ada', {root: origin});
	git(origin, 'init', '-q');
	for (const name of ['top', 'app/a', 'tools/a', 'tools/b']) ada.write(name, 'x');
	git(origin, 'add', '.');
	git(origin, 'commit', '-qm', 'one');
	const clone = makeFolder(t);
	git(clone, 'clone', '-q', origin, '.');
	const bob = await TestPeer.open(t, 'bob', {root: clone});
	return {ada, bob, ancestor: git(origin, 'rev-parse', 'HEAD')};
}

const leavesOut: readonly (readonly [how: string, leaveOut: (bob: TestPeer) => void])[] = [
	['a sparse checkout', (bob) => git(bob.root, 'sparse-checkout', 'set', 'app')],
	['a sparse index', (bob) => git(bob.root, 'sparse-checkout', 'set', '--sparse-index', 'app')],
	[
		'skip-worktree',
		(bob) => {
			git(bob.root, 'update-index', '--skip-worktree', 'tools/a', 'tools/b');
			bob.remove('tools');
		},
	],
];

for (const [how, leaveOut] of leavesOut) {
	test(`What ${how} leaves out is deleted nowhere and not written: joining`, async (t) => {
		const {ada, bob, ancestor} = await openClones(t);
		leaveOut(bob);
		ada.write('tools/a', 'of ada');
		await ada.project.start();
		const {paths} = await bob.project.adopt(await transfer(ada, bob), {merge: true, gitAncestor: ancestor});
		t.deepEqual(paths, []);
		ada.write('tools/b', 'of ada');
		ada.project.rescan();
		await settle(t, ada, bob);
		t.deepEqual([ada.read('tools/a'), ada.read('tools/b'), bob.has('tools')], ['of ada', 'of ada', false]);
		t.deepEqual(await ada.conflictedPaths(), []);
	});

	test(`What ${how} leaves out is deleted nowhere and not written: in a session`, async (t) => {
		const {ada, bob, ancestor} = await openClones(t);
		await ada.project.start();
		await bob.project.adopt(await transfer(ada, bob), {merge: true, gitAncestor: ancestor});
		await settle(t, ada, bob);
		leaveOut(bob);
		bob.project.rescan();
		const {paths} = await bob.project.snapshot();
		t.deepEqual(paths, []);
		t.true(bob.project.isSparse);
		ada.write('tools/a', 'of ada');
		ada.project.rescan();
		await settle(t, ada, bob);
		t.deepEqual([ada.read('tools/a'), ada.read('tools/b'), bob.has('tools')], ['of ada', 'x', false]);
	});
}

test('What git leaves out while files are looked at is deleted nowhere', async (t) => {
	const {ada: bob} = await openClones(t);
	await bob.project.start();
	bob.remove('tools/a');
	bob.remove('app/a');
	bob.write('top', 'y');
	bob.project.rescan();
	bob.onProgress = ({kind}) => {
		if (kind === 'snapshotting') git(bob.root, 'update-index', '--skip-worktree', 'tools/a');
	};
	await bob.project.snapshot();
	t.deepEqual(Object.keys(await bob.tree()), ['tools/a', 'tools/b', 'top']);
});

for (const [who, converts] of [
	['the joiner', [false, true]],
	['the host', [true, false]],
] as const) {
	test(`Line endings that the clone of ${who} converts are asked about, and become nobody else's`, async (t) => {
		const origin = makeFolder(t);
		git(origin, 'init', '-q');
		for (const name of ['same', 'changed', 'program.bat', 'pointer', 'plain', 'hers'])
			writeFileSync(join(origin, name), `${name}\none\n`);
		writeFileSync(join(origin, '.gitattributes'), '*.bat text eol=crlf\npointer filter=none\n');
		git(origin, 'add', '.');
		git(origin, 'commit', '-qm', 'one');
		const ancestor = git(origin, 'rev-parse', 'HEAD');
		const [ada, bob] = (await Promise.all(
			converts.map(async (isConverted, at) => {
				const root = makeFolder(t);
				git(root, '-c', `core.autocrlf=${isConverted}`, 'clone', '-q', origin, '.');
				return TestPeer.open(t, at === 0 ? 'ada' : 'bob', {root});
			}),
		)) as [TestPeer, TestPeer];
		bob.write('changed', `${bob.read('changed')}of bob`);
		ada.write('pointer', 'the file');
		for (const peer of [ada, bob]) peer.write('plain', 'plain\none\n');
		for (const peer of [ada, bob]) peer.write('hers', 'hers\none\n');
		ada.write('hers', 'of ada\n');
		await ada.project.start();
		const before = [ada.read('same'), bob.read('same'), ada.read('changed'), bob.read('changed')];
		await bob.project.adopt(await transfer(ada, bob), {merge: true, gitAncestor: ancestor});
		await settle(t, ada, bob);
		t.deepEqual([ada.read('same'), bob.read('same'), ada.read('changed'), bob.read('changed')], before);
		const asked = [...(await ada.conflictedPaths())].sort();
		t.deepEqual(asked, ['.gitattributes', 'changed', 'pointer', 'same']);
		t.is(bob.read('hers'), 'of ada\n');
	});
}

test('A project whose index was lost asks about differences and deletes nothing', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {kept: 'x', edited: 'x', missing: 'x'})) as [
		TestPeer,
		TestPeer,
	];
	await bob.close();
	bob.remove('.pulsync/shown');
	bob.write('edited', 'while away');
	bob.remove('missing');
	await bob.reopen();
	await bob.project.start();
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['edited']);
	t.deepEqual([bob.read('missing'), ada.read('missing'), bob.read('kept')], ['x', 'x', 'x']);
	t.deepEqual([ada.read('edited'), bob.read('edited')], ['x', 'while away']);
});

test('A newly ignored path stays on every disk and out of view; in view again, it is compared', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {'log/a': 'x', 'log/b': 'x', keep: 'x'})) as [
		TestPeer,
		TestPeer,
	];
	bob.write('.gitignore', 'log/a\n');
	bob.project.rescan();
	await bob.project.snapshot();
	ada.write('log/a', 'y');
	ada.project.rescan();
	await settle(t, ada, bob);
	t.deepEqual([ada.read('log/a'), bob.read('log/a')], ['y', 'x']);
	t.deepEqual(Object.keys(await ada.tree()), ['.gitignore', 'keep', 'log/a', 'log/b']);
	ada.write('log/c', 'z');
	bob.write('.gitignore', '');
	for (const peer of [ada, bob]) peer.project.rescan();
	await settle(t, ada, bob);
	t.deepEqual(await ada.conflictedPaths(), ['log/a']);
	t.deepEqual([ada.read('log/a'), bob.read('log/a')], ['y', 'x']);
	t.is(bob.read('log/c'), 'z');
});

test('What comes back into view as the others have it makes no snapshot', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {keep: 'x', 'log/a': '1'})) as [
		TestPeer,
		TestPeer,
	];
	git(bob.root, 'init', '-q');
	for (const rules of ['log/\n', '']) {
		bob.write('.git/info/exclude', rules);
		bob.project.rescan();
		const {changed, head} = await bob.project.snapshot();
		t.deepEqual([changed, head], [false, ada.project.head]);
	}
	ada.write('log/a', '2');
	ada.project.rescan();
	await settle(t, ada, bob);
	t.is(bob.read('log/a'), '2');
});

test('A file that goes when rules begin to ignore it is deleted nowhere', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {keep: 'x', 'log/a': '1'})) as [
		TestPeer,
		TestPeer,
	];
	bob.write('.gitignore', 'log/\n');
	bob.remove('log');
	for (const peer of [ada, bob]) peer.project.rescan();
	await settle(t, ada, bob);
	t.deepEqual(Object.keys(ada.disk()), ['.gitignore', 'keep', 'log/a']);
	t.deepEqual(Object.keys(await ada.tree()), ['.gitignore', 'keep', 'log/a']);
	t.deepEqual(Object.keys(bob.disk()), ['.gitignore', 'keep']);
});

test('A folder that was deleted elsewhere stays where it holds ignored files', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {'.gitignore': '*.o\n', 'src/a.c': 'x'})) as [
		TestPeer,
		TestPeer,
	];
	bob.write('src/a.o', 'built');
	ada.remove('src');
	ada.project.rescan();
	await settle(t, ada, bob);
	t.deepEqual([bob.has('src/a.c'), bob.read('src/a.o')], [false, 'built']);
});

test('A later joiner starts from the newest snapshot alone and merges with one who was away', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x'})) as [TestPeer, TestPeer];
	bob.write('g', 'while away');
	bob.project.rescan();
	await bob.project.snapshot();
	ada.write('f', 'y');
	ada.project.rescan();
	await ada.project.snapshot();
	const eve = await TestPeer.open(t, 'eve');
	await eve.project.adopt(await transfer(ada, eve));
	t.deepEqual(eve.disk(), ada.disk());
	await transfer(bob, eve);
	// Their common ancestor lies behind the boundary of the joiner, who knows its id, and that its tree is needed.
	const first = await eve.project.integrate(bob.project.head!, {mayMerge: true});
	t.is(first.kind, 'missing');
	t.deepEqual(first.needs, bob.project.store.graph.parents(bob.project.head!));
	await transfer(bob, eve, first.needs![0], {whole: true});
	const result = await eve.project.integrate(bob.project.head!, {mayMerge: true});
	t.is(result.kind, 'merge');
	t.deepEqual([eve.read('f'), eve.read('g')], ['y', 'while away']);
	await settle(t, ada, bob, eve);
	t.deepEqual(bob.disk(), eve.disk());
	t.deepEqual(await bob.conflictedPaths(), []);
});

test('rules that a peer changed take effect without another look at everything', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {'.gitignore': '*.o\n'})) as [TestPeer, TestPeer];
	bob.write('sub/made.o', 'of bob');
	bob.project.rescan();
	await bob.project.snapshot();
	ada.write('.gitignore', '');
	ada.project.rescan();
	await ada.project.snapshot();
	await bob.project.integrate(await transfer(ada, bob), {mayMerge: false});
	await bob.project.snapshot();
	t.deepEqual(Object.keys(await bob.tree()), ['.gitignore', 'sub/made.o']);
});
