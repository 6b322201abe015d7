/**
 * kill -9 at random moments of transfer, merge and apply. After each death every file is whole, old or new; after each start
 * the folder is consistent within seconds; in the end the peers are equal and nothing that was ever settled is lost.
 * PULSYNC_TEST_KILLS sets how often (default 12), PULSYNC_TEST_SEED with which seed.
 */
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {describeDifference} from '../helpers/describe-difference.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {seededRandom} from '../helpers/random.js';
import {filesBelow, lostSaves, readLines, save, type Saved, tornFiles, work} from '../helpers/saved-work.js';
import {waitUntil} from '../helpers/wait.js';

const kills = Number(process.env.PULSYNC_TEST_KILLS ?? 12);
const seed = Number(process.env.PULSYNC_TEST_SEED ?? Date.now() % 1_000_000);
/** 5 s are promised; other tests may have the machine at the same time. */
const consistentWithinMs = kills > 50 ? 5000 : 15_000;
/** Rounds after which the peers may come to rest. */
const restEvery = 8;

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
	let savedOver = 0;
	const savedBy = new Map<string, Saved>(
		['ada', 'bob'].map((who) => [who, {lines: new Map(), files: new Map()}]),
	);
	const took: number[] = [];
	let conflictCount = 0;
	const moments: Record<string, number> = {};
	for (let round = 1; round <= kills; round++) {
		for (const [who, {folder}] of peers) work(folder, who, round, random, savedBy.get(who)!);
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
		const folders = both.map(({folder}) => folder);
		for (const [who, saved] of savedBy) {
			const isSavedOver = (name: string, line: string) => removerOf(both[0], head, name, line) !== who;
			const lost = lostSaves(folders, saved, (name, line) => {
				if (!isSavedOver(name, line)) return false;
				savedOver++;
				return true;
			});
			t.deepEqual(lost, [], `saved by ${who}`);
		}
		// Both edited it while one was dead with the other's change half applied: that is asked about, and answered.
		conflictCount += paths.length;
		if (paths.length > 0) await both[0].ask({request: 'resolve', take: 'mine', paths});
		for (const name of paths) savedBy.get('bob')!.lines.delete(name);
	}
	took.sort((one, other) => one - other);
	const at = (share: number) => Math.round(took[Math.floor((took.length - 1) * share)]!);
	t.log(`${kills} kills, consistent after ${at(0.5)} ms (half), ${at(0.95)} ms (95 %), ${at(1)} ms (all)`);
	t.log(
		`${settled.size} snapshots, ${conflictCount} conflicts, ${savedOver} lines saved over, last event before the kill: ${JSON.stringify(moments)}`,
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
	t.true(savedOver <= 2 + kills / 20, `${savedOver} lines saved over`);
	t.true(at(1) <= consistentWithinMs, `${at(1)} ms`);
});

/**
 * Whose snapshot was the last to bring or to remove a line; a merge that lost one would not be found. Between the reading and the
 * saving of a file the other one's change may come, which then is saved over.
 */
function removerOf(peer: PeerProcess, head: string, name: string, line: string): string {
	return gitOf(peer, 'log', '-1', '--no-merges', '--format=%an', `-S${line}`, head, '--', name).trim();
}

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
