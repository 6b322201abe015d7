/** One process of bench/transfer.ts: the relay, the peer that supplies, the one that fetches, or both in one. */
import path from 'node:path';
import {createMemoryCarriers} from '../source/transport/memory-carrier.js';
import {importIdentity, type Identity} from '../source/transport/identity.js';
import {openCarrier} from '../source/transport/open-carrier.js';
import {openPeerChannel} from '../source/transport/open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from '../source/transport/peer-channel.js';
import {connectRelay} from '../source/transport/relay-socket.js';
import {deriveSession} from '../source/transport/session-keys.js';
import {type Hello, type PeerMessage} from '../source/protocol/peer-messages.js';
import {type Oid} from '../source/protocol/content.js';
import {tiers} from '../source/protocol/tiers.js';
import {Store} from '../source/git/store.js';
import {startRelay} from '../relay/start-relay.js';
import {Fetcher} from '../source/runtime/exchange/fetcher.js';
import {Supplier} from '../source/runtime/exchange/supplier.js';
import {makeProject, type ProjectSize} from './transfer-project.js';

/** What one process is told; keys as PEM. */
export type PeerTask = {
	readonly folder: string;
	readonly size: ProjectSize;
	readonly tier: 'memory' | 'proxy' | 'json';
	readonly relayUrl: string;
	readonly secret: string;
	/** Of the supplying peer, which founds the session and leads, and of the fetching one. */
	readonly keys: readonly [supplier: string, fetcher: string];
};

export type Told =
	| {readonly type: 'listening'; readonly url: string}
	| {readonly type: 'ready'; readonly commit: Oid}
	| {
			readonly type: 'done';
			readonly tookMs: number;
			readonly objects: number;
			readonly bytes: number;
			readonly wireBytes: number;
	  }
	| {readonly type: 'memory'; readonly maxRssBytes: number};

const instances = ['supplier', 'fetcher'] as const;

export async function runRelay(): Promise<void> {
	const relay = await startRelay({host: '127.0.0.1', port: 0});
	tell({type: 'listening', url: relay.url});
}

export async function runSupplier(task: PeerTask): Promise<void> {
	const {store, commit} = await makeProject(task.folder, task.size);
	const channel = open(task, 0, supplierCallbacks(store, task));
	tell({type: 'ready', commit});
	await channel;
}

export async function runFetcher(task: PeerTask, commit: Oid): Promise<void> {
	const {callbacks, fetcher} = await makeFetcher(task);
	const channel = await open(task, 1, callbacks);
	await fetchAll(fetcher, channel, commit);
}

/** Both ends in one process, over a carrier in memory: what the exchange, TLS and the stores cost by themselves. */
export async function runBoth(task: PeerTask): Promise<void> {
	const {store, commit} = await makeProject(path.join(task.folder, 'supplier'), task.size);
	const {callbacks, fetcher} = await makeFetcher({...task, folder: path.join(task.folder, 'fetcher')});
	const [one, other] = createMemoryCarriers();
	const identities = task.keys.map((key) => importIdentity(key)) as [Identity, Identity];
	const {psk, sessionId} = sessionOf(task, identities[0]);
	const end = async (self: 0 | 1, carrier: typeof one, told: PeerCallbacks) =>
		openPeerChannel({
			carrier,
			role: self === 0 ? 'client' : 'server',
			psk,
			sessionId,
			identity: identities[self],
			instance: instances[self],
			peer: {peerId: identities[self === 0 ? 1 : 0].peerId, instance: instances[self === 0 ? 1 : 0]},
			hello,
			callbacks: told,
		});
	const [, channel] = await Promise.all([
		end(0, one, supplierCallbacks(store, task)),
		end(1, other, callbacks),
	]);
	await fetchAll(fetcher, channel, commit);
}

export function tellMemory(): void {
	tell({type: 'memory', maxRssBytes: process.resourceUsage().maxRSS * 1024});
}

function tell(told: Told): void {
	process.send?.(told);
}

const hello: Hello = {
	type: 'hello',
	name: 'bench',
	role: 'member',
	versions: [1, 1],
	tiers: [...tiers],
	addresses: [],
	relay_urls: [],
	capabilities: [],
};

function sessionOf(task: PeerTask, founder: Identity) {
	return deriveSession({secret: Buffer.from(task.secret, 'hex'), founderPublicKey: founder.publicKey});
}

/** Connects to the relay and opens the channel; the supplying peer leads. */
async function open(task: PeerTask, self: 0 | 1, callbacks: PeerCallbacks): Promise<PeerChannel> {
	const identities = task.keys.map((key) => importIdentity(key)) as [Identity, Identity];
	const founder = identities[0];
	const session = sessionOf(task, founder);
	const other = self === 0 ? 1 : 0;
	let begin: () => void = () => undefined;
	const begun = new Promise<void>((resolve) => (begin = resolve));
	const relay = await connectRelay({
		url: task.relayUrl,
		identity: identities[self],
		instance: instances[self],
		name: 'bench',
		session: {
			sessionId: session.sessionId,
			admissionToken: session.admissionToken,
			founderKey: founder.publicKey,
		},
		mode: self === 0 ? 'create' : 'join',
		callbacks: {
			message: (message) => message.type === 'peer_joined' && begin(),
			carrierRequested: begin,
			closed: () => process.exit(),
		},
	});
	tell({type: 'listening', url: task.relayUrl});
	await begun;
	return openCarrier({
		relay,
		tier: task.tier === 'json' ? 'json' : 'proxy',
		peer: {
			peerId: identities[other].peerId,
			publicKey: identities[other].publicKey,
			instance: instances[other],
		},
		generation: 1,
		leader: self === 0,
		tiers,
		identity: identities[self],
		keys: session,
		hello,
		callbacks,
	});
}

function supplierCallbacks(store: Store, task: PeerTask): PeerCallbacks {
	const cacheFolder = path.join(task.folder, 'cache');
	const supplier = new Supplier({store, cacheFolder, onProgress: () => undefined});
	return {
		message(channel, message) {
			if (message.type === 'want') supplier.want(channel, message);
			else if (message.type === 'ack') supplier.ack(channel, message);
			else if (message.type === 'cancel') supplier.cancel(channel, message);
		},
		bulk: () => undefined,
		closed: (channel) => supplier.closed(channel),
	};
}

async function makeFetcher(task: PeerTask): Promise<{callbacks: PeerCallbacks; fetcher: Fetcher}> {
	const store = await Store.open(task.folder);
	const fetcher = new Fetcher({
		store,
		statePath: path.join(task.folder, 'want.json'),
		onProgress: () => undefined,
	});
	const callbacks: PeerCallbacks = {
		message(channel, message) {
			if (isAnswer(message)) fetcher.message(channel, message);
		},
		bulk: (channel, kind, header, bytes) => fetcher.bulk(channel, kind, header, bytes),
		objects: (channel, chunk) => fetcher.objects(channel, chunk),
		closed: (channel) => fetcher.closed(channel),
	};
	return {callbacks, fetcher};
}

async function fetchAll(fetcher: Fetcher, channel: PeerChannel, commit: Oid): Promise<void> {
	const before = channel.bytesIn;
	const startedAt = performance.now();
	const {objects, bytes} = await fetcher.fetch({commit, have: [], channel});
	const tookMs = performance.now() - startedAt;
	tell({type: 'done', tookMs, objects, bytes, wireBytes: channel.bytesIn - before});
}

type Answer = Parameters<Fetcher['message']>[1];

function isAnswer(message: PeerMessage): message is Answer {
	return ['plan', 'graph', 'segment', 'part', 'end', 'want_failed'].includes(message.type);
}
