/**
 * The project's folder goes away under the running program, in each way that real disks know. It stops before anything of that
 * reaches others, says what happened and how to go on, and goes on when it is told to.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {compareTrees, describeTree} from '../helpers/compare-trees.js';
import {diskTest, MountedDisk} from '../helpers/mounted-disk.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

/** A cycle begins when the watcher tells, or its look at the root every two seconds. The rest is for busy machines. */
const haltedWithinMs = 12_000;

type Pair = {lab: Lab; ada: PeerProcess; bob: PeerProcess};

function fill(folder: string, count: number): void {
	for (let at = 0; at < count; at++) {
		const file = path.join(folder, `part-${at % 8}`, `${at}.txt`);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, `${at}\n`);
	}
}

async function openPair(lab: Lab, count = 12): Promise<Pair> {
	fill(lab.path('ada'), count);
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	return {lab, ada, bob};
}

/** Does something to ada's folder: she stops with this code, and nothing of it comes to bob. */
async function assertHalts(
	t: ExecutionContext,
	{ada, bob}: Pair,
	{code, how}: {code: string; how: () => void},
): Promise<string> {
	const before = describeTree(bob.folder);
	const from = ada.events.length;
	const seen = bob.events.length;
	const startedAt = Date.now();
	how();
	const halted = await ada.waitFor('halted', undefined, {from, deadlineMs: 30_000});
	t.is(halted.code, code);
	t.true(halted.at - startedAt <= haltedWithinMs, `${halted.at - startedAt} ms`);
	t.log(`${halted.at - startedAt} ms: ${halted.message}`);
	// Bob's own changes are not taken in, and what he has stays.
	writeFileSync(path.join(bob.folder, 'by-bob.txt'), `${Date.now()}\n`);
	await bob.waitFor('snapshot', undefined, {from: seen});
	t.is((await ada.status()).state, 'halted');
	rmSync(path.join(bob.folder, 'by-bob.txt'));
	await waitUntil('bob has what he had', () => describeTree(bob.folder).size === before.size);
	t.deepEqual(describeTree(bob.folder), before);
	t.deepEqual(
		ada.events.slice(from).filter(({event}) => event === 'snapshot'),
		[],
	);
	t.deepEqual(
		bob.events.slice(seen).filter(({event}) => event === 'applied'),
		[],
	);
	return halted.message;
}

/** What was wrong is right again: `resume` goes on, and nothing was lost on the way. */
async function assertGoesOn(t: ExecutionContext, {ada, bob}: Pair): Promise<void> {
	await ada.ask({request: 'resume', accept_deletions: false});
	const text = `${Math.random()}\n`;
	writeFileSync(path.join(bob.folder, 'afterwards.txt'), text);
	await waitUntil('changes arrive again', () => {
		const file = path.join(ada.folder, 'afterwards.txt');
		return existsSync(file) && readFileSync(file, 'utf8') === text;
	});
	await settle([ada, bob]);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	t.is(ada.stderr, '');
}

diskTest('ext4', 'a disk that is unmounted under the program, and comes back', async (t) => {
	const lab = new Lab(t);
	const disk = new MountedDisk(t, {kind: 'ext4', folder: lab.path('ada'), bytes: 64 * 1024 * 1024});
	rmSync(path.join(disk.folder, 'lost+found'), {recursive: true});
	const pair = await openPair(lab);
	await assertHalts(t, pair, {code: 'other_filesystem', how: () => disk.unmount()});
	t.deepEqual(readdirSync(disk.folder), [], 'nothing is written where the disk was');
	disk.mount();
	await assertGoesOn(t, pair);
});

diskTest('tmpfs', 'a file system that is mounted over the folder, and goes', async (t) => {
	const pair = await openPair(new Lab(t));
	const over: {disk?: MountedDisk} = {};
	await assertHalts(t, pair, {
		code: 'other_filesystem',
		how: () => {
			over.disk = new MountedDisk(t, {kind: 'tmpfs', folder: pair.ada.folder, bytes: 0});
		},
	});
	t.deepEqual(readdirSync(pair.ada.folder), []);
	over.disk?.unmount();
	await assertGoesOn(t, pair);
});

/** All files below a folder and what is in them, those of `.pulsync` too. */
function contentsOf(folder: string): ReadonlyMap<string, string> {
	if (!existsSync(folder) || !statSync(folder).isDirectory()) return new Map();
	const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
	const paths = files.map(({parentPath, name}) => path.join(parentPath, name));
	return new Map(paths.map((file) => [file, readFileSync(file, 'base64')]));
}

const aside = ({ada}: Pair) => `${ada.folder}.aside`;
const replacements: ReadonlyArray<readonly [what: string, code: string, (pair: Pair) => void]> = [
	['is moved away', 'root_missing', (pair) => renameSync(pair.ada.folder, aside(pair))],
	[
		'is replaced by a file',
		'root_missing',
		(pair) => {
			renameSync(pair.ada.folder, aside(pair));
			writeFileSync(pair.ada.folder, 'a file\n');
		},
	],
	[
		'is replaced by an empty folder',
		'root_missing',
		(pair) => {
			renameSync(pair.ada.folder, aside(pair));
			mkdirSync(pair.ada.folder);
		},
	],
	[
		'is replaced by a copy of itself',
		'root_replaced',
		(pair) => {
			// Made ahead: for as long as there is nothing, the folder is gone and not replaced.
			const copy = `${aside(pair)}-copy`;
			execFileSync('cp', ['-a', pair.ada.folder, copy]);
			renameSync(pair.ada.folder, aside(pair));
			renameSync(copy, pair.ada.folder);
		},
	],
];
for (const [what, code, how] of replacements) {
	test.serial(`a folder that ${what}, and comes back`, async (t) => {
		const pair = await openPair(new Lab(t));
		let stranded: ReadonlyMap<string, string> | undefined;
		await assertHalts(t, pair, {
			code,
			how: () => {
				how(pair);
				stranded = contentsOf(pair.ada.folder);
			},
		});
		t.deepEqual(contentsOf(pair.ada.folder), stranded, 'nothing is written into what stands there');
		const stranger = `${aside(pair)}-stranger`;
		if (existsSync(pair.ada.folder)) renameSync(pair.ada.folder, stranger);
		renameSync(aside(pair), pair.ada.folder);
		rmSync(stranger, {recursive: true, force: true});
		await assertGoesOn(t, pair);
	});
}

test.serial('a mark that changes, and changes back', async (t) => {
	const pair = await openPair(new Lab(t));
	const mark = path.join(pair.ada.folder, '.pulsync/mark');
	const text = readFileSync(mark, 'utf8');
	await assertHalts(t, pair, {
		code: 'root_replaced',
		how: () => {
			writeFileSync(mark, 'another\n');
			writeFileSync(path.join(pair.ada.folder, 'part-0/0.txt'), 'changed\n');
		},
	});
	writeFileSync(mark, text);
	await assertGoesOn(t, pair);
});

const empty = (folder: string) => {
	for (const name of readdirSync(folder)) {
		if (name !== '.pulsync') rmSync(path.join(folder, name), {recursive: true});
	}
};

test.serial('a folder that is emptied, where that is meant', async (t) => {
	const pair = await openPair(new Lab(t));
	const message = await assertHalts(t, pair, {code: 'root_emptied', how: () => empty(pair.ada.folder)});
	t.regex(message, /resume --accept-deletions/);
	await pair.lab.run('ada', ['resume', '--accept-deletions']);
	await waitUntil('it is empty there too', () => describeTree(pair.bob.folder).size === 0);
	await settle([pair.ada, pair.bob]);
});

test.serial('most of a large folder goes at once, and is restored', async (t) => {
	const pair = await openPair(new Lab(t), 1000);
	const message = await assertHalts(t, pair, {
		code: 'mass_deletion',
		how: () => {
			for (const part of ['part-0', 'part-1', 'part-2', 'part-3']) {
				// Moved away and not removed, which a busy machine may do piece by piece.
				renameSync(path.join(pair.ada.folder, part), path.join(pair.lab.folder, part));
			}
		},
	});
	t.regex(message, /restore/);
	const {code, stderr} = await pair.lab.run('ada', ['restore', '.', '--at', 'now']);
	t.is(stderr, '');
	t.is(code, 0);
	await waitUntil('all are back', () => describeTree(pair.ada.folder).size === 1000);
	await settle([pair.ada, pair.bob]);
	t.deepEqual(compareTrees(pair.ada.folder, pair.bob.folder), []);
});

diskTest('ext4', 'a disk with too little room for what comes', async (t) => {
	const lab = new Lab(t);
	const disk = new MountedDisk(t, {kind: 'ext4', folder: lab.path('ada'), bytes: 96 * 1024 * 1024});
	rmSync(path.join(disk.folder, 'lost+found'), {recursive: true});
	const ballast = path.join(disk.folder, '.pulsync-ballast');
	writeFileSync(path.join(disk.folder, '.gitignore'), '.pulsync-ballast\n');
	const pair = await openPair(lab);
	writeFileSync(ballast, Buffer.alloc(40 * 1024 * 1024, 1));
	const from = pair.ada.events.length;
	writeFileSync(path.join(lab.folder, 'large.bin'), Buffer.alloc(24 * 1024 * 1024, 2));
	renameSync(path.join(lab.folder, 'large.bin'), path.join(pair.bob.folder, 'large.bin'));
	const halted = await pair.ada.waitFor('halted', undefined, {from});
	t.regex(halted.message, /disk .*(room|full).*free some space.*resume/s);
	t.log(halted.message);
	t.false(existsSync(path.join(pair.ada.folder, 'large.bin')));
	rmSync(ballast);
	await assertGoesOn(t, pair);
});
