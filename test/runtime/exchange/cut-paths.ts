/**
 * Paths between a supplying and a fetching peer for tests of switches: real channels over carriers in memory, tier json
 * with its real lane of objects, that break at a byte of the test's choice.
 */
import {type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {type Tier} from '../../../source/protocol/tiers.js';
import {type Carrier} from '../../../source/transport/carrier.js';
import {createMemoryCarriers} from '../../../source/transport/memory-carrier.js';
import {type LanePort, SealedLane} from '../../../source/transport/object-lane.js';
import {openPeerChannel} from '../../../source/transport/open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from '../../../source/transport/peer-channel.js';
import {type SecureChannel} from '../../../source/transport/secure-channel.js';
import {createSecret, deriveSession} from '../../../source/transport/session-keys.js';
import {createPair, helloOf, type Person} from '../../transport/support/peers.js';

export type Cut = {
	/** Whose incoming bytes are counted. */
	readonly towards: 'fetcher' | 'supplier';
	readonly afterBytes: number;
	/**
	 * `supplier`, `fetcher`: that end breaks, and the other one notices. `hole`: nothing passes any more, and both notice a
	 * little later. `switch`: nothing breaks; a better path is there.
	 */
	readonly kind: 'supplier' | 'fetcher' | 'hole' | 'switch';
};

export type Path = {
	readonly atSupplier: PeerChannel;
	readonly atFetcher: PeerChannel;
	/** Resolves when another path is needed. */
	readonly over: Promise<void>;
};

/** Until both ends notice a hole: the heartbeat's part here. */
const noticeMs = 60;

type Side = 'supplier' | 'fetcher';
const otherSide = {supplier: 'fetcher', fetcher: 'supplier'} as const;

export class CutPaths {
	/** Cuts that came to pass. */
	cuts = 0;
	/** Bytes of packs, parts and objects that arrived. */
	deliveredBytes = 0;
	/** Bytes of the largest segment or part that was announced. */
	largestUnit = 0;
	readonly #people: Record<Side, Person>;
	readonly #callbacks: Record<Side, PeerCallbacks>;
	readonly #keys;
	#generation = 0;

	constructor(callbacks: Record<Side, PeerCallbacks>) {
		const [fetcher, supplier] = createPair();
		this.#people = {fetcher, supplier};
		this.#callbacks = callbacks;
		const founderPublicKey = supplier.identity.publicKey;
		this.#keys = deriveSession({secret: createSecret(), founderPublicKey});
	}

	/** Rejects where the cut comes before the channel is open. */
	async open(tier: Tier, cut?: Cut): Promise<Path> {
		const generation = ++this.#generation;
		const [supplier, fetcher] = createMemoryCarriers({tier, generation});
		const carriers: Record<Side, Carrier> = {supplier, fetcher};
		const lanes: Partial<Record<Side, SealedLane>> = {};
		let settleOver = (): void => undefined;
		const over = new Promise<void>((resolve) => (settleOver = resolve));
		const wire = new Wire(cut, () => {
			this.cuts++;
			if (cut?.kind === 'switch') settleOver();
			else if (cut?.kind === 'hole') {
				setTimeout(() => {
					for (const carrier of [supplier, fetcher]) carrier.destroy();
				}, noticeMs);
			} else if (cut) carriers[cut.kind].destroy();
		});
		for (const side of ['supplier', 'fetcher'] as const) wire.attach(otherSide[side], carriers[side]);
		const open = async (side: Side): Promise<PeerChannel> => {
			const other = this.#people[otherSide[side]];
			const port = lanePort(wire, otherSide[side], (message) => {
				const from = this.#people[side].identity.peerId;
				lanes[otherSide[side]]?.receive({...message, session_id: 's', from_peer_id: from});
			});
			const makeLane = (secure: SecureChannel) =>
				(lanes[side] = new SealedLane({
					secure,
					port,
					sessionId: this.#keys.sessionId,
					generation,
					self: this.#people[side].identity.peerId,
					peerId: other.identity.peerId,
				}));
			return openPeerChannel({
				carrier: carriers[side],
				role: side === 'fetcher' ? 'client' : 'server',
				psk: this.#keys.psk,
				sessionId: this.#keys.sessionId,
				identity: this.#people[side].identity,
				instance: this.#people[side].instance,
				peer: {peerId: other.identity.peerId, instance: other.instance},
				hello: helloOf(this.#people[side].name),
				callbacks: side === 'fetcher' ? this.#counting(settleOver) : this.#callbacks.supplier,
				...(tier === 'json' ? {makeLane} : {}),
			});
		};
		const ends = await Promise.allSettled([open('supplier'), open('fetcher')]);
		const [atSupplier, atFetcher] = ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
		if (atSupplier && atFetcher) return {atSupplier, atFetcher, over};
		for (const carrier of [supplier, fetcher]) carrier.destroy();
		throw new Error('cut before it was open');
	}

	/** The fetcher's callbacks; what comes is counted. */
	#counting(ended: () => void): PeerCallbacks {
		const fetcher = this.#callbacks.fetcher;
		return {
			message: (channel, said) => {
				this.#noteUnit(said);
				fetcher.message(channel, said);
			},
			bulk: (channel, kind, header, bytes) => {
				this.deliveredBytes += bytes.byteLength;
				fetcher.bulk(channel, kind, header, bytes);
			},
			objects: (channel, chunk) => {
				for (const {bytes} of chunk.objects) this.deliveredBytes += bytes.byteLength;
				fetcher.objects?.(channel, chunk);
			},
			closed: (channel, end) => {
				fetcher.closed(channel, end);
				ended();
			},
		};
	}

	#noteUnit(said: PeerMessage): void {
		if (said.type === 'segment' || said.type === 'part')
			this.largestUnit = Math.max(this.largestUnit, said.bytes);
	}
}

/** Counts what passes and breaks where it is told to. */
class Wire {
	readonly #cut: Cut | undefined;
	readonly #happen: () => void;
	#left: number;
	#isBroken = false;

	constructor(cut: Cut | undefined, happen: () => void) {
		this.#cut = cut;
		this.#left = cut?.afterBytes ?? Infinity;
		this.#happen = happen;
	}

	/** How many of these bytes pass. */
	pass(towards: Side, bytes: number): number {
		if (this.#isBroken) return 0;
		if (towards !== this.#cut?.towards || this.#left === Infinity) return bytes;
		if (bytes < this.#left) {
			this.#left -= bytes;
			return bytes;
		}
		const passing = this.#cut.kind === 'switch' ? bytes : this.#left;
		this.#left = Infinity;
		this.#isBroken = this.#cut.kind !== 'switch';
		setImmediate(this.#happen);
		return passing;
	}

	/** From now on what is written to this carrier, towards that side, goes over the wire. */
	attach(towards: Side, carrier: Carrier): void {
		const write = carrier._write.bind(carrier);
		carrier._write = (chunk: Buffer, encoding, callback) => {
			const passing = this.pass(towards, chunk.byteLength);
			if (passing === 0) callback();
			else write(chunk.subarray(0, passing), encoding, callback);
		};
	}
}

type LaneMessage = Parameters<LanePort['bulk']>[0];

/** The relay's part of tier json: messages pass as a whole or not at all. */
function lanePort(wire: Wire, towards: Side, deliver: (message: LaneMessage) => void): LanePort {
	const pass = (message: LaneMessage): number => {
		const objects = message.type === 'git_objects_chunk' ? message.objects : [];
		const size = objects.reduce((sum, {data}) => sum + data.length, 200);
		if (wire.pass(towards, size) < size) return 0;
		setImmediate(() => deliver(message));
		return size;
	};
	return {
		control: (message) => void pass(message),
		bulk: (message) =>
			new Promise((resolve) => {
				// Of what a broken way does not take nobody ever hears.
				const size = pass(message);
				if (size > 0) setImmediate(() => resolve(size));
			}),
	};
}
