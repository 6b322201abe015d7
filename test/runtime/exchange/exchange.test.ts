import {randomBytes} from 'node:crypto';
import anyTest from 'ava';
import {type PeerMessageOf} from '../../../source/protocol/peer-messages.js';
import {Failure} from '../../../source/protocol/failure.js';
import {FakeStore} from './fake-store.js';
import {connect, fetchingPeer, supplyingPeer, switchOver, temporaryFolder} from './two-peers.js';

// One at a time: some measure silence, and each holds a project in memory.
const test = anyTest.serial;

const mebibyte = 1024 * 1024;
const bothWays = ['proxy', 'json'] as const;

/** Small texts, files larger than a chunk and than a segment's target, and one that goes in parts. */
function someProject(store: FakeStore) {
	const files: Record<string, Uint8Array> = {empty: new Uint8Array(), large: randomBytes(9 * mebibyte + 7)};
	for (let index = 0; index < 300; index++) files[`text-${index}`] = Buffer.from(`text ${index}`);
	for (let index = 0; index < 3; index++) files[`binary-${index}`] = randomBytes(5 * mebibyte);
	return store.commit(files);
}

for (const tier of bothWays) {
	test(`a first join over ${tier} brings every object exactly once and counts truthfully`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const commit = someProject(mine);
		const supplying = supplyingPeer(mine);
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const {atFetcher} = connect(supplying, fetching, {tier});
		const result = await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
		const {objects} = await mine.enumerate(commit, {have: []});
		t.deepEqual([...theirs.taken].sort(), objects.map(({oid}) => oid).sort());
		t.true(theirs.graph.isPresent(commit));
		const totalBytes = objects.reduce((sum, {bytes}) => sum + bytes, 0);
		t.deepEqual(result, {objects: objects.length, bytes: totalBytes, resumedBytes: 0, resentBytes: 0});
		const last = {
			doneBytes: totalBytes,
			totalBytes,
			doneObjects: objects.length,
			totalObjects: objects.length,
		};
		t.like(fetching.progress.at(-1), {...last, resumedBytes: 0, arrivingBytes: 0});
		t.is(await fetching.fetcher.pending(), undefined);
		t.true(
			fetching.progress.every(({doneBytes}, at, all) => at === 0 || doneBytes >= all[at - 1]!.doneBytes),
		);
	});

	test(`a change on top of what the fetcher has moves that change alone over ${tier}`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const files = Object.fromEntries(Array.from({length: 100}, (_, index) => [`f${index}`, `text ${index}`]));
		const former = mine.commit(files);
		theirs.commit(files);
		const commit = mine.commit({...files, f7: 'another text'}, [former]);
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching, {tier});
		const result = await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
		t.is(result.objects, 3);
		t.false(atSupplier.sent.some(({type}) => type === 'graph'));
		t.true(theirs.graph.isPresent(commit));
	});

	test(`after a restart nothing that was durable is sent again over ${tier}`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const commit = someProject(mine);
		const folder = await temporaryFolder(t);
		const first = fetchingPeer(theirs, folder);
		const dying = connect(supplyingPeer(mine), first, {tier, faults: {diesAfterBytes: 14 * mebibyte}});
		await t.throwsAsync(first.fetcher.fetch({commit, have: [], channel: dying.atFetcher}), {
			instanceOf: Failure,
			message: 'carrier_lost',
		});
		const done = first.progress.at(-1)!.doneBytes;
		t.true(done > 5 * mebibyte);

		const restarted = new FakeStore(theirs.disk);
		const second = fetchingPeer(restarted, folder);
		t.is((await second.fetcher.pending())?.commit, commit);
		const {atFetcher} = connect(supplyingPeer(mine), second, {tier});
		const result = await second.fetcher.fetch({commit, have: [], channel: atFetcher});
		t.is(result.resumedBytes, done);
		t.is(second.progress[0]?.doneBytes, done);
		const {objects} = await mine.enumerate(commit, {have: []});
		t.deepEqual([...theirs.taken, ...restarted.taken].sort(), objects.map(({oid}) => oid).sort());
		const inPieces = tier === 'json' ? mebibyte : 8 * mebibyte;
		const large = objects.filter(({bytes}) => bytes > inPieces).reduce((sum, {bytes}) => sum + bytes, 0);
		t.is(theirs.largeBytes + restarted.largeBytes, large);
	});
}

test('small objects that come in texts are written many at once', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const files = Object.fromEntries(Array.from({length: 1000}, (_, at) => [`f${at}`, `text ${at}`]));
	const commit = mine.commit({...files, large: randomBytes(3 * mebibyte)});
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching, {tier: 'json'});
	const {objects} = await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
	t.is(
		theirs.written.reduce((sum, count) => sum + count, 0),
		objects - 1,
	); // the large one came in pieces
	t.true(theirs.written.length < 30, `${theirs.written.length} times`);
});

test('a joiner learns the ids behind its boundary, and only those', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	let commit = mine.commit({file: '0'});
	for (let index = 1; index < 1000; index++) commit = mine.commit({file: `${index}`}, [commit]);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching);
	const result = await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
	t.is(result.objects, 3);
	t.is(theirs.disk.graph.size, 1000);
	t.deepEqual([...theirs.disk.present], [commit]);
});

test('a commit that the supplier does not hold is refused and the want stays', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching);
	const commit = 'a'.repeat(40);
	await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: atFetcher}), {
		message: 'unknown_commit',
	});
	t.is((await fetching.fetcher.pending())?.commit, commit);
	await fetching.fetcher.forget();
	t.is(await fetching.fetcher.pending(), undefined);
});

test('ids in have that the supplier does not know are ignored', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit({file: 'text'});
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching);
	const have = ['a'.repeat(40), 'b'.repeat(40)];
	const {objects} = await fetching.fetcher.fetch({commit, have, channel: atFetcher});
	t.is(objects, 3);
});

for (const [from, to] of [
	['proxy', 'json'],
	['json', 'proxy'],
	['proxy', 'proxy'],
] as const) {
	test(`a running fetch moves from ${from} to ${to} and nothing is asked for twice`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const commit = someProject(mine);
		const supplying = supplyingPeer(mine);
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const old = connect(supplying, fetching, {tier: from});
		const better = connect(supplying, fetching, {tier: to});
		let handedOver: Promise<void> | undefined;
		const {bulk, objects} = old.atFetcher.handlers;
		const afterSome = () => {
			if (old.atSupplier.objectBytes > 7 * mebibyte) {
				handedOver ??= switchOver(fetching, old.atFetcher, better.atFetcher);
			}
		};
		old.atFetcher.handlers.bulk = (...all) => (bulk(...all), afterSome());
		old.atFetcher.handlers.objects = (...all) => (objects(...all), afterSome());
		await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
		await handedOver;
		const plan = await mine.enumerate(commit, {have: []});
		t.deepEqual([...theirs.taken].sort(), plan.objects.map(({oid}) => oid).sort());
		t.true(old.atSupplier.objectBytes > 7 * mebibyte && better.atSupplier.objectBytes > mebibyte);
		const sizes = plan.objects.reduce((sum, object) => sum + object.bytes, 0);
		const carried = old.atSupplier.objectBytes + better.atSupplier.objectBytes;
		// Headers of packs, and what the first piece of a large object repeats.
		t.true(carried < sizes + 128 * 1024, `${carried} for ${sizes}`);
	});
}

test('a fetch moves on when the old channel dies while it hands over', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = someProject(mine);
	const supplying = supplyingPeer(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const old = connect(supplying, fetching);
	const better = connect(supplying, fetching);
	const {bulk} = old.atFetcher.handlers;
	old.atFetcher.handlers.bulk = (...all) => {
		bulk(...all);
		if (old.atSupplier.objectBytes < 7 * mebibyte) return;
		fetching.fetcher.moveTo(better.atFetcher);
		old.atFetcher.close();
	};
	await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
	t.true(theirs.graph.isPresent(commit));
});

test('a supplier that falls silent is left, and another one goes on where it stopped', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = someProject(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t), {silenceMs: 300});
	const faults = {stallsAfterBytes: 12 * mebibyte};
	const silent = connect(supplyingPeer(mine), fetching, {faults, peerId: 'silent'});
	await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: silent.atFetcher}), {
		message: 'silent_peer',
	});
	silent.atFetcher.close();
	const other = connect(supplyingPeer(new FakeStore(mine.disk)), fetching, {peerId: 'other'});
	const {resumedBytes} = await fetching.fetcher.fetch({commit, have: [], channel: other.atFetcher});
	t.true(resumedBytes >= 4 * mebibyte);
	t.is(new Set(theirs.taken).size, theirs.taken.length);
});

test('a slow store at the fetcher is no silence of the peer, and at most three units are under way', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit(
		Object.fromEntries(Array.from({length: 8}, (_, index) => [`${index}`, randomBytes(3 * mebibyte)])),
	);
	theirs.beforeIndex = async () => new Promise((resolve) => setTimeout(resolve, 400));
	const fetching = fetchingPeer(theirs, await temporaryFolder(t), {silenceMs: 300});
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching);
	let most = 0;
	const {bulk} = atFetcher.handlers;
	atFetcher.handlers.bulk = (...all) => {
		bulk(...all);
		const announced = atSupplier.sent.filter(({type}) => type === 'segment').length;
		const acked = atFetcher.sent.filter(({type}) => type === 'ack').length;
		most = Math.max(most, announced - acked);
	};
	await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
	t.is(most, 3);
});

test('cancelling keeps what has arrived', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = someProject(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching);
	const {bulk} = atFetcher.handlers;
	atFetcher.handlers.bulk = (...all) => {
		bulk(...all);
		if (atSupplier.objectBytes > 11 * mebibyte) void fetching.fetcher.cancel();
	};
	await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: atFetcher}), {message: 'aborted'});
	atFetcher.handlers.bulk = bulk;
	const {resumedBytes} = await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
	t.true(resumedBytes >= 4 * mebibyte);
	t.is(new Set(theirs.taken).size, theirs.taken.length);
});

test('a state that promises more than the store holds costs a second answer, no failure', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = someProject(mine);
	const folder = await temporaryFolder(t);
	const first = fetchingPeer(theirs, folder);
	const dying = connect(supplyingPeer(mine), first, {faults: {diesAfterBytes: 14 * mebibyte}});
	await t.throwsAsync(first.fetcher.fetch({commit, have: [], channel: dying.atFetcher}));
	const emptied = new FakeStore();
	const second = fetchingPeer(emptied, folder);
	const {atFetcher} = connect(supplyingPeer(mine), second);
	await second.fetcher.fetch({commit, have: [], channel: atFetcher});
	t.true(emptied.graph.isPresent(commit));
});

test('the second joiner gets the packs that were made for the first', async (t) => {
	const mine = new FakeStore();
	const commit = someProject(mine);
	const supplying = supplyingPeer(mine, await temporaryFolder(t));
	const made: number[] = [];
	while (made.length < 3) {
		const theirs = new FakeStore();
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const {atFetcher} = connect(supplying, fetching);
		await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
		t.true(theirs.graph.isPresent(commit));
		made.push(mine.packs);
	}
	t.is(new Set(made).size, 1);
	await supplying.supplier.close();
});

test('several peers are served side by side', async (t) => {
	const mine = new FakeStore();
	const commit = someProject(mine);
	const supplying = supplyingPeer(mine);
	const fetches = Array.from({length: 12}, async () => {
		const theirs = new FakeStore();
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const {atFetcher} = connect(supplying, fetching);
		await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
		return theirs.graph.isPresent(commit);
	});
	t.true((await Promise.all(fetches)).every(Boolean));
});

const largest = 2 ** 52;
type Segment = PeerMessageOf<'segment'>;
for (const [what, change] of [
	['too many bytes', {bytes: 100 * mebibyte}],
	['no bytes', {bytes: 0}],
	['a wrong checksum', {sha256: '0'.repeat(64)}],
	['a wrong count', {objects: 4}],
	['no objects', {objects: 0}],
	['more object bytes than planned', {object_bytes: mebibyte}],
	['more object bytes than a segment may have', {object_bytes: largest}],
	['an index that skips one', {index: 1}],
] as const satisfies readonly (readonly [string, Partial<Segment>])[]) {
	test(`a segment with ${what} is hostile`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const commit = mine.commit({file: 'text'});
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const {atFetcher} = connect(supplyingPeer(mine), fetching, {
			faults: {tamper: (message) => [message.type === 'segment' ? {...message, ...change} : message]},
		});
		const error = await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: atFetcher}));
		t.like(error, {code: 'hostile_data', severity: 'hostile'});
		t.false(theirs.graph.isPresent(commit));
	});
}

for (const tier of bothWays) {
	test(`changed bytes over ${tier} are hostile and never let in`, async (t) => {
		const [mine, theirs] = [new FakeStore(), new FakeStore()];
		const commit = someProject(mine);
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		let passed = 0;
		const tamperBytes = (bytes: Uint8Array) => {
			passed += bytes.byteLength;
			if (passed > 8 * mebibyte && bytes.byteLength > 0) bytes[0]! ^= 1;
			return bytes;
		};
		const {atFetcher} = connect(supplyingPeer(mine), fetching, {tier, faults: {tamperBytes}});
		const error = await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: atFetcher}));
		t.like(error, {code: 'hostile_data', severity: 'hostile'});
		t.true(theirs.taken.every((oid) => mine.disk.objects.has(oid)));
	});
}

test('nobody is accused when an object of two sources is wrong, and it is fetched anew', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit({large: randomBytes(20 * mebibyte)});
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const lying = connect(supplyingPeer(mine), fetching, {
		peerId: 'lying',
		faults: {tamperBytes: (bytes) => bytes.fill(7), diesAfterBytes: 9 * mebibyte},
	});
	await t.throwsAsync(fetching.fetcher.fetch({commit, have: [], channel: lying.atFetcher}));
	const honest = connect(supplyingPeer(mine), fetching, {peerId: 'honest'});
	const wanted = {commit, have: [], channel: honest.atFetcher};
	const error = await t.throwsAsync(fetching.fetcher.fetch(wanted));
	t.like(error, {code: 'damaged_object', severity: 'transient'});
	await fetching.fetcher.fetch(wanted);
	t.true(theirs.graph.isPresent(commit));
});
