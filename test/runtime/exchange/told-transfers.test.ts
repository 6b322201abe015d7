/** What screens and scripts are told of transfers has an end, whichever way they went. */
import path from 'node:path';
import test from 'ava';
import {type Event} from '../../../source/core/event.js';
import {type Store} from '../../../source/git/store.js';
import {ExchangeDesk} from '../../../source/runtime/exchange-desk.js';
import {type PeerChannel} from '../../../source/transport/peer-channel.js';
import {waitUntil} from '../../helpers/wait.js';
import {FakeStore} from './fake-store.js';
import {fakeChannels} from './fake-channel.js';
import {supplierHandlers, supplyingPeer, temporaryFolder} from './two-peers.js';

type Told = Extract<Event, {type: 'transfer-progressed' | 'transfer-ended'}>;

/** The peers that a transfer is shown with, by what was told. */
function shown(events: readonly Event[]): readonly string[] {
	const peers = new Set<string>();
	for (const event of events) {
		if (event.type !== 'transfer-progressed' && event.type !== 'transfer-ended') continue;
		const {type, peerId, direction}: Told = event;
		if (direction !== 'in') continue;
		if (type === 'transfer-progressed') peers.add(peerId);
		else peers.delete(peerId);
	}
	return [...peers];
}

async function openDesk(t: Parameters<typeof temporaryFolder>[0]) {
	const folder = await temporaryFolder(t);
	const events: Event[] = [];
	const store = new FakeStore();
	const desk = new ExchangeDesk({
		store: store as unknown as Store,
		have: () => [],
		wantFile: path.join(folder, 'want.json'),
		cacheFolder: path.join(folder, 'packs'),
		isAbout: () => true,
		dispatch: (event) => events.push(event),
	});
	t.teardown(async () => desk.stop());
	return {desk, events, store};
}

/** A peer with this store and a channel to it; its ends are those of the supplier and of the desk. */
function peerOf(mine: FakeStore, desk: ExchangeDesk, peerId: string) {
	const [atSupplier, atDesk] = fakeChannels({otherPeerId: peerId});
	atSupplier.handlers = supplierHandlers(supplyingPeer(mine));
	atDesk.handlers = desk.callbacks as unknown as typeof atDesk.handlers;
	return {atSupplier, channel: atDesk as unknown as PeerChannel, atDesk};
}

const large = (byte: string) => Buffer.alloc(3_000_000, byte);

test('a version that was fetched for a restore is no transfer any more', async (t) => {
	const mine = new FakeStore();
	const commit = mine.commit({one: large('a'), other: large('b')});
	const {desk, events, store} = await openDesk(t);
	await desk.fetchAside(commit, peerOf(mine, desk, 'ada').channel, 30_000);
	t.true(store.graph.isPresent(commit));
	t.true(events.some(({type}) => type === 'transfer-progressed'));
	t.deepEqual(shown(events), []);
});

test('a transfer that went on from another peer is none with the former one', async (t) => {
	const mine = new FakeStore();
	const commit = mine.commit({one: large('a'), two: large('b'), three: large('c')});
	const {desk, events} = await openDesk(t);
	const [ada, bob] = ['ada', 'bob'].map((name) => peerOf(mine, desk, name)) as [
		ReturnType<typeof peerOf>,
		ReturnType<typeof peerOf>,
	];
	const {bulk} = ada.atDesk.handlers;
	let hasDied = false;
	ada.atDesk.handlers = {
		...ada.atDesk.handlers,
		bulk(...all) {
			bulk(...all);
			if (hasDied) return;
			hasDied = true;
			ada.atSupplier.close('died');
			desk.moveFetch(bob.channel);
		},
	};
	const fetched = desk.fetch({fetch: 1, commit, whole: false}, ada.channel);
	await fetched;
	t.true(hasDied);
	await waitUntil('its end', () => events.some(({type}) => type === 'fetch-ended'));
	t.like(
		events.find(({type}) => type === 'fetch-ended'),
		{code: undefined},
	);
	t.deepEqual(shown(events), []);
});
