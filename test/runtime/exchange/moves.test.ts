import anyTest from 'ava';
import {FakeStore} from './fake-store.js';
import {connect, fetchingPeer, supplyingPeer, temporaryFolder} from './two-peers.js';

const test = anyTest.serial;

test('a fetch that moves while its plan is still made asks on the new channel at once', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit({file: 'text'});
	const enumerate = mine.enumerate.bind(mine);
	let counted = 0;
	let makePlan = (): void => undefined;
	const mayPlan = new Promise<void>((resolve) => (makePlan = resolve));
	mine.enumerate = async (...all) => {
		counted++;
		await mayPlan;
		return enumerate(...all);
	};
	const supplying = supplyingPeer(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const old = connect(supplying, fetching);
	const better = connect(supplying, fetching);
	const {message} = old.atSupplier.handlers;
	old.atSupplier.handlers.message = (channel, said) => {
		message(channel, said);
		if (said.type === 'want') fetching.fetcher.moveTo(better.atFetcher);
	};
	const atBetter = better.atSupplier.handlers.message;
	better.atSupplier.handlers.message = (channel, said) => {
		atBetter(channel, said);
		if (said.type === 'want') makePlan();
	};
	await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
	t.true(theirs.graph.isPresent(commit));
	t.is(counted, 1);
	t.deepEqual(
		old.atSupplier.sent.map(({type}) => type),
		['end'],
	);
});

test('a fetch that moves while the ids behind its boundary come still learns them all', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	let commit = mine.commit({file: '0'});
	for (let index = 1; index < 1000; index++) commit = mine.commit({file: `${index}`}, [commit]);
	const supplying = supplyingPeer(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const old = connect(supplying, fetching);
	const better = connect(supplying, fetching);
	const {message} = old.atFetcher.handlers;
	old.atFetcher.handlers.message = (channel, said) => {
		message(channel, said);
		if (said.type === 'graph') fetching.fetcher.moveTo(better.atFetcher);
	};
	const {resentBytes} = await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
	t.is(theirs.disk.graph.size, 1000);
	t.is(resentBytes, 0);
	t.is(new Set(theirs.taken).size, theirs.taken.length);
});

test('a next channel that dies before it was used is forgotten, and the fetch goes on', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit({one: Buffer.alloc(3_000_000, 'a'), other: Buffer.alloc(3_000_000, 'b')});
	const supplying = supplyingPeer(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t));
	const old = connect(supplying, fetching);
	const better = connect(supplying, fetching);
	const {bulk} = old.atFetcher.handlers;
	let moved = false;
	old.atFetcher.handlers.bulk = (...all) => {
		bulk(...all);
		if (moved) return;
		moved = true;
		fetching.fetcher.moveTo(better.atFetcher);
		better.atSupplier.close();
	};
	await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
	t.true(theirs.graph.isPresent(commit));
});

test('a fetch whose channel died while it read its state notices, and waits for the next one', async (t) => {
	const [mine, theirs] = [new FakeStore(), new FakeStore()];
	const commit = mine.commit({file: 'text'});
	const supplying = supplyingPeer(mine);
	const fetching = fetchingPeer(theirs, await temporaryFolder(t), {graceMs: 10_000});
	const dead = connect(supplying, fetching);
	const fetched = fetching.fetcher.fetch({commit, have: [], channel: dead.atFetcher});
	fetching.fetcher.closed(dead.atFetcher);
	t.true(await fetching.fetcher.released(connect(supplying, fetching).atFetcher, 0));
	fetching.fetcher.moveTo(connect(supplying, fetching).atFetcher);
	await fetched;
	t.true(theirs.graph.isPresent(commit));
	t.false(dead.atFetcher.sent.some(({type}) => type === 'want'));
});

test('packs that were made for a channel that died are not made again for the next one', async (t) => {
	const mine = new FakeStore();
	const theirs = new FakeStore();
	const files = Object.fromEntries(
		Array.from({length: 12}, (_, index) => [`${index}`, Buffer.alloc(1_500_000, `${index} `)]),
	);
	const former = mine.commit({old: 'text'});
	theirs.commit({old: 'text'});
	const commit = mine.commit(files, [former]);
	const supplying = supplyingPeer(mine, await temporaryFolder(t));
	const fetching = fetchingPeer(theirs, await temporaryFolder(t), {graceMs: 10_000});
	const dying = connect(supplying, fetching, {faults: {diesAfterBytes: 2_000_000}});
	const next = connect(supplying, fetching);
	const {closed} = dying.atFetcher.handlers;
	dying.atFetcher.handlers.closed = (channel) => {
		closed(channel);
		fetching.fetcher.moveTo(next.atFetcher);
	};
	await fetching.fetcher.fetch({commit, have: [former], channel: dying.atFetcher});
	const sent = [...dying.atSupplier.sent, ...next.atSupplier.sent].filter(({type}) => type === 'segment');
	t.true(theirs.graph.isPresent(commit));
	t.true(sent.length >= mine.packs, `${sent.length} sent, ${mine.packs} made`);
	// On a busy machine the path may seem to be a slow one, which gets packs of its own.
	t.deepEqual(mine.made, [...new Set(mine.made)]);
});
