/** A connection whose other end has proved who it is, and that waits to be taken into an attempt. */
import {type Candidate} from '../../protocol/candidate.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {type PeerCallbacks, type PeerChannel} from '../peer-channel.js';
import {type RateLimiter} from '../rate-limiter.js';

export type Arrival = {
	readonly peerId: string;
	readonly publicKey: string;
	/** Of the other end's process, as it signed it. */
	readonly instance: string;
	/** 0: a follower's knock at its leader; it takes the number that `accept` is given. */
	readonly generation: number;
	readonly remote: Candidate;
	/** Settles when the connection ends before it is accepted. */
	readonly gone: Promise<void>;
	/** Makes a channel of it; once. Rejects with a Failure as `openPeerChannel` does, the connection is closed then. */
	accept(options: AcceptOptions): Promise<PeerChannel>;
	/** Closes it. Idempotent; does nothing once it was accepted. */
	refuse(reason: string): void;
};

export type AcceptOptions = {
	/** The attempt's; the arrival's own unless that is 0. */
	readonly generation: number;
	readonly hello: Hello;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	/** A leader's choice; see PeerChannelOptions. */
	readonly beforeHello?: (theirs: Hello) => Promise<void>;
	readonly signal?: AbortSignal;
};
