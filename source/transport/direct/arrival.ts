/** A connection whose other end has proved who it is, and that waits to be taken into an attempt. */
import type net from 'node:net';
import {type Candidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {type EarlyFrames} from '../early-frames.js';
import {type Identity} from '../identity.js';
import {finishPeerChannel} from '../open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from '../peer-channel.js';
import {type RateLimiter} from '../rate-limiter.js';
import {type SecureChannel} from '../secure-channel.js';
import {createTcpCarrier} from './tcp-carrier.js';

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

type AcceptOptions = {
	/** The attempt's; the arrival's own unless that is 0. */
	readonly generation: number;
	readonly hello: Hello;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	/** A leader's choice; see PeerChannelOptions. */
	readonly beforeHello?: (theirs: Hello) => Promise<void>;
	readonly signal?: AbortSignal;
};

/** What stands behind an arrival. */
export type ArrivalParts = Pick<Arrival, 'peerId' | 'publicKey' | 'instance' | 'generation' | 'remote'> & {
	readonly socket: net.Socket;
	readonly secure: SecureChannel;
	readonly frames: EarlyFrames;
	/** What we have said on it so far. */
	readonly said?: 'hello';
	readonly identity: Identity;
	readonly ownInstance: string;
	readonly sessionId: string;
	/** Called once, when it is accepted or over: it holds no place among the waiting any more. */
	settled?(): void;
};

/** An arrival out of a connection on which the other end's `auth` was heard and found true. */
export function createArrival(parts: ArrivalParts): Arrival {
	const {peerId, publicKey, instance, generation, remote, socket, secure, frames, said} = parts;
	let isSettled = false;
	const settle = () => {
		if (isSettled) return false;
		isSettled = true;
		parts.settled?.();
		return true;
	};
	const gone = new Promise<void>((resolve) => {
		const ended = () => {
			settle();
			resolve();
		};
		if (socket.destroyed) ended();
		else socket.once('close', ended);
	});
	return {
		peerId,
		publicKey,
		instance,
		generation,
		remote,
		gone,
		async accept({generation: given, ...options}) {
			if (!settle()) throw new Failure('carrier_lost');
			return finishPeerChannel(
				{
					...options,
					carrier: createTcpCarrier(socket, {route: 'tcp-lan', generation: given}),
					sessionId: parts.sessionId,
					identity: parts.identity,
					instance: parts.ownInstance,
					peer: {peerId, instance},
					saysWho: true,
				},
				secure,
				{frames, isAuthentic: true, ...(said && {said})},
			);
		},
		refuse(reason) {
			if (settle()) socket.destroy(new Failure(reason));
		},
	};
}
