/** Large objects that changed: as deltas to who asked for them and has the base, whole to everybody else. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {type PeerMessage, type PeerMessageOf} from '../../../source/protocol/peer-messages.js';
import {type Arrived} from '../../../source/runtime/exchange/arrived.js';
import {Assembly} from '../../../source/runtime/exchange/assembly.js';
import {FakeStore} from './fake-store.js';
import {connect, fetchingPeer, supplyingPeer, temporaryFolder} from './two-peers.js';

const mebibyte = 1024 * 1024;

/** Two stores with a large file, and a change of it in the first. */
function makePair() {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const large = randomBytes(9 * mebibyte);
	const files = {large, small: 'small'};
	const former = mine.commit(files);
	theirs.commit(files);
	const changed = Buffer.from(large);
	changed.writeUInt8((large.readUInt8(9 * mebibyte - 5) + 1) % 256, 9 * mebibyte - 5);
	const commit = mine.commit({...files, large: changed}, [former]);
	return {mine, theirs, former, commit, changed};
}

const segments = (sent: readonly PeerMessage[]) =>
	sent.filter((message): message is PeerMessageOf<'segment'> => message.type === 'segment');

/** A peer of an earlier version: it says and knows nothing of deltas. */
function withoutDeltas(message: PeerMessage): readonly PeerMessage[] {
	if (message.type !== 'want') return [message];
	const {deltas: _, ...want} = message;
	return [want];
}

test('a large file that changed is sent as a delta, and counts as what it is', async (t) => {
	const {mine, theirs, former, commit, changed} = makePair();
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching);
	const result = await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
	t.true(theirs.graph.isPresent(commit));
	t.true(atSupplier.objectBytes < 1000, `${atSupplier.objectBytes}`);
	const {objects} = await mine.enumerate(commit, {have: [former]});
	const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
	t.true(bytes > changed.length);
	t.deepEqual(result, {objects: objects.length, bytes, resumedBytes: 0, resentBytes: 0});
	t.like(fetching.progress.at(-1), {doneBytes: bytes, totalBytes: bytes});
});

test('two peers that want the same delta cost one', async (t) => {
	const {mine, theirs, former, commit} = makePair();
	const other = new FakeStore({
		...theirs.disk,
		objects: new Map(theirs.disk.objects),
		present: new Set(theirs.disk.present),
	});
	const supplying = supplyingPeer(mine);
	await Promise.all(
		[theirs, other].map(async (store, at) => {
			const fetching = fetchingPeer(store, await temporaryFolder(t));
			const {atFetcher} = connect(supplying, fetching, {peerId: `peer-${at}`});
			await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
		}),
	);
	t.is(mine.deltas, 1);
});

for (const [who, options] of [
	['an earlier version', {tier: 'proxy'}],
	['tier json', {tier: 'json'}],
] as const) {
	test(`objects go whole to ${who}`, async (t) => {
		const {mine, theirs, former, commit, changed} = makePair();
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const supplying = supplyingPeer(mine);
		const {atFetcher, atSupplier} = connect(supplying, fetching, options);
		const {message} = atSupplier.handlers;
		atSupplier.handlers = {
			...atSupplier.handlers,
			message: (channel, said) => {
				for (const each of withoutDeltas(said)) message(channel, each);
			},
		};
		await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
		t.true(theirs.graph.isPresent(commit));
		t.true(atSupplier.objectBytes >= changed.length);
		t.true(segments(atSupplier.sent).every(({base}) => base === undefined));
		t.is(mine.deltas, 0);
	});
}

test('a first join asks for none', async (t) => {
	const {mine, commit} = makePair();
	const fetching = fetchingPeer(new FakeStore(), await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching);
	await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
	const wants = atFetcher.sent.filter((message) => message.type === 'want');
	t.true(wants.length === 1 && wants.every(({deltas}) => deltas === undefined));
});

test('where the base is gone the object comes whole after that, and nobody is blamed', async (t) => {
	const {mine, theirs, former, commit, changed} = makePair();
	const {objects} = await mine.enumerate(commit, {have: [former]});
	theirs.disk.objects.delete(objects.find(({base}) => base !== undefined)!.base!);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching);
	await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
	t.true(theirs.graph.isPresent(commit));
	t.true(atSupplier.objectBytes >= changed.length);
	const wants = atFetcher.sent.filter((message) => message.type === 'want');
	t.deepEqual(
		wants.map(({deltas}) => deltas ?? false),
		[true, false],
	);
});

test('a peer that cannot make a delta sends the object whole', async (t) => {
	const {mine, theirs, former, commit} = makePair();
	mine.packDelta = async () => {
		throw new Error('the base cannot be read');
	};
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const {atFetcher} = connect(supplyingPeer(mine), fetching);
	await fetching.fetcher.fetch({commit, have: [former], channel: atFetcher});
	t.true(theirs.graph.isPresent(commit));
});

test('a transfer that lost its path before the delta was stored gets it again, and all else once', async (t) => {
	const {mine, theirs, former, commit} = makePair();
	const folder = await temporaryFolder(t);
	const first = fetchingPeer(theirs, folder);
	const dying = connect(supplyingPeer(mine), first, {faults: {diesAfterBytes: 20}});
	await t.throwsAsync(first.fetcher.fetch({commit, have: [former], channel: dying.atFetcher}), {
		code: 'carrier_lost',
	});
	const second = fetchingPeer(theirs, folder);
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), second);
	await second.fetcher.fetch({commit, have: [former], channel: atFetcher});
	t.true(theirs.graph.isPresent(commit));
	t.true(atSupplier.objectBytes < 1000);
	t.is(new Set(theirs.taken).size, theirs.taken.length);
});

test('an object that is half here is not begun again as a delta', async (t) => {
	const {mine, theirs, former, commit, changed} = makePair();
	const folder = await temporaryFolder(t);
	const whole = supplyingPeer(mine);
	mine.packDelta = async () => undefined;
	const first = fetchingPeer(theirs, folder);
	const dying = connect(whole, first, {faults: {diesAfterBytes: 6 * mebibyte}});
	await t.throwsAsync(first.fetcher.fetch({commit, have: [former], channel: dying.atFetcher}), {
		code: 'carrier_lost',
	});
	const second = fetchingPeer(theirs, folder);
	const {atFetcher, atSupplier} = connect(supplyingPeer(mine), second);
	const result = await second.fetcher.fetch({commit, have: [former], channel: atFetcher});
	t.true(result.resumedBytes > 5 * mebibyte);
	t.true(atSupplier.objectBytes <= changed.length - result.resumedBytes + 1000);
	t.true(theirs.graph.isPresent(commit));
});

test('while a delta is worked on the next step is ours, and the peer is not taken for silent', (t) => {
	const arrived: Arrived[] = [];
	const units = new Assembly((unit) => arrived.push(unit), true);
	const header = {type: 'segment', request: 1, index: 0, bytes: 100, sha256: '', objects: 1} as const;
	const oid = 'ab'.repeat(20);
	units.announce({...header, object_bytes: mebibyte, up_to: {phase: 'blobs', oid}, base: oid});
	units.takeBulk('segment', {request: 1, index: 0, offset: 0}, Buffer.alloc(99));
	t.false(units.holdsAllItMay);
	units.takeBulk('segment', {request: 1, index: 0, offset: 99}, Buffer.alloc(1));
	t.is(arrived.length, 1);
	t.true(units.holdsAllItMay);
	units.stored(arrived, 0);
	t.false(units.holdsAllItMay);
});

for (const [what, change] of [
	['that was not asked for', {wanted: false}],
	['of several objects', {header: {objects: 2}}],
	['of a tree', {header: {up_to: {phase: 'trees', oid: 'ab'.repeat(20)}}}],
	['beyond all sizes', {header: {object_bytes: 2 ** 40}}],
	['that makes another size', {header: {object_bytes: 5}}],
] as const) {
	test(`a delta is hostile: one ${what}`, async (t) => {
		const {mine, theirs, former, commit} = makePair();
		const fetching = fetchingPeer(theirs, await temporaryFolder(t));
		const tamper = (message: PeerMessage): readonly PeerMessage[] =>
			message.type === 'segment' && message.base !== undefined && 'header' in change
				? [{...message, ...change.header}]
				: [message];
		const {atFetcher, atSupplier} = connect(supplyingPeer(mine), fetching, {faults: {tamper}});
		if ('wanted' in change) {
			const {message} = atSupplier.handlers;
			atSupplier.handlers = {
				...atSupplier.handlers,
				message: (channel, said) =>
					message(channel, said.type === 'want' ? {...said, have: [former], deltas: true} : said),
			};
		}
		const have = 'wanted' in change ? [] : [former];
		await t.throwsAsync(fetching.fetcher.fetch({commit, have, channel: atFetcher}), {code: 'hostile_data'});
		t.false(theirs.graph.isPresent(commit));
	});
}
