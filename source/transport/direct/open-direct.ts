/**
 * One direct attempt: every way to the peer at once, all under the leader's one number. The leader alone decides which
 * becomes the channel: it keeps its `hello` back until it has chosen, so the other side can have no second one.
 */
import {type Candidate} from '../../protocol/candidate.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {startDeadline} from '../deadline.js';
import {type IceHost, type IceServers} from '../ice/ice-host.js';
import {type Identity} from '../identity.js';
import {type PeerCallbacks, type PeerChannel} from '../peer-channel.js';
import {type RateLimiter} from '../rate-limiter.js';
import {type SessionKeys} from '../session-keys.js';
import {type Arrival} from './arrival.js';
import {DirectAttempt} from './direct-attempt.js';
import {type DirectSignal} from './direct-signal.js';
import {type RouteRecord} from './route-log.js';

/** A path that works is found in two or three seconds; who waits longer waits on something else meanwhile. */
const attemptDeadlineMs = 10_000;

export type OpenDirectOptions = {
	readonly peer: {readonly peerId: string; readonly instance: string};
	readonly generation: number;
	/** True if our peer_id is the smaller one. */
	readonly leader: boolean;
	readonly identity: Identity;
	/** Of this process. */
	readonly instance: string;
	readonly keys: SessionKeys;
	readonly hello: Hello;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	readonly signal: AbortSignal;
	/** `tcp`: an ICE route runs already, and only something better is worth it. */
	readonly routes: 'all' | 'tcp';
	/** True if our relay is reached over loopback: then loopback candidates are dialled too. */
	readonly loopback: boolean;
	/** Where we listen: told to the peer. */
	readonly listening: readonly Candidate[];
	/** Where the peer is known to listen: dialled at once. */
	readonly known: readonly Candidate[];
	/** The held connections of this peer and generation, and those that come; see HeldArrivals.of. */
	readonly arrivals: {take(listener: (arrival: Arrival) => void): () => void};
	/** URLs that tell under which address they see us; without any nothing is punched. */
	readonly reflectors: readonly string[];
	readonly ice?: {readonly host: IceHost; readonly servers: IceServers};
	readonly signalling?: Signalling;
	/** A route began (no outcome), or ended. Each route at most once in an attempt. */
	route(record: RouteRecord): void;
};

/** The way on which both ends tell each other where they are, before there is a channel. */
export type Signalling = {
	send(signal: DirectSignal): void;
	/** Tells every signal of this peer and generation, also those that came before. Returns how to stop. */
	receive(listener: (signal: DirectSignal) => void): () => void;
	/** There and back. */
	readonly rttMs?: number;
};

/**
 * Resolves with the open channel, one turn of the loop before its first message; every other socket is closed by then or
 * soon after. Rejects within 10 s with Failure `no_path`, whose message sums up why in one sentence, with `pinned` or
 * `unsupported_version`, or the signal's reason.
 */
export async function openDirect(options: OpenDirectOptions): Promise<PeerChannel> {
	const deadline = startDeadline(attemptDeadlineMs, 'no_answer', options.signal);
	try {
		return await new DirectAttempt(options).run(deadline.signal);
	} finally {
		deadline.clear();
	}
}
