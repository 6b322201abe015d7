/**
 * Transfers whose path ends, or is left for a better one, at any byte and on either side: is everything there, was no more
 * than one segment sent again each time, and did progress only ever go on?
 */
import anyTest, {type ExecutionContext} from 'ava';
import {type Event} from '../../../source/core/event.js';
import {type Oid} from '../../../source/protocol/content.js';
import {type Tier, tiers} from '../../../source/protocol/tiers.js';
import {Fetcher} from '../../../source/runtime/exchange/fetcher.js';
import {ProgressBoard} from '../../../source/runtime/exchange/progress-board.js';
import {Supplier} from '../../../source/runtime/exchange/supplier.js';
import {type PeerCallbacks} from '../../../source/transport/peer-channel.js';
import {type Random, seededRandom} from '../../helpers/random.js';
import {waitUntil} from '../../helpers/wait.js';
import {type Cut, CutPaths, type Path} from './cut-paths.js';
import {FakeStore} from './fake-store.js';
import {fetcherHandlers, supplierHandlers, temporaryFolder} from './two-peers.js';

const test = anyTest.serial;
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** What the first piece of an object begun on another tier may repeat on tier json. */
const pieceBytes = 64 * kibibyte;

type Leg = {readonly tier: Tier; readonly cut?: Cut};
type Progressed = Extract<Event, {type: 'transfer-progressed'}>;

/** Carries one commit over the legs, one after the other; the last one holds. */
async function carry(t: ExecutionContext, mine: FakeStore, commit: Oid, legs: readonly Leg[]) {
	t.timeout(60_000);
	const folder = await temporaryFolder(t);
	const theirs = new FakeStore();
	const events: Event[] = [];
	const boards = {
		in: new ProgressBoard((event) => events.push(event)),
		out: new ProgressBoard((event) => events.push(event), 50),
	};
	const supplier = new Supplier({
		store: mine,
		cacheFolder: `${folder}/packs`,
		onProgress: (made) => boards.out.show('out', made),
		onEnded: (peerId) => boards.out.answerEnded(peerId),
	});
	const fetcher = new Fetcher({
		store: theirs,
		statePath: `${folder}/want.json`,
		graceMs: 10_000,
		onProgress: (made) => boards.in.show('in', made),
	});
	const callbacks: Record<'supplier' | 'fetcher', PeerCallbacks> = {
		supplier: supplierHandlers({supplier, progress: [], failures: []}),
		fetcher: fetcherHandlers({fetcher, progress: [], statePath: ''}),
	};
	const paths = new CutPaths(callbacks);
	let fetching: ReturnType<Fetcher['fetch']> | undefined;
	let isOver = false;
	let former: Path | undefined;
	const drains: Promise<void>[] = [];
	const follow = async () => {
		for (const {tier, cut} of legs) {
			if (isOver) return;
			let path: Path;
			try {
				path = await paths.open(tier, cut);
			} catch {
				continue; // cut before it was open
			}
			fetching ??= fetcher.fetch({commit, have: [], channel: path.atFetcher}).finally(() => (isOver = true));
			fetcher.moveTo(path.atFetcher);
			if (former) drains.push(drain(supplier, fetcher, former));
			former = path;
			await Promise.race([path.over, fetching]);
		}
	};
	await follow();
	const result = await fetching!;
	await Promise.all(drains);
	former!.atFetcher.close('over');
	await former!.atSupplier.closed;
	const isEnded = () => events.some(({type}) => type === 'transfer-ended');
	await waitUntil('the end of the transfer out', isEnded);
	boards.out.close();
	return {theirs, result, paths, events, supplier};
}

async function drain(supplier: Supplier, fetcher: Fetcher, {atSupplier, atFetcher}: Path): Promise<void> {
	await Promise.all([fetcher.released(atFetcher, 10_000), supplier.released(atSupplier, 10_000)]);
	atFetcher.close('switched');
}

async function assertWhole(
	t: ExecutionContext,
	mine: FakeStore,
	commit: Oid,
	{theirs, result, paths, events, supplier}: Awaited<ReturnType<typeof carry>>,
) {
	const {objects} = await mine.enumerate(commit, {have: []});
	t.deepEqual([...theirs.taken].sort(), objects.map(({oid}) => oid).sort());
	t.true(theirs.graph.isPresent(commit));
	const atMost = paths.cuts * Math.max(paths.largestUnit, pieceBytes);
	t.true(result.resentBytes <= atMost, `${result.resentBytes} again in ${paths.cuts} cuts`);
	t.is(paths.deliveredBytes - theirs.acceptedBytes, result.resentBytes, 'what came in vain is counted');
	t.is(supplier.active, 0);
	for (const direction of ['in', 'out'] as const) {
		const told = events.filter(
			(event): event is Progressed => event.type === 'transfer-progressed' && event.direction === direction,
		);
		t.true(told.every((event, at) => at === 0 || event.doneBytes >= told[at - 1]!.doneBytes));
		const last = told.at(-1)!;
		t.is(
			last.totalBytes,
			objects.reduce((sum, {bytes}) => sum + bytes, 0),
		);
		// The last acknowledgements may be lost with their path.
		if (direction === 'in') t.is(last.totalBytes, last.doneBytes);
	}
	// Once more if the path ended between the last acknowledgement and the end.
	const out = events.filter(({type}) => type === 'transfer-ended').length;
	t.true(out >= 1 && out <= paths.cuts + 1);
	t.is(events.findLast((event) => 'direction' in event && event.direction === 'out')?.type, 'transfer-ended');
}

function drawProject(random: Random): {store: FakeStore; commit: Oid; bytes: number} {
	const store = new FakeStore();
	const files: Record<string, Uint8Array> = {};
	for (let index = 0; index < 40; index++) files[`text ${index}`] = random.bytes(random.below(4000));
	for (let index = 0; index < 6; index++) files[`file ${index}`] = random.bytes(random.below(400 * kibibyte));
	const large = random.pick([0, mebibyte, 5 * mebibyte, 9 * mebibyte]);
	if (large > 0) files.large = random.bytes(large + random.below(1000));
	const commit = store.commit(files);
	const bytes = Object.values(files).reduce((sum, file) => sum + file.byteLength, 0);
	return {store, commit, bytes};
}

function drawCut(random: Random, bytes: number): Cut {
	const kind = random.pick(['supplier', 'fetcher', 'hole', 'switch'] as const);
	// What the fetcher says is little: its cuts come early.
	if (random.below(4) === 0) return {towards: 'supplier', afterBytes: 1 + random.below(6000), kind};
	return {towards: 'fetcher', afterBytes: 1 + Math.floor(random.next() * bytes), kind};
}

const seeds = process.env.PULSYNC_TEST_SEED
	? [Number(process.env.PULSYNC_TEST_SEED)]
	: Array.from({length: 40}, (_, at) => at + 1);
for (const seed of seeds) {
	test(`with the cuts of seed ${seed} all arrives, at most a segment twice each time`, async (t) => {
		const random = seededRandom(seed);
		const {store, commit, bytes} = drawProject(random);
		const count = 1 + random.below(5);
		const legs: Leg[] = Array.from({length: count}, () => ({
			tier: random.pick(tiers),
			cut: drawCut(random, bytes / count),
		}));
		const carried = await carry(t, store, commit, [...legs, {tier: random.pick(tiers)}]);
		await assertWhole(t, store, commit, carried);
	});
}

test('a supplier whose carriers died with objects half taken serves on', async (t) => {
	const random = seededRandom(7);
	const store = new FakeStore();
	const commit = store.commit({one: random.bytes(3 * mebibyte), other: random.bytes(2 * mebibyte)});
	const legs: Leg[] = Array.from({length: 12}, (_, at) => ({
		tier: at % 4 === 3 ? 'proxy' : 'json',
		cut: {towards: 'fetcher', afterBytes: 200 * kibibyte, kind: 'hole'},
	}));
	const carried = await carry(t, store, commit, [...legs, {tier: 'json'}]);
	t.is(carried.paths.cuts, 12);
	await assertWhole(t, store, commit, carried);
});
