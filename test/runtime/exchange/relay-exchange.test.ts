import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {promisify} from 'node:util';
import anyTest, {type ExecutionContext} from 'ava';
import {Store} from '../../../source/git/store.js';
import {type Oid} from '../../../source/protocol/content.js';
import {type Event} from '../../../source/core/event.js';
import {ExchangeDesk} from '../../../source/runtime/exchange-desk.js';
import {waitUntil} from '../../helpers/wait.js';
import {openStore, RelayedPeers, writeSnapshot} from './relay-exchange.js';
import {fetchingPeer, supplyingPeer, switchOver} from './two-peers.js';

const test = anyTest.serial;
const run = promisify(execFile);
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const tunnelTiers = ['proxy', 'json'] as const;

/** Texts, empty files, files around the sizes at which the way they travel changes, one in parts. */
function someFiles(): Map<string, Uint8Array> {
	const files = new Map<string, Uint8Array>();
	for (let index = 0; index < 200; index++)
		files.set(`texts/${index % 7}/${index}.txt`, Buffer.from(`${index}\n`));
	for (const [name, size] of Object.entries({
		empty: 0,
		'one piece': 64 * kibibyte,
		'two pieces': 64 * kibibyte + 1,
		held: mebibyte,
		grown: mebibyte + 1,
		large: 3 * mebibyte,
		segment: 8 * mebibyte,
		parts: 8 * mebibyte + 1,
	})) {
		files.set(`sizes/${name}`, randomBytes(size));
	}
	return files;
}

/** Several times what may be under way at once, so that whatever happens in the middle happens before the end. */
function manyFiles(): Map<string, Uint8Array> {
	const files = someFiles();
	for (let index = 0; index < 24; index++) files.set(`more/${index}`, randomBytes(2 * mebibyte));
	return files;
}

async function assertEqual(t: ExecutionContext, mine: Store, theirs: Store, commit: Oid) {
	const {tree} = await mine.readCommit(commit);
	t.deepEqual(await theirs.readCommit(commit), await mine.readCommit(commit));
	t.deepEqual(await theirs.listTree(tree), await mine.listTree(tree));
	await theirs.writeHead(commit);
	const {stdout} = await run('git', [
		`--git-dir=${theirs.gitDir}`,
		'fsck',
		'--strict',
		'--full',
		'--no-dangling',
	]);
	t.is(stdout, '');
}

for (const tier of tunnelTiers) {
	test(`over ${tier} and a real relay a joiner gets the snapshot, then changes, and git finds it sound`, async (t) => {
		const {store: mine} = await openStore(t);
		const {store: theirs, folder} = await openStore(t);
		const peers = await RelayedPeers.open(t);
		let former = await writeSnapshot(mine, new Map([['old', Buffer.from('behind the boundary')]]));
		for (let index = 0; index < 3; index++) former = await writeSnapshot(mine, new Map(), former);
		const commit = await writeSnapshot(mine, someFiles(), former);
		const fetching = fetchingPeer(theirs, folder);
		const {atFetcher} = await peers.connect(tier, supplyingPeer(mine), fetching);
		const first = await fetching.fetcher.fetch({commit, have: [], channel: atFetcher});
		t.is(first.objects, (await mine.enumerate(commit, {have: []})).objects.length);
		await assertEqual(t, mine, theirs, commit);
		t.deepEqual(theirs.graph.boundary(), [commit]);
		t.true(theirs.graph.has(former) && !theirs.graph.isPresent(former));

		const next = await writeSnapshot(mine, new Map([['texts/1/1.txt', Buffer.from('changed\n')]]), commit);
		const before = atFetcher.bytesIn;
		const second = await fetching.fetcher.fetch({commit: next, have: [commit], channel: atFetcher});
		t.is(second.objects, 5);
		t.true(atFetcher.bytesIn - before < 8 * kibibyte);
		await assertEqual(t, mine, theirs, next);
	});

	test(`over ${tier} a first transfer goes on after a restart without sending again what arrived`, async (t) => {
		const {store: mine} = await openStore(t);
		const {store: theirs, folder} = await openStore(t);
		const peers = await RelayedPeers.open(t);
		const commit = await writeSnapshot(mine, manyFiles());
		const first = fetchingPeer(theirs, folder);
		const dying = await peers.connect(tier, supplyingPeer(mine), first, (channel) => {
			if ((first.progress.at(-1)?.doneBytes ?? 0) > 8 * mebibyte) channel.close('over');
		});
		await t.throwsAsync(first.fetcher.fetch({commit, have: [], channel: dying.atFetcher}), {
			message: 'carrier_lost',
		});
		const done = first.progress.at(-1)!.doneBytes;
		await theirs.close();

		const restarted = await Store.open(folder);
		const second = fetchingPeer(restarted, folder);
		const {atFetcher} = await peers.connect(tier, supplyingPeer(mine), second);
		const result = await second.fetcher.fetch({commit, have: [], channel: atFetcher});
		t.is(result.resumedBytes, done);
		const total = (await mine.enumerate(commit, {have: []})).bytes;
		t.is(result.bytes, total - done);
		await assertEqual(t, mine, restarted, commit);
		await restarted.close();
	});
}

for (const [from, to] of [
	['proxy', 'json'],
	['json', 'proxy'],
] as const) {
	test(`a transfer through a real relay moves from ${from} to ${to} and each byte is sent once`, async (t) => {
		const {store: mine} = await openStore(t);
		const {store: theirs, folder} = await openStore(t);
		const peers = await RelayedPeers.open(t);
		const commit = await writeSnapshot(mine, manyFiles());
		const supplying = supplyingPeer(mine);
		const fetching = fetchingPeer(theirs, folder);
		const better = await peers.connect(to, supplying, fetching);
		let handedOver: Promise<void> | undefined;
		const old = await peers.connect(from, supplying, fetching, (channel) => {
			if ((fetching.progress.at(-1)?.doneBytes ?? 0) < 4 * mebibyte) return;
			handedOver ??= switchOver(fetching, channel, better.atFetcher);
		});
		const result = await fetching.fetcher.fetch({commit, have: [], channel: old.atFetcher});
		await handedOver;
		t.truthy(handedOver);
		t.is(result.bytes, (await mine.enumerate(commit, {have: []})).bytes);
		// How much the old path still carries depends on how fast it is.
		t.true(better.atFetcher.bytesIn > 256 * kibibyte, `${better.atFetcher.bytesIn} bytes`);
		await assertEqual(t, mine, theirs, commit);
	});
}

test('through a real relay a transfer outlives three switches and two lost carriers, and its progress only goes on', async (t) => {
	t.timeout(60_000);
	const {store: mine, folder: myFolder} = await openStore(t);
	const {store: theirs, folder} = await openStore(t);
	const peers = await RelayedPeers.open(t);
	const commit = await writeSnapshot(mine, manyFiles());
	const events: Event[] = [];
	const deskOf = (store: Store, of: string) =>
		new ExchangeDesk({
			store,
			have: () => [],
			wantFile: `${of}/want.json`,
			cacheFolder: `${of}/packs`,
			isAbout: () => true,
			dispatch: (event) => events.push(event),
		});
	const [supplying, fetching] = [deskOf(mine, myFolder), deskOf(theirs, folder)];
	const open = async (tier: 'proxy' | 'json') => peers.open(tier, supplying.callbacks, fetching.callbacks);
	const doneBytes = () => {
		const last = events.findLast((event) => event.type === 'transfer-progressed' && event.direction === 'in');
		return last?.type === 'transfer-progressed' ? last.doneBytes : 0;
	};
	const hasEnded = () => events.some(({type}) => type === 'fetch-ended');
	/** False if the transfer was over first. */
	const grows = async (byBytes: number) => {
		const target = doneBytes() + byBytes;
		await waitUntil('more of the transfer', () => doneBytes() >= target || hasEnded());
		return !hasEnded();
	};

	let path = await open('proxy');
	const running = fetching.fetch({fetch: 1, commit, whole: false}, path.atFetcher);
	let changes = 0;
	for (const [tier, how] of [
		['json', 'switch'],
		['proxy', 'lost'],
		['json', 'lost'],
		['proxy', 'switch'],
		['proxy', 'switch'],
	] as const) {
		if (!(await grows(2 * mebibyte))) break;
		changes++;
		const former = path;
		if (how === 'lost') former.atSupplier.close('cable pulled');
		path = await open(tier);
		supplying.moveTo(path.atSupplier);
		fetching.moveTo(path.atFetcher);
		const drained = Promise.all([
			supplying.drained(former.atSupplier, 10_000),
			fetching.drained(former.atFetcher, 10_000),
		]);
		if (how === 'switch') void drained.then(() => former.atFetcher.close('switched'));
		await former.atFetcher.closed;
	}
	await running;
	t.true(changes >= 3, `${changes} changes of the path`);
	await assertEqual(t, mine, theirs, commit);
	t.like(
		events.find(({type}) => type === 'fetch-ended'),
		{type: 'fetch-ended', commit, code: undefined},
	);
	for (const direction of ['in', 'out'] as const) {
		const told = events.filter(
			(event) => event.type === 'transfer-progressed' && event.direction === direction,
		) as readonly Extract<Event, {type: 'transfer-progressed'}>[];
		t.true(told.every((event, at) => at === 0 || event.doneBytes >= told[at - 1]!.doneBytes));
		// Two carriers were lost; who switches loses at most the first piece of an object.
		t.true(told.at(-1)!.resentBytes <= 2 * 9 * mebibyte + 5 * 64 * kibibyte);
	}
	await Promise.all([supplying.stop(), fetching.stop()]);
});
