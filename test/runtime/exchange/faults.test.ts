/**
 * Transfers under faults: tables of seeds, each a project, a way through carriers that die, stall, say things twice or
 * late, restarts of either side and moves between tiers, drawn from the seed. At the end one question: is everything
 * there, and was nothing that was durable sent again?
 */
import anyTest from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type Oid} from '../../../source/protocol/content.js';
import {type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {type Faults} from './fake-channel.js';
import {FakeStore} from './fake-store.js';
import {
	connect,
	fetchingPeer,
	supplyingPeer,
	switchOver,
	temporaryFolder,
	type FetchingPeer,
} from './two-peers.js';

const test = anyTest.serial;
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** The same numbers for the same seed: xorshift32. */
function randomOf(seed: number): (below: number) => number {
	let state = seed * 2_654_435_761 || 1;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

type Random = ReturnType<typeof randomOf>;

function pick<T>(random: Random, of: readonly T[]): T {
	return of[random(of.length)]!;
}

/** Sizes at and around every limit at which objects travel in another way. */
const sizes = [
	0,
	1,
	100,
	5000,
	64 * kibibyte,
	64 * kibibyte + 1,
	700 * kibibyte,
	mebibyte,
	mebibyte + 1,
	3 * mebibyte,
	8 * mebibyte,
	8 * mebibyte + 1,
	13 * mebibyte,
];

function drawProject(random: Random, store: FakeStore): Oid {
	const files: Record<string, Uint8Array> = {};
	const count = 3 + random(60);
	for (let index = 0; index < count; index++) {
		const size = index < 5 ? pick(random, sizes) : random(3000);
		files[`file ${index}`] = Buffer.alloc(size, `${random(1e9)} `);
	}
	return store.commit(files);
}

function drawFaults(random: Random, seed: number, totalBytes: number): Faults {
	const after = random(totalBytes);
	const lateAnswer = (message: PeerMessage): readonly PeerMessage[] => {
		if (message.type !== 'end' && message.type !== 'plan') return [message];
		// What belongs to an answer that is over, or to none.
		const stranger = {...message, request: message.request + 1000};
		return message.request > 1
			? [stranger, {...message, request: message.request - 1}, message]
			: [stranger, message];
	};
	return pick<Faults>(random, [
		{diesAfterBytes: after},
		{diesAfterBytes: after, twice: seed % 2 === 0},
		{stallsAfterBytes: after},
		{tamper: (message) => [message, ...(message.type === 'plan' ? [message] : [])]},
		{tamper: lateAnswer, diesAfterBytes: after},
		{},
	]);
}

/** What ends one attempt and is no more than an attempt that ended. */
const expected: ReadonlySet<string> = new Set(['carrier_lost', 'silent_peer', 'aborted']);

for (let seed = 1; seed <= 60; seed++) {
	test(`with the faults of seed ${seed} all arrives, and nothing that was durable comes twice`, async (t) => {
		const random = randomOf(seed);
		const mine = new FakeStore();
		const commit = drawProject(random, mine);
		const plan = await mine.enumerate(commit, {have: []});
		const totalBytes = plan.objects.reduce((sum, {bytes}) => sum + bytes, 0);
		const folder = await temporaryFolder(t);
		let theirs = new FakeStore();
		const taken: Oid[] = [];
		let fetching: FetchingPeer = fetchingPeer(theirs, folder, {silenceMs: 300});
		let resumedBefore = 0;
		for (let attempt = 0; ; attempt++) {
			if (random(3) === 0) {
				taken.push(...theirs.taken);
				theirs = new FakeStore(theirs.disk);
				fetching = fetchingPeer(theirs, folder, {silenceMs: 300});
			}
			const tier = pick(random, ['proxy', 'json'] as const);
			const faults = attempt < 6 ? drawFaults(random, seed, totalBytes) : {};
			const supplying = supplyingPeer(new FakeStore(mine.disk));
			const first = connect(supplying, fetching, {tier, faults});
			const second = connect(supplying, fetching, {tier: pick(random, ['proxy', 'json'] as const)});
			if (random(4) === 0) moveAfter(random(totalBytes), fetching, first, second);
			try {
				const result = await fetching.fetcher.fetch({commit, have: [], channel: first.atFetcher});
				t.true(result.resumedBytes >= resumedBefore, 'progress went back');
				break;
			} catch (error) {
				if (!(error instanceof Failure) || !expected.has(error.code)) throw error;
				const last = fetching.progress.at(-1);
				resumedBefore = Math.max(resumedBefore, last?.doneBytes ?? 0);
			} finally {
				first.atFetcher.close();
				second.atFetcher.close();
			}
		}
		taken.push(...theirs.taken);
		t.deepEqual(taken.sort(), plan.objects.map(({oid}) => oid).sort());
		for (const {oid} of plan.objects)
			t.true(theirs.disk.objects.get(oid)?.bytes.equals(mine.disk.objects.get(oid)!.bytes));
		t.true(theirs.graph.isPresent(commit));
		t.is(await fetching.fetcher.pending(), undefined);
	});
}

/** Moves the running fetch once so many bytes of objects were sent. */
function moveAfter(
	bytes: number,
	fetching: FetchingPeer,
	from: ReturnType<typeof connect>,
	to: ReturnType<typeof connect>,
): void {
	const {bulk, objects} = from.atFetcher.handlers;
	let moved = false;
	const look = () => {
		if (moved || from.atSupplier.objectBytes < bytes) return;
		moved = true;
		void switchOver(fetching, from.atFetcher, to.atFetcher);
	};
	from.atFetcher.handlers = {
		...from.atFetcher.handlers,
		bulk(...all) {
			bulk(...all);
			look();
		},
		objects(...all) {
			objects(...all);
			look();
		},
	};
}
