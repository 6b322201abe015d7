/**
 * Three peers edit at random and at once. When it stops they are equal, nothing that was ever settled is lost, and it is
 * quiet. PULSYNC_TEST_SECONDS sets for how long (default 25), PULSYNC_TEST_SEED with which seed.
 */
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {seededRandom} from '../helpers/random.js';
import {editOnce} from '../helpers/random-edits.js';
import {makeProject} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';

const editSeconds = Number(process.env.PULSYNC_TEST_SECONDS ?? 25);
/** As long as what it looks for takes several times to show: hold-offs, rescans of what was missed. */
const quietSeconds = Math.min(60, Math.max(10, editSeconds / 2));
const seed = Number(process.env.PULSYNC_TEST_SEED ?? Date.now() % 1_000_000);

test('three peers that edit at random end equal, complete and quiet', async (t) => {
	t.log(`seed ${seed}`);
	const lab = new Lab(t);
	t.timeout((editSeconds + quietSeconds + 180) * 1000);
	makeProject(lab.path('ada'), {texts: 40, binaries: 2, binaryBytes: 100_000, seed});
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	const eve = await lab.join('eve', ada.invite);
	const peers = [ada, bob, eve];
	await settle(peers);

	const edits = await editAtOnce(peers);
	const stoppedAt = Date.now();
	const {head} = await settle(peers, 60_000);
	const tookMs = Date.now() - stoppedAt;
	t.log(`${edits} edits, equal after ${tookMs} ms`);
	t.true(tookMs <= 10_000, `equal after ${tookMs} ms`);

	const statuses = await Promise.all(peers.map((peer) => peer.status()));
	const conflicted = statuses[0]!.conflicts.map(({path: name}) => name);
	for (const {conflicts} of statuses) {
		t.deepEqual(
			conflicts.map(({path: name}) => name),
			conflicted,
		);
	}
	// A conflicted path may stand differently on each disk, and with it what is above and below it.
	const zones = (line: string) =>
		conflicted.some((name) => {
			const differing = JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(line)![0]) as string;
			return differing === name || differing.startsWith(`${name}/`) || name.startsWith(`${differing}/`);
		});
	for (const {folder} of peers.slice(1)) {
		t.deepEqual(
			compareTrees(ada.folder, folder).filter((line) => !zones(line)),
			[],
		);
	}

	assertNothingLost(t, peers, head);
	const {merges, total} = countCommits(ada, head);
	t.log(`${total} commits, ${merges} merges, ${conflicted.length} conflicts`);
	t.true(merges <= total / 2, `${merges} of ${total} commits are merges`);

	const seen = peers.map(({events}) => events.length);
	await waitUntil(
		'the quiet time',
		() => Date.now() - stoppedAt > tookMs + quietSeconds * 1000,
		quietSeconds * 2000,
	);
	for (const [index, peer] of peers.entries()) {
		const late = peer.events
			.slice(seen[index])
			.filter(({event}) => /^(snapshot|applied|transfer|synced)$/.test(event));
		t.deepEqual(late, [], 'quiet after the last edit');
		t.is((await peer.status()).head, head);
		t.is(peer.stderr, '');
	}
	for (const peer of peers) await peer.stop();
	for (const peer of peers) t.is((await peer.exit).code, 0);
});

/** Each peer's folder gets edits in its own rhythm; returns how many in all. */
async function editAtOnce(peers: readonly PeerProcess[]): Promise<number> {
	const until = Date.now() + editSeconds * 1000;
	let count = 0;
	await Promise.all(
		peers.map(async ({folder}, index) => {
			const random = seededRandom(seed + index);
			while (Date.now() < until) {
				editOnce(folder, random);
				count++;
				// Bursts and pauses: both what programs do and what people do.
				const pauseMs = random.next() < 0.6 ? random.below(60) : random.below(800);
				await new Promise((resolve) => setTimeout(resolve, pauseMs));
			}
		}),
	);
	return count;
}

/** Every snapshot that any peer ever made is in the history of the one head, on every peer. */
function assertNothingLost(
	t: {deepEqual(one: unknown, other: unknown, what?: string): void},
	peers: readonly PeerProcess[],
	head: string,
): void {
	const settled = peers.flatMap(({events}) =>
		events.flatMap((event) => (event.event === 'snapshot' ? [event.head] : [])),
	);
	for (const peer of peers) {
		const known = new Set(git(peer, 'rev-list', head).split('\n'));
		const lost = settled.filter((commit) => !known.has(commit));
		t.deepEqual(lost, [], `snapshots that ${path.basename(peer.folder)} does not have`);
		git(peer, 'fsck', '--connectivity-only', '--no-dangling');
	}
}

function countCommits(peer: PeerProcess, head: string): {merges: number; total: number} {
	const count = (...args: string[]) => Number(git(peer, 'rev-list', '--count', ...args, head));
	return {merges: count('--merges'), total: count()};
}

function git({folder}: PeerProcess, ...args: string[]): string {
	return execFileSync('git', ['--git-dir', path.join(folder, '.pulsync/repo.git'), ...args], {
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}
