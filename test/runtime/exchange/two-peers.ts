/** A supplying and a fetching peer for tests of the exchange, and channels between them. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type ExecutionContext} from 'ava';
import {type Failure} from '../../../source/protocol/failure.js';
import {type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {type Tier} from '../../../source/protocol/tiers.js';
import {type Channel} from '../../../source/runtime/exchange/channel.js';
import {Fetcher} from '../../../source/runtime/exchange/fetcher.js';
import {type ObjectStore} from '../../../source/runtime/exchange/object-store.js';
import {type ExchangeProgress} from '../../../source/runtime/exchange/progress.js';
import {Supplier} from '../../../source/runtime/exchange/supplier.js';
import {fakeChannels, type FakeChannel, type Faults, type Handlers} from './fake-channel.js';

/** A folder that is gone after the test. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'pulsync-exchange-'));
	t.teardown(async () => rm(folder, {recursive: true, force: true}));
	return folder;
}

export type SupplyingPeer = {
	readonly supplier: Supplier;
	readonly progress: ExchangeProgress[];
	readonly failures: Failure[];
};
export type FetchingPeer = {
	readonly fetcher: Fetcher;
	readonly progress: ExchangeProgress[];
	readonly statePath: string;
};

export function supplyingPeer(store: ObjectStore, cacheFolder?: string): SupplyingPeer {
	const progress: ExchangeProgress[] = [];
	const failures: Failure[] = [];
	const supplier = new Supplier({
		store,
		cacheFolder,
		onProgress: (made) => progress.push(made),
		onFailed: (failure) => failures.push(failure),
	});
	return {supplier, progress, failures};
}

/** Without a grace a fetch ends with its channel, unless there is another one. */
export function fetchingPeer(
	store: ObjectStore,
	folder: string,
	{silenceMs = 5000, graceMs = 0}: {silenceMs?: number; graceMs?: number} = {},
): FetchingPeer {
	const progress: ExchangeProgress[] = [];
	const statePath = path.join(folder, 'want.json');
	const fetcher = new Fetcher({
		store,
		statePath,
		silenceMs,
		graceMs,
		onProgress: (made) => progress.push(made),
	});
	return {fetcher, progress, statePath};
}

/** What a supplying peer does with what comes. */
export function supplierHandlers({supplier}: SupplyingPeer): Handlers {
	return {
		message(channel: Channel, message: PeerMessage) {
			if (message.type === 'want') supplier.want(channel, message);
			else if (message.type === 'ack') supplier.ack(channel, message);
			else if (message.type === 'cancel') supplier.cancel(channel, message);
		},
		bulk: () => undefined,
		objects: () => undefined,
		closed: (channel) => supplier.closed(channel),
	};
}

/** What a fetching peer does with what comes. */
export function fetcherHandlers({fetcher}: FetchingPeer): Handlers {
	return {
		message(channel: Channel, message: PeerMessage) {
			switch (message.type) {
				case 'plan':
				case 'graph':
				case 'segment':
				case 'part':
				case 'end':
				case 'want_failed': {
					fetcher.message(channel, message);
					break;
				}
				default:
			}
		},
		bulk: (channel, kind, header, bytes) => fetcher.bulk(channel, kind, header, bytes),
		objects: (channel, chunk) => fetcher.objects(channel, chunk),
		closed: (channel) => fetcher.closed(channel),
	};
}

/** A channel between two peers; `atSupplier` is the end whose faults matter, as objects leave there. */
export function connect(
	supplying: SupplyingPeer,
	fetching: FetchingPeer,
	options: {tier?: Tier; faults?: Faults; peerId?: string} = {},
): {atSupplier: FakeChannel; atFetcher: FakeChannel} {
	const [atSupplier, atFetcher] = fakeChannels({...options, otherPeerId: options.peerId, peerId: undefined});
	atSupplier.handlers = supplierHandlers(supplying);
	atFetcher.handlers = fetcherHandlers(fetching);
	return {atSupplier, atFetcher};
}

/** Goes on over another channel; the old one closes when it is not needed any more. */
export async function switchOver(
	{fetcher}: FetchingPeer,
	from: Channel & {close(reason: string): void},
	to: Channel,
): Promise<void> {
	fetcher.moveTo(to);
	await fetcher.released(from, 10_000);
	from.close('handed over');
}
