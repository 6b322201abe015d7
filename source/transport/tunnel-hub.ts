/**
 * Where the one socket to the relay branches into tunnels: routes what comes by peer, tier and generation, keeps the first
 * messages of a channel that nobody has opened here yet, and gives tunnels the way out.
 */
import {Failure} from '../protocol/failure.js';
import {decodeFrameHeader} from '../protocol/frame.js';
import {maxReasonLength} from '../protocol/limits.js';
import {type ClientMessage, type RelayMessage, type RelayMessageOf} from '../protocol/relay-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {closeMessage, EarlyMessages, parseChannel} from './json-channel.js';
import {type ObjectMessage} from './object-lane.js';
import {type SendLanes} from './send-lanes.js';
import {TunnelAgreements} from './tunnel-agreements.js';
import {type Ext, failureOfReason, tiersIn} from './tunnel-reason.js';

export type TunnelTier = Extract<Tier, 'proxy' | 'json'>;

/** One end of a tunnel, as the hub sees it. */
export type TunnelEnd = {
	data(counter: number, data: Buffer): void;
	/** Proxy: bytes more. Json: all bytes consumed so far. */
	credit(bytes: number): void;
	closed(failure: Failure | undefined): void;
	/** Json: something of ours was dropped on its way; the other end is told. */
	lost?(failure: Failure): void;
};

/** A peer wants a tunnel. Generation 0: a follower asks us, its leader, to open one. */
export type CarrierRequest = {
	readonly peerId: string;
	readonly tier: TunnelTier;
	readonly generation: number;
	/** What the asking side allows. */
	readonly tiers?: readonly Tier[];
};

/** A client's message without the fields that say who sends it. */
export type OwnMessage = DistributiveOmit<ClientMessage, 'session_id' | 'peer_id'>;
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** The relay did not pass on what was to go to a peer, and says when to try again. */
export type Refusal = {readonly peerId: string; readonly tier: TunnelTier; readonly retryAfterMs: number};

export class TunnelHub {
	readonly sessionId: string;
	readonly self: string;
	readonly lanes: SendLanes;
	readonly #requested: (request: CarrierRequest) => void;
	readonly #refused: (refusal: Refusal) => void;
	readonly #ends = new Map<string, TunnelEnd>();
	readonly #objectLanes = new Map<string, (message: ObjectMessage) => void>();
	readonly #agreements = new TunnelAgreements();
	readonly #early = new EarlyMessages();

	constructor(options: {
		readonly sessionId: string;
		readonly self: string;
		readonly lanes: SendLanes;
		readonly requested: (request: CarrierRequest) => void;
		readonly refused?: (refusal: Refusal) => void;
	}) {
		this.sessionId = options.sessionId;
		this.self = options.self;
		this.lanes = options.lanes;
		this.#requested = options.requested;
		this.#refused = options.refused ?? (() => {});
	}

	/** The text of a message with who sends it. */
	format(message: OwnMessage): string {
		return JSON.stringify({...message, session_id: this.sessionId, peer_id: this.self});
	}

	/** Sends a control message at once. */
	send(message: OwnMessage): void {
		this.lanes.control(this.format(message));
	}

	/** From now on the tunnel's messages go to `end`, those that came before first. */
	attach(tier: TunnelTier, peerId: string, generation: number, end: TunnelEnd): void {
		const key = keyOf(tier, peerId, generation);
		this.#ends.get(key)?.closed(new Failure('closed'));
		this.#ends.set(key, end);
		const lost = this.#agreements.attached(key);
		if (lost) end.closed(lost);
		for (const message of this.#early.take(key)) this.#takePeerMessage(message);
	}

	/** Does nothing where the tunnel is another end's by now. */
	detach(tier: TunnelTier, peerId: string, generation: number, end?: TunnelEnd): void {
		const key = keyOf(tier, peerId, generation);
		if (end && this.#ends.get(key) !== end) return;
		this.#ends.delete(key);
		this.#agreements.forgetWindow(key);
		this.#early.end(key);
	}

	/** Routes `git_objects_…` of this generation; returns the way to stop it. */
	attachObjects(peerId: string, generation: number, take: (message: ObjectMessage) => void): () => void {
		const key = keyOf('json', peerId, generation);
		this.#objectLanes.set(key, take);
		return () => this.#objectLanes.delete(key);
	}

	/** What a peer that asked for this tunnel lets us send at first; undefined if it did not ask. */
	windowOf(peerId: string, generation: number): number | undefined {
		return this.#agreements.windowOf(keyOf('proxy', peerId, generation));
	}

	/** Resolves with the start credit when the peer accepts; rejects with its reason or the signal's. */
	answer(peerId: string, generation: number, signal: AbortSignal): Promise<number> {
		return this.#agreements.answer(keyOf('proxy', peerId, generation), signal);
	}

	/** Takes a message of the relay if it belongs to a tunnel; false if it is somebody else's. */
	receive(message: RelayMessage): boolean {
		switch (message.type) {
			case 'request_binary_proxy': {
				const {from_peer_id: peerId, generation} = message;
				if (generation > 0) this.#agreements.asked(keyOf('proxy', peerId, generation), message.window_bytes);
				this.#requested({peerId, tier: 'proxy', generation, ...tiersIn(message.ext)});
				return true;
			}
			case 'binary_proxy_accepted': {
				this.#agreements.accepted(proxyKey(message), message.window_bytes);
				return true;
			}
			case 'binary_proxy_rejected': {
				this.#agreements.rejected(proxyKey(message), failureOfReason(message.reason, message.ext));
				return true;
			}
			case 'binary_proxy_credit': {
				this.#ends.get(proxyKey(message))?.credit(message.bytes);
				return true;
			}
			case 'binary_proxy_closed': {
				this.#close(proxyKey(message), message.reason, message.ext);
				return true;
			}
			case 'peer_message': {
				this.#takePeerMessage(message);
				return true;
			}
			case 'request_git_objects':
			case 'git_objects_chunk':
			case 'git_objects_ack':
			case 'git_objects_failed': {
				const generation = Number(message.ext?.generation ?? 0);
				this.#objectLanes.get(keyOf('json', message.from_peer_id, generation))?.(message);
				return true;
			}
			case 'error': {
				return this.#takeError(message);
			}
			case 'peer_left': {
				this.closePeer(message.from_peer_id, 'peer_left');
				return false;
			}
			case 'peer_joined': {
				// A new start of the peer, or its return: what ran over its former socket is gone.
				this.closePeer(message.from_peer_id, 'peer_left');
				return false;
			}
			default: {
				return false;
			}
		}
	}

	/** Takes a binary frame; what belongs to no tunnel is dropped. */
	receiveFrame(frame: Buffer): void {
		const header = decodeFrameHeader(frame);
		if ('error' in header || header.sessionId !== this.sessionId) return;
		const end = this.#ends.get(keyOf('proxy', header.peerId, header.generation));
		end?.data(header.counter, frame.subarray(header.dataOffset));
	}

	closePeer(peerId: string, reason: string): void {
		for (const key of [...this.#ends.keys(), ...this.#agreements.keys(), ...this.#early.keys()]) {
			if (key.includes(` ${peerId} `)) this.#close(key, reason);
		}
	}

	/**
	 * The relay dropped something of ours, and does not say what. A frame that is missing ends its tunnel by its number; an object or an
	 * acknowledgement on tier json can be the last one that the other end waits for, and nothing would ever come.
	 */
	loseJson(): void {
		for (const [key, end] of [...this.#ends]) {
			if (key.startsWith('json ')) end.lost?.(new Failure('sequence_gap'));
		}
	}

	closeAll(reason: string): void {
		for (const key of [...this.#ends.keys(), ...this.#agreements.keys()]) this.#close(key, reason);
		this.#agreements.forgetWindows();
	}

	#close(key: string, reason: string, ext?: Ext): void {
		this.#early.take(key);
		this.#agreements.ended(key, failureOfReason(reason, ext));
		this.#ends.get(key)?.closed(reason === 'closed' ? undefined : failureOfReason(reason, ext));
	}

	#takePeerMessage(message: RelayMessageOf<'peer_message'>): void {
		const channel = parseChannel(message.channel);
		if (!channel) return;
		const {from_peer_id: peerId} = message;
		const {generation, kind} = channel;
		const key = keyOf('json', peerId, generation);
		const end = this.#ends.get(key);
		const body = Buffer.from(message.body, 'base64');
		if (kind === 'close') {
			this.#close(key, body.toString('utf8').slice(0, maxReasonLength) || 'closed', message.ext);
		} else if (!end) {
			// Generation 0 is no channel: a follower asks for one.
			const outcome = generation === 0 ? 'asked' : this.#early.keep(key, kind, message);
			if (outcome === 'asked') this.#requested({peerId, tier: 'json', generation, ...tiersIn(message.ext)});
			else if (outcome === 'unknown') this.send(closeMessage(peerId, generation, 'no_tunnel'));
		} else if (kind === 'data') {
			end.data(message.sequence, body);
		} else if (body.byteLength === 8) {
			end.credit(Number(body.readBigUInt64BE()));
		}
	}

	#takeError({
		code,
		in_reply_to: inReplyTo,
		target_peer_id: peerId,
		generation,
		retry_after_ms: retryAfterMs,
	}: RelayMessageOf<'error'>): boolean {
		if (peerId === undefined) return false;
		// Before what it ends is told: whoever hears of that end has to know of the wait.
		const refused = (tier: TunnelTier) => {
			if (retryAfterMs !== undefined) this.#refused({peerId, tier, retryAfterMs});
		};
		if (inReplyTo === 'request_binary_proxy' || inReplyTo === 'binary_frame') {
			refused('proxy');
			if (generation !== undefined) this.#close(keyOf('proxy', peerId, generation), code);
			else this.closePeer(peerId, code);
			return true;
		}
		if (inReplyTo === 'peer_message' || inReplyTo?.includes('git_objects')) {
			refused('json');
			for (const key of this.#ends.keys()) if (key.startsWith(`json ${peerId} `)) this.#close(key, code);
			return true;
		}
		return inReplyTo?.startsWith('binary_proxy_') ?? false;
	}
}

function keyOf(tier: TunnelTier, peerId: string, generation: number): string {
	return `${tier} ${peerId} ${generation}`;
}

function proxyKey({from_peer_id: peerId, generation}: {from_peer_id: string; generation: number}): string {
	return keyOf('proxy', peerId, generation);
}
