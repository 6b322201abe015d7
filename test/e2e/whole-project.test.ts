/** A project of 2,000 text files and 100 MB of binaries: the first transfer by each tier, and a save after it. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {makeProject, wholeSize} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';

/** Of one process, while the project comes in or goes out. */
const maxResidentBytes = 300 * 1024 * 1024;

test('a whole project reaches each joiner exactly, by each tier, and a save is there within 300 ms', async (t) => {
	const lab = new Lab(t);
	const texts = makeProject(lab.path('ada'), wholeSize);
	const ada = await lab.host('ada');
	const memory = watchMemory();
	t.teardown(memory.stop);
	memory.add('ada', ada);

	const bob = await lab.join('bob', ada.invite);
	memory.add('bob', bob);
	const first = await settle([ada, bob], 120_000);
	const eve = await lab.join('eve', ada.invite);
	const byProxy = await lab.join('pam', ada.invite, ['--tier', 'proxy']);
	t.deepEqual(await settle([ada, bob, eve, byProxy], 120_000), first, 'joining makes no commit');
	await assertOnlyTier(t, byProxy, 'proxy');

	const tookMs: number[] = [];
	for (let round = 0; round < 20; round++) {
		tookMs.push(await saveAndSee(ada, byProxy, texts[round * 7]!, `round ${round}\n`));
	}
	const median = tookMs.sort((one, other) => one - other)[10]!;
	t.log(`median ${median} ms, slowest ${tookMs.at(-1)} ms`);
	t.true(median <= 300, `median ${median} ms of ${tookMs.join(', ')}`);

	// Two that allow no tier in common are never in step with each other.
	const now = await settle([ada, bob, eve, byProxy]);
	t.deepEqual(compareTrees(ada.folder, byProxy.folder), []);
	await byProxy.stop();
	const byJson = await lab.join('jim', ada.invite, ['--tier', 'json']);
	memory.add('jim', byJson);
	t.deepEqual(await settle([ada, bob, eve, byJson], 120_000), now);
	await assertOnlyTier(t, byJson, 'json');
	for (const peer of [bob, eve, byJson]) t.deepEqual(compareTrees(ada.folder, peer.folder), []);
	for (const [name, bytes] of memory.highest()) {
		t.log(`${name} took at most ${Math.round(bytes / 1e6)} MB`);
		t.true(bytes < maxResidentBytes, `${name} took ${Math.round(bytes / 1e6)} MB`);
	}
});

async function assertOnlyTier(t: {is(one: unknown, other: unknown): void}, peer: PeerProcess, tier: string) {
	const {peers} = await peer.status();
	const used = peers.flatMap(({bytes_in: bytes}) =>
		Object.entries(bytes).filter(([name, count]) => name !== tier && count > 0),
	);
	t.is(used.length, 0);
}

/** Saves on one disk, and tells after how long it is on the other. */
async function saveAndSee(
	from: PeerProcess,
	to: PeerProcess,
	relative: string,
	text: string,
): Promise<number> {
	const savedAt = performance.now();
	writeFileSync(path.join(from.folder, relative), text);
	await waitUntil(relative, () => readFileSync(path.join(to.folder, relative), 'utf8') === text);
	return Math.round(performance.now() - savedAt);
}

function watchMemory() {
	const peers = new Map<string, PeerProcess>();
	const highest = new Map<string, number>();
	const timer = setInterval(() => {
		for (const [name, peer] of peers) {
			if (!peer.ended) highest.set(name, Math.max(highest.get(name) ?? 0, peer.residentBytes()));
		}
	}, 100);
	return {
		add: (name: string, peer: PeerProcess) => peers.set(name, peer),
		highest: () => highest,
		stop: () => clearInterval(timer),
	};
}
