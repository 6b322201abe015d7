/**
 * kill -9 at random moments of transfer, merge and apply. After each death every file is whole, old or new; after each start
 * the folder is consistent within seconds; in the end the peers are equal and nothing that was ever settled is lost.
 * PULSYNC_TEST_KILLS sets how often (default 12), PULSYNC_TEST_SEED with which seed.
 */
import {createHash} from 'node:crypto';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {type Random, seededRandom} from '../helpers/random.js';
import {waitUntil} from '../helpers/wait.js';

const kills = Number(process.env.PULSYNC_TEST_KILLS ?? 12);
const seed = Number(process.env.PULSYNC_TEST_SEED ?? Date.now() % 1_000_000);
/** 5 s are promised; other tests may have the machine at the same time. */
const consistentWithinMs = kills > 50 ? 5000 : 15_000;
/** Rounds after which the peers may come to rest. */
const restEvery = 8;

/** Content that says itself whether it is whole: text that git merges line by line is checked line by line. */
function wholeBytes(random: Random, length: number): Buffer {
	const bytes = random.bytes(length);
	return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

const wholeLine = (text: string) => `${text} ${createHash('sha1').update(text).digest('hex')}`;

function isWhole(name: string, bytes: Buffer): boolean {
	if (name.endsWith('.bin')) {
		const body = bytes.subarray(0, -20);
		return createHash('sha1').update(body).digest().equals(bytes.subarray(-20));
	}
	const lines = bytes.toString().split('\n');
	return lines.pop() === '' && lines.every((line) => line === wholeLine(line.slice(0, -41)));
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile())
		.map(({parentPath, name}) => path.join(parentPath, name));
}

/** Files of a project that are torn. */
function tornFiles(root: string): string[] {
	const folders = readdirSync(root).filter((name) => name !== '.pulsync');
	const files = folders.flatMap((name) => filesBelow(path.join(root, name)));
	return files.filter((file) => !isWhole(file, readFileSync(file)));
}

/** Saved as a careful program saves, so that what is torn was not torn by the test. */
function save(file: string, content: Buffer | string): void {
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(`${file}.new`, content);
	renameSync(`${file}.new`, file);
}

/** A burst of work on one peer's disk: texts that both edit, many small files, a large one, moves and removals. */
function work(folder: string, who: string, round: number, random: Random): void {
	for (let at = 0; at < 10; at++) {
		const file = path.join(folder, 'both', `text-${random.below(20)}.txt`);
		const lines = readLines(file);
		const place = who === 'ada' ? random.below(20) : 30 + random.below(20);
		lines[place] = wholeLine(`${who} ${round}.${at}`);
		save(file, `${lines.join('\n')}\n`);
	}
	const set = path.join(folder, who, `set-${round % 4}`);
	if (random.below(5) === 0) rmSync(set, {recursive: true, force: true});
	for (let at = 0; at < 60; at++)
		save(path.join(set, `${at}.bin`), wholeBytes(random, 1 + random.below(4000)));
	if (random.below(3) === 0)
		save(path.join(folder, who, `large-${random.below(3)}.bin`), wholeBytes(random, 6_000_000));
}

function readLines(file: string): string[] {
	try {
		return readFileSync(file, 'utf8').trimEnd().split('\n');
	} catch {
		return Array.from({length: 60}, (_, at) => wholeLine(`line ${at}`));
	}
}

const gitOf = ({folder}: PeerProcess, ...args: string[]) =>
	execFileSync('git', ['--git-dir', path.join(folder, '.pulsync/repo.git'), ...args], {
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
		stdio: ['ignore', 'pipe', 'pipe'],
	});

test('programs that are killed at any moment go on within seconds, and nothing is torn or lost', async (t) => {
	t.log(`seed ${seed}`);
	const random = seededRandom(seed);
	const lab = new Lab(t);
	t.timeout(120_000 + kills * 20_000);
	const relay = await lab.relay();
	for (let at = 0; at < 20; at++) {
		const file = path.join(lab.path('ada'), 'both', `text-${at}.txt`);
		save(file, `${readLines(file).join('\n')}\n`);
	}
	const flags = ['--relay-url', relay.url, '--limit-down', '40MB/s'];
	const peers = new Map<string, PeerProcess>([['ada', await lab.host('ada', flags)]]);
	const {invite} = (await peers.get('ada')!.ask({request: 'invite'})) as {invite: string};
	peers.set('bob', await lab.join('bob', invite, flags));
	await settle([...peers.values()]);

	const settled = new Set<string>();
	const took: number[] = [];
	let conflictCount = 0;
	const moments: Record<string, number> = {};
	for (let round = 1; round <= kills; round++) {
		for (const [who, {folder}] of peers) work(folder, who, round, random);
		await new Promise((resolve) => setTimeout(resolve, random.below(700)));
		const who = random.pick(['ada', 'bob']);
		const victim = peers.get(who)!;
		const lastEvent = victim.events.at(-1)?.event ?? 'none';
		moments[lastEvent] = (moments[lastEvent] ?? 0) + 1;
		await victim.kill();
		for (const event of victim.events) if (event.event === 'snapshot') settled.add(event.head);
		t.deepEqual(tornFiles(victim.folder), [], `after death ${round}`);

		const startedAt = performance.now();
		const again = lab.start(who, ['--name', who, ...flags]);
		peers.set(who, again);
		await again.waitFor('ready');
		await waitUntil('it is consistent', async () => {
			const {state, head} = await again.status();
			return state !== 'opening' && head !== undefined;
		});
		took.push(performance.now() - startedAt);
		if (round % restEvery !== 0 && round !== kills) continue;
		const {head} = await settle([...peers.values()], 90_000);
		const both = [peers.get('ada')!, peers.get('bob')!] as const;
		const {conflicts} = await both[0].status();
		const paths = conflicts.map((conflict) => conflict.path);
		await assertSound(t, both, head, paths);
		// Both edited it while one was dead with the other's change half applied: that is asked about, and answered.
		conflictCount += paths.length;
		if (paths.length > 0) await both[0].ask({request: 'resolve', take: 'mine', paths});
	}
	took.sort((one, other) => one - other);
	const at = (share: number) => Math.round(took[Math.floor((took.length - 1) * share)]!);
	t.log(`${kills} kills, consistent after ${at(0.5)} ms (half), ${at(0.95)} ms (95 %), ${at(1)} ms (all)`);
	t.log(
		`${settled.size} snapshots, ${conflictCount} conflicts, last event before the kill: ${JSON.stringify(moments)}`,
	);
	for (const {events} of peers.values())
		for (const event of events) if (event.event === 'snapshot') settled.add(event.head);
	const {head} = await settle([...peers.values()]);
	for (const peer of peers.values()) {
		const known = new Set(gitOf(peer, 'rev-list', head).split('\n'));
		t.deepEqual(
			[...settled].filter((commit) => !known.has(commit)),
			[],
		);
		// What came half of a version that is gone stays for a week: it may be asked for again.
		const left = filesBelow(path.join(peer.folder, '.pulsync/tmp'));
		t.deepEqual(
			left.filter((file) => !file.includes('/tmp/incoming/')),
			[],
		);
		t.is(peer.stderr, '');
	}
	t.true(at(1) <= consistentWithinMs, `${at(1)} ms`);
});

/** Both are at this head: their disks are equal but for conflicts, whole, and their stores complete. */
async function assertSound(
	t: ExecutionContext,
	both: readonly [PeerProcess, PeerProcess],
	head: string,
	conflicted: readonly string[],
): Promise<void> {
	const differing = compareTrees(both[0].folder, both[1].folder, conflicted);
	if (differing.length > 0) t.log(await describeDifference(both, head, differing));
	t.deepEqual(differing, []);
	for (const peer of both) {
		t.deepEqual(tornFiles(peer.folder), []);
		gitOf(peer, 'fsck', '--connectivity-only', '--no-dangling', head);
	}
}

/** What is needed to understand a difference that a random moment brought about and that will not come again by itself. */
async function describeDifference(
	both: readonly [PeerProcess, PeerProcess],
	head: string,
	differing: readonly string[],
): Promise<string> {
	const lines: string[] = [];
	const store = ({folder}: PeerProcess) => path.join(folder, '.pulsync/repo.git');
	const run = (command: string, args: readonly string[]) => {
		const {stdout, stderr} = spawnSync(command, args, {encoding: 'utf8'});
		return `${stdout}${stderr}`
			.trimEnd()
			.split('\n')
			.map((line) => `    ${line}`);
	};
	for (const peer of both) {
		lines.push(`${peer.folder}: ${JSON.stringify(await peer.status())}`);
		lines.push(...peer.events.slice(-25).map((event) => `  ${JSON.stringify(event).slice(0, 400)}`));
		for (const line of differing.slice(0, 4)) {
			const file = JSON.parse(line.slice(0, line.indexOf('": ') + 1)) as string;
			lines.push(`  ${line}`);
			lines.push(
				...run('git', ['hash-object', path.join(peer.folder, file)]),
				...run('git', ['--git-dir', store(peer), 'ls-tree', head, '--', file]),
				...run('git', ['--git-dir', store(peer), 'log', '-4', '--format=%h %cn %cd %s', head, '--', file]),
			);
		}
		lines.push('the records of the head:');
		lines.push(...run('git', ['--git-dir', store(peer), 'ls-tree', '-r', head, '--', '.pulsync']));
		lines.push(...run('git', ['--git-dir', store(peer), 'log', '-6', '--format=%h %p %cn %cd %s', head]));
	}
	await new Promise((resolve) => setTimeout(resolve, 4000));
	lines.push(`4 s later: ${JSON.stringify(compareTrees(both[0].folder, both[1].folder))}`);
	for (const peer of both) lines.push(`${peer.folder}: ${JSON.stringify(await peer.status())}`);
	return lines.join('\n');
}
