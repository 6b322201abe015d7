/**
 * What peers tell each other through the relay while they look for a direct way: sealed on the way out, opened on the way
 * in, and kept for an attempt that the core has not opened here yet.
 */
import {type Event} from '../core/event.js';
import {type PeerId} from '../core/state.js';
import {type Failure} from '../protocol/failure.js';
import {type RelayMessageOf} from '../protocol/relay-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {type DirectSignal} from '../transport/direct/direct-signal.js';
import {type Signalling} from '../transport/direct/open-direct.js';
import {openSignal, sealSignal} from '../transport/direct/signal-seal.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {type SessionKeys} from '../transport/session-keys.js';
import {failureOfReason, tiersIn} from '../transport/tunnel-reason.js';

type ConnectionMessage = RelayMessageOf<'p2p_connection_request' | 'p2p_connection_response'>;

export type SignalBoxOptions = {
	readonly self: PeerId;
	readonly keys: SessionKeys;
	readonly relay: () => Pick<RelayConnection, 'send' | 'rttMs'> | undefined;
	readonly dispatch: (event: Event) => void;
};

/** Signals of one attempt that came before anybody listened, or after. */
type Box = {
	readonly generation: number;
	readonly early: DirectSignal[];
	listener?: (signal: DirectSignal) => void;
	refused?: (failure: Failure) => void;
	/** The answer that came before anybody waited for it. */
	failure?: Failure;
};

/** An attempt tells its candidates, its mapping, its description and when to start, some of it twice. */
const maxEarly = 16;
/** One box a peer. */
const maxBoxes = 64;

export class SignalBox {
	readonly #options: SignalBoxOptions;
	readonly #boxes = new Map<PeerId, Box>();

	constructor(options: SignalBoxOptions) {
		this.#options = options;
	}

	/**
	 * The way to tell the other side of an attempt something, or undefined without a relay. `refused` is called if the
	 * other side does not want it.
	 */
	open(
		{
			peerId,
			generation,
			leader,
			tiers,
		}: {
			readonly peerId: PeerId;
			readonly generation: number;
			readonly leader: boolean;
			readonly tiers: readonly Tier[];
		},
		refused: (failure: Failure) => void,
	): Signalling | undefined {
		const {relay, keys, self} = this.#options;
		const connection = relay();
		if (!connection) return undefined;
		const box = this.#boxOf(peerId, generation);
		box.refused = refused;
		if (box.failure) refused(box.failure);
		return {
			rttMs: 2 * connection.rttMs,
			send: (signal) => {
				relay()?.send({
					...sealSignal(signal, {keys, from: self, to: peerId}),
					type: leader ? 'p2p_connection_request' : 'p2p_connection_response',
					target_peer_id: peerId,
					ext: {tiers},
				});
			},
			receive: (listener) => {
				box.listener = listener;
				for (const signal of box.early.splice(0)) listener(signal);
				return () => {
					box.listener = undefined;
					box.refused = undefined;
				};
			},
		};
	}

	/** Tells the leader that we do not take part in its attempt. `reason` is a code or a few words. */
	refuse(peerId: PeerId, generation: number, reason: string, tiers: readonly Tier[]): void {
		this.#options.relay()?.send({
			type: 'p2p_connection_response',
			target_peer_id: peerId,
			generation,
			candidates: [],
			ext: {reason, tiers},
		});
	}

	/** Asks the leader for an attempt. */
	ask(peerId: PeerId, tiers: readonly Tier[]): void {
		this.#options.relay()?.send({
			type: 'p2p_connection_request',
			target_peer_id: peerId,
			generation: 0,
			candidates: [],
			ext: {tiers},
		});
	}

	/** Takes a message of the relay if it is a signal, or says that one reached nobody; false if it is something else. */
	receive(message: {readonly type: string}): boolean {
		if (isRequest(message)) this.#request(message);
		else if (isResponse(message)) this.#take(message);
		else return false;
		return true;
	}

	#request(message: RelayMessageOf<'p2p_connection_request'>): void {
		const {from_peer_id: peerId, generation, ext} = message;
		const isNew = this.#boxes.get(peerId)?.generation !== generation;
		if (generation > 0) this.#take(message);
		if (generation === 0 || isNew) {
			this.#options.dispatch({
				type: 'carrier-requested',
				peerId,
				tier: 'direct',
				generation,
				...tiersIn(ext),
			});
		}
	}

	#take(message: ConnectionMessage): void {
		const {from_peer_id: peerId, generation, ext} = message;
		// Answers to an attempt that is over are late. A newer one that nobody here takes part in may have been made up.
		const known = this.#boxes.get(peerId);
		if (known?.refused && known.generation > generation) return;
		const box = this.#boxOf(peerId, generation);
		if (message.type === 'p2p_connection_response' && typeof ext?.reason === 'string') {
			box.failure = failureOfReason(ext.reason.slice(0, 200), ext);
			box.refused?.(box.failure);
			return;
		}
		const {keys, self} = this.#options;
		const signal = openSignal(message, {keys, from: peerId, to: self});
		if (!signal) return;
		if (box.listener) box.listener(signal);
		else if (box.early.length < maxEarly) box.early.push(signal);
	}

	#boxOf(peerId: PeerId, generation: number): Box {
		const known = this.#boxes.get(peerId);
		if (known?.generation === generation) return known;
		const box: Box = {generation, early: []};
		this.#boxes.delete(peerId);
		this.#boxes.set(peerId, box);
		const [oldest] = this.#boxes.keys();
		if (this.#boxes.size > maxBoxes && oldest !== undefined) this.#boxes.delete(oldest);
		return box;
	}
}

function isRequest(message: {readonly type: string}): message is RelayMessageOf<'p2p_connection_request'> {
	return message.type === 'p2p_connection_request';
}

function isResponse(message: {readonly type: string}): message is RelayMessageOf<'p2p_connection_response'> {
	return message.type === 'p2p_connection_response';
}
