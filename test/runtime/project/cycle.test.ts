import test, {type ExecutionContext} from 'ava';
import {randomBytes} from 'node:crypto';
import {closeSync, openSync, readdirSync, writeSync} from 'node:fs';
import {absent, parseContent} from '../../../source/protocol/content.js';
import {contentOf, openSession, settle, TestPeer, transfer} from './test-peer.js';

test('A joiner gets all files, bits and links, and nothing is left to do', async (t) => {
	const host = await TestPeer.open(t, 'ada');
	host.write('a.txt', 'one\n');
	host.write('run.sh', '#!/bin/sh\n', true);
	host.write('empty', '');
	host.write('deep/er/x.bin', new Uint8Array(300_000).fill(7));
	host.link('link', 'a.txt');
	const founded = await host.project.start();
	t.true(founded.changed);
	t.deepEqual([host.project.files, host.project.bytes], [5, 300_000 + 4 + 10 + 5]);
	const joiner = await TestPeer.open(t, 'bob');
	const joined = await joiner.project.adopt(await transfer(host, joiner));
	t.is(joined.head, host.project.head);
	t.deepEqual(joiner.disk(), host.disk());
	t.deepEqual(joiner.disk(), await joiner.tree());
	t.deepEqual([joiner.project.files, joiner.project.bytes], [5, 300_000 + 4 + 10 + 5]);
	t.false((await joiner.project.snapshot()).changed);
	joiner.project.rescan();
	t.false((await joiner.project.snapshot()).changed);
});

test('A save that comes before what was to be written is told as one more look to come', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x'})) as [TestPeer, TestPeer];
	ada.write('f', 'of ada');
	ada.write('g', 'of ada');
	ada.project.rescan();
	t.true((await ada.project.snapshot()).changed);
	let saves = true;
	await bob.reopen({
		moment(at) {
			if (at === 'head' && saves) bob.write('f', 'of bob, longer');
			saves &&= at !== 'head';
		},
	});
	await bob.project.start();
	t.false(bob.project.looksAgain);
	const integrated = await bob.project.integrate(await transfer(ada, bob), {mayMerge: true});
	t.deepEqual([integrated.kind, integrated.looksAgain, bob.read('g')], ['fast-forward', true, 'of ada']);
	t.is((await bob.project.snapshot()).looksAgain, false);
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob, longer']);
});

test('What another look does not settle is not looked at for ever: a link that is not synced stands where a file was to be written', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x', g: 'x'})) as [TestPeer, TestPeer];
	bob.link('f', '/etc/hosts');
	for (const [text, isNew] of [
		['one', true],
		['two, longer', false],
	] as const) {
		ada.write('f', text);
		ada.project.rescan();
		await ada.project.snapshot();
		const integrated = await bob.project.integrate(await transfer(ada, bob), {mayMerge: true});
		t.deepEqual([integrated.kind, integrated.looksAgain], ['fast-forward', isNew]);
		t.is((await bob.project.snapshot()).looksAgain, false);
	}
	t.is(bob.project.head, ada.project.head);
	t.deepEqual(bob.problems, ['link_leaves_root f']);
	// It goes: then the file that was to be there comes.
	bob.remove('f');
	bob.project.rescan();
	await bob.project.snapshot();
	await settle(t, ada, bob);
	t.deepEqual(bob.problems, []);
	t.is(bob.project.looksAgain, false);
});

test('Creating, editing, deleting, renaming, chmod, links and swaps of files and folders arrive exactly', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {
		edit: 'x',
		gone: 'x',
		'old/name': 'moved',
		tool: 'x',
		file: 'becomes a folder',
		'folder/a': 'becomes',
		'folder/b': 'a file',
	})) as [TestPeer, TestPeer];
	ada.write('edit', 'y');
	ada.remove('gone');
	ada.rename('old', 'new');
	ada.chmod('tool', 0o755);
	ada.link('link', 'new/name');
	ada.remove('file');
	ada.write('file/inside', 'now a folder');
	ada.remove('folder');
	ada.write('folder', 'now a file');
	ada.write('zero', '');
	ada.project.rescan();
	const {paths} = await ada.project.snapshot();
	t.is(paths.length, 12);
	await transfer(ada, bob);
	const result = await bob.project.integrate(ada.project.head!, {mayMerge: false});
	t.is(result.kind, 'fast-forward');
	t.is(result.applied.length, 12);
	t.deepEqual(bob.disk(), ada.disk());
	t.false(bob.has('old'));
	bob.project.rescan();
	t.deepEqual((await bob.project.snapshot()).paths, []);
	t.deepEqual(bob.problems, []);
});

test('Odd names arrive exactly: spaces, quotes, newlines, emoji, composed and decomposed letters', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'])) as [TestPeer, TestPeer];
	const names = [
		'a b',
		'say "hi"',
		"it's",
		'new\nline',
		'🙂',
		'é'.normalize('NFC'),
		'é'.normalize('NFD'),
		'-rf',
		'*',
		':(top)x',
		'tab\t',
		'x~y',
		'$(id)',
	];
	for (const name of names) ada.write(`odd/${name}`, name);
	await settle(t, ada, bob);
	ada.project.rescan();
	await settle(t, ada, bob);
	t.is(Object.keys(bob.disk()).length, names.length);
	t.deepEqual(bob.disk(), ada.disk());
});

test('Edits of different files, and of different lines of one file, merge on both sides into one head', async (t) => {
	const lines = Array.from({length: 20}, (_, index) => `line ${index}\n`);
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {text: lines.join(''), a: 'x', b: 'x'})) as [
		TestPeer,
		TestPeer,
	];
	ada.write('a', 'of ada');
	ada.write('text', lines.with(2, 'changed by ada\n').join(''));
	bob.write('b', 'of bob');
	bob.write('text', lines.with(17, 'changed by bob\n').join(''));
	bob.chmod('text', 0o755);
	for (const peer of [ada, bob]) peer.project.rescan();
	t.is(await settle(t, ada, bob), 1);
	t.deepEqual(ada.disk(), bob.disk());
	t.is(ada.read('text'), lines.with(2, 'changed by ada\n').with(17, 'changed by bob\n').join(''));
	t.deepEqual(await ada.conflictedPaths(), []);
	t.is((await ada.tree())['text']?.slice(41), '100755');
});

test('Whoever merges two heads makes the same commit', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x', b: 'x', c: 'x'})) as [TestPeer, TestPeer];
	ada.write('a', '1');
	ada.write('c', '1');
	bob.write('b', '2');
	bob.write('c', '2');
	for (const peer of [ada, bob]) {
		peer.project.rescan();
		await peer.project.snapshot();
	}
	const [one, other] = [await transfer(ada, bob), await transfer(bob, ada)];
	t.is(bob.project.relation(one), 'diverged');
	t.is((await bob.project.integrate(one, {mayMerge: false})).kind, 'diverged');
	t.is((await bob.project.integrate(one, {mayMerge: true})).kind, 'merge');
	t.is((await ada.project.integrate(other, {mayMerge: true})).kind, 'merge');
	t.is(ada.project.head, bob.project.head);
	t.is(bob.project.relation(one), 'ancestor');
	t.is((await bob.project.integrate(one, {mayMerge: true})).kind, 'none');
	t.deepEqual(await bob.sides('c'), ['1', '2']);
});

test('A touch, a rewrite with the same bytes and an applied change make no snapshot', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x'})) as [TestPeer, TestPeer];
	const {head} = ada.project;
	ada.replace('a', 'x');
	ada.project.rescan();
	const outcome = await ada.project.snapshot();
	t.deepEqual([outcome.changed, outcome.head], [false, head]);
	ada.write('a', 'y');
	ada.project.rescan();
	await settle(t, ada, bob);
	bob.project.rescan();
	t.false((await bob.project.snapshot()).changed);
	t.is(bob.project.head, ada.project.head);
});

test('What is not known is missing, and a small change fits into an announcement', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {a: 'x'})) as [TestPeer, TestPeer];
	const former = ada.project.head!;
	ada.write('a', 'y');
	ada.project.rescan();
	const {head} = await ada.project.snapshot();
	t.is(bob.project.relation(head!), 'missing');
	t.is((await bob.project.integrate(head!, {mayMerge: true})).kind, 'missing');
	const pack = await ada.project.inlinePack(former, head!);
	t.true(pack !== undefined && pack.length < 2000);
	await bob.project.store.indexPack(pack!);
	await bob.project.store.acceptCommit(head!);
	t.is((await bob.project.integrate(head!, {mayMerge: false})).kind, 'fast-forward');
	t.is(bob.read('a'), 'y');
	// Random bytes: the pack is about as large as they are, and more than goes along with a head.
	ada.write('middle', randomBytes(42_000));
	ada.project.rescan();
	const middle = await ada.project.snapshot();
	t.is(await ada.project.inlinePack(head!, middle.head!), undefined);
	ada.write('big', Buffer.from(Array.from({length: 400_000}, (_, index) => (index * 2654435761) >>> 13)));
	ada.project.rescan();
	const big = await ada.project.snapshot();
	t.is(await ada.project.inlinePack(head!, big.head!), undefined);
});

/** Bob saved `y` in the instant in which ada's change came, replaced that, and the store could not write it: it lies aside. */
async function saveAside(t: ExecutionContext): Promise<{bob: TestPeer; name: string; letStore: () => void}> {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x'})) as [TestPeer, TestPeer];
	ada.write('f', 'of ada');
	ada.project.rescan();
	await ada.project.snapshot();
	await transfer(ada, bob);
	const open = openSync(bob.at('f'), 'r+');
	const {oid} = parseContent(contentOf('y'))!;
	const place = `.pulsync/repo.git/objects/${oid.slice(0, 2)}`;
	bob.onProgress = (activity) => {
		if (activity.kind !== 'applying' || activity.done !== 1) return;
		writeSync(open, 'y');
		bob.replace('f', 'third');
		// Where this blob belongs there is no folder: the store cannot write it.
		bob.write(place, '');
	};
	await t.throwsAsync(bob.project.integrate(ada.project.head!, {mayMerge: true}));
	bob.onProgress = undefined;
	closeSync(open);
	const [name = ''] = readdirSync(bob.at('.pulsync/tmp')).filter((one) => one.startsWith('raced-'));
	t.is(bob.read(`.pulsync/tmp/${name}`), 'y');
	return {bob, name, letStore: () => bob.remove(place)};
}

test('What was saved in that instant and cannot be stored is told with its place, also after a restart, and tried again', async (t) => {
	const {bob, name, letStore} = await saveAside(t);
	t.deepEqual(bob.problems, ['saved_aside f']);
	letStore();
	await bob.project.snapshot();
	await bob.project.snapshot();
	t.deepEqual(await bob.sides('f'), ['of ada', 'third', 'y']);
	t.false(bob.has(`.pulsync/tmp/${name}`));
	bob.write('.pulsync/tmp/raced-of-an-earlier-run', 'z');
	await bob.reopen();
	bob.problems.length = 0;
	await bob.project.start();
	t.deepEqual(bob.problems, ['saved_aside']);
});

test('What lies aside and was taken away is not looked for again', async (t) => {
	const {bob, name, letStore} = await saveAside(t);
	letStore();
	bob.remove(`.pulsync/tmp/${name}`);
	await bob.project.snapshot();
	await bob.project.snapshot();
	t.deepEqual(await bob.sides('f'), ['of ada', 'third']);
});

test('A path in a slow editor: what was saved while it was away is merged, not overwritten', async (t) => {
	const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x'})) as [TestPeer, TestPeer];
	ada.write('f', 'of ada');
	ada.project.rescan();
	await ada.project.snapshot();
	await transfer(ada, bob);
	bob.write('f', 'of bob'); // no hint has come in yet
	const result = await bob.project.integrate(ada.project.head!, {mayMerge: false});
	t.is(result.kind, 'fast-forward');
	t.is(bob.read('f'), 'of bob');
	await bob.project.snapshot();
	t.deepEqual(await bob.sides('f'), ['of ada', 'of bob']);
	t.is((await bob.tree())['f'], [contentOf('of ada'), contentOf('of bob')].sort().join(' '));
	t.false((await bob.tree())['f']!.includes(absent));
});

for (const isReplacedToo of [false, true]) {
	const title = isReplacedToo ? 'Two saves' : 'A save';
	test(`${title} in the very instant in which a file is replaced are kept as sides of a conflict`, async (t) => {
		const [ada, bob] = (await openSession(t, ['ada', 'bob'], {f: 'x'})) as [TestPeer, TestPeer];
		ada.write('f', 'of ada');
		ada.project.rescan();
		await ada.project.snapshot();
		await transfer(ada, bob);
		const open = openSync(bob.at('f'), 'r+');
		bob.onProgress = (activity) => {
			// This report comes when the new file has just taken the name.
			if (activity.kind !== 'applying' || activity.done !== 1) return;
			writeSync(open, 'y');
			if (isReplacedToo) bob.replace('f', 'third');
		};
		await bob.project.integrate(ada.project.head!, {mayMerge: true});
		bob.onProgress = undefined;
		closeSync(open);
		await bob.project.snapshot();
		t.deepEqual(await bob.sides('f'), isReplacedToo ? ['of ada', 'third', 'y'] : ['of ada', 'y']);
		t.is(bob.read('f'), isReplacedToo ? 'third' : 'y');
		t.deepEqual(bob.problems, isReplacedToo ? ['saved_while_replaced f'] : []);
		bob.project.rescan();
		t.false((await bob.project.snapshot()).changed);
		await settle(t, ada, bob);
		t.is(ada.read('f'), 'of ada');
	});
}

test('A watched save is noticed, what was applied is not, and both arrive', async (t) => {
	const ada = await TestPeer.open(t, 'ada', {watch: true});
	const bob = await TestPeer.open(t, 'bob', {watch: true});
	ada.write('f', 'x');
	await ada.project.start();
	await bob.project.adopt(await transfer(ada, bob));
	const noticed = new Promise<void>((resolve) => {
		ada.onDirty = resolve;
	});
	ada.write('f', 'y');
	await noticed;
	t.deepEqual((await ada.project.snapshot()).paths, ['f']);
	await transfer(ada, bob);
	const calls = bob.dirtyCalls;
	await bob.project.integrate(ada.project.head!, {mayMerge: false});
	t.is(bob.read('f'), 'y');
	// A save of bob's comes through the watcher after whatever the applied file caused.
	const next = new Promise<void>((resolve) => {
		bob.onDirty = resolve;
	});
	bob.write('g', 'z');
	await next;
	t.deepEqual((await bob.project.snapshot()).paths, ['g']);
	t.true(bob.dirtyCalls - calls <= 2);
});
