/** Two peers with real stores and channels through a real relay. */
import {type ExecutionContext} from 'ava';
import {Store} from '../../../source/git/store.js';
import {formatContent, type Oid, type Value} from '../../../source/protocol/content.js';
import {tiers} from '../../../source/protocol/tiers.js';
import {type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {openCarrier} from '../../../source/transport/open-carrier.js';
import {type PeerCallbacks, type PeerChannel} from '../../../source/transport/peer-channel.js';
import {type TunnelTier} from '../../../source/transport/tunnel-hub.js';
import {helloOf} from '../../transport/support/peers.js';
import {openScene, type RelayPeer, type Scene} from '../../transport/support/relay-peers.js';
import {type FetchingPeer, type SupplyingPeer, temporaryFolder} from './two-peers.js';

export async function openStore(t: ExecutionContext): Promise<{store: Store; folder: string}> {
	const folder = await temporaryFolder(t);
	const store = await Store.open(folder);
	t.teardown(async () => store.close());
	return {store, folder};
}

/** A snapshot of these files, on top of the parent. */
export async function writeSnapshot(
	store: Store,
	files: ReadonlyMap<string, Uint8Array>,
	parent?: Oid,
): Promise<Oid> {
	const changes = new Map<string, Value>();
	for (const [path, bytes] of files) {
		changes.set(path, {contents: [formatContent('100644', await store.writeBlob(bytes))]});
	}
	const before = parent ? (await store.readCommit(parent)).tree : undefined;
	const tree = await store.writeTree(before, changes);
	const author = {name: 'Ann', peerId: 'a'.repeat(26)};
	const parents = parent ? [parent] : [];
	const commit = await store.writeCommit({tree, parents, author, atMs: 1000, message: 'snapshot'});
	await store.writeHead(commit);
	return commit;
}

export type RelayedChannels = {readonly atSupplier: PeerChannel; readonly atFetcher: PeerChannel};

/** The supplying peer is the leader, the fetching one the follower. */
export class RelayedPeers {
	readonly #scene: Scene;
	#generation = 0;

	private constructor(scene: Scene) {
		this.#scene = scene;
	}

	static async open(t: ExecutionContext): Promise<RelayedPeers> {
		const scene = await openScene();
		t.teardown(async () => scene.stop());
		return new RelayedPeers(scene);
	}

	/** `passed` is called with the fetching end after each slice or chunk. */
	async connect(
		tier: TunnelTier,
		{supplier}: SupplyingPeer,
		{fetcher}: FetchingPeer,
		passed: (channel: PeerChannel) => void = () => undefined,
	): Promise<RelayedChannels> {
		return this.open(
			tier,
			{
				message(channel, message) {
					if (message.type === 'want') supplier.want(channel, message);
					else if (message.type === 'ack') supplier.ack(channel, message);
					else if (message.type === 'cancel') supplier.cancel(channel, message);
				},
				bulk: () => undefined,
				closed: (channel) => supplier.closed(channel),
			},
			{
				message: (channel, message) => isAnswer(message) && fetcher.message(channel, message),
				bulk(channel, kind, header, bytes) {
					fetcher.bulk(channel, kind, header, bytes);
					passed(channel);
				},
				objects(channel, chunk) {
					fetcher.objects(channel, chunk);
					passed(channel);
				},
				closed: (channel) => fetcher.closed(channel),
			},
		);
	}

	/** A channel over the relay, with what its ends tell. */
	async open(tier: TunnelTier, supplier: PeerCallbacks, fetcher: PeerCallbacks): Promise<RelayedChannels> {
		const generation = ++this.#generation;
		const {leader, follower} = this.#scene;
		const leading = this.#openEnd(leader, follower, tier, generation, supplier);
		await follower.requested();
		const following = this.#openEnd(follower, leader, tier, generation, fetcher);
		const [atSupplier, atFetcher] = await Promise.all([leading, following]);
		return {atSupplier, atFetcher};
	}

	async #openEnd(
		self: RelayPeer,
		other: RelayPeer,
		tier: TunnelTier,
		generation: number,
		callbacks: PeerCallbacks,
	): Promise<PeerChannel> {
		const {identity, instance} = other.person;
		return openCarrier({
			relay: self.connection,
			tier,
			peer: {peerId: identity.peerId, publicKey: identity.publicKey, instance},
			generation,
			leader: self === this.#scene.leader,
			tiers,
			identity: self.person.identity,
			keys: this.#scene.keys,
			hello: helloOf(self.person.name),
			callbacks,
		});
	}
}

type Answer = Parameters<FetchingPeer['fetcher']['message']>[1];
const answers: ReadonlySet<string> = new Set(['plan', 'graph', 'segment', 'part', 'end', 'want_failed']);

function isAnswer(message: PeerMessage): message is Answer {
	return answers.has(message.type);
}
