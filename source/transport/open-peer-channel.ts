/** Makes a PeerChannel out of a carrier: TLS, then `auth` and `hello`, all within one deadline. */
import {type Hello} from '../protocol/peer-messages.js';
import {type Carrier} from './carrier.js';
import {failureOf, startDeadline} from './deadline.js';
import {exchangeGreetings, type Greeted} from './greeting.js';
import {type Identity} from './identity.js';
import {type SealedLane} from './object-lane.js';
import {type PeerCallbacks, type PeerChannel} from './peer-channel.js';
import {type RateLimiter} from './rate-limiter.js';
import {openSecureChannel, type SecureChannel, type TlsRole} from './secure-channel.js';
import {StreamChannel} from './stream-channel.js';

/** From a carrier's opening to the other end's `hello`. */
const openDeadlineMs = 5000;

export type PeerChannelOptions = {
	readonly carrier: Carrier;
	readonly role: TlsRole;
	readonly psk: Uint8Array;
	readonly sessionId: string;
	readonly identity: Identity;
	/** Of this process's start. */
	readonly instance: string;
	readonly peer: {readonly peerId: string; readonly instance: string};
	readonly hello: Hello;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	readonly signal?: AbortSignal;
	/** Tier json: makes the lane for objects out of the channel's keys. */
	readonly makeLane?: (secure: SecureChannel) => SealedLane;
	/** True towards one who may not know yet who we are: `auth` then names our process and the attempt. */
	readonly saysWho?: boolean;
	/**
	 * A leader's choice among the connections of one attempt: our `hello` leaves when this resolves, and the other end has
	 * no channel before. Rejects if another one was chosen.
	 */
	readonly beforeHello?: (theirs: Hello) => Promise<void>;
};

/**
 * Resolves with the open channel. Rejects with Failure `not_authentic` (hostile), `no_answer`, `carrier_lost`, `pinned`,
 * `unsupported_version` or the signal's reason; the carrier, which it owns, is destroyed then.
 */
export async function openPeerChannel(options: PeerChannelOptions): Promise<PeerChannel> {
	const {carrier, role, psk, signal} = options;
	const deadline = startDeadline(openDeadlineMs, 'no_answer', signal);
	try {
		const secure = await openSecureChannel({carrier, role, psk, signal: deadline.signal});
		return await greet(options, secure, deadline.signal);
	} catch (error) {
		carrier.destroy(failureOf(error));
		throw failureOf(error);
	} finally {
		deadline.clear();
	}
}

/** The same for a connection that is secure already, and where some of the greeting was said or heard. */
export async function finishPeerChannel(
	options: Omit<PeerChannelOptions, 'role' | 'psk'>,
	secure: SecureChannel,
	greeted: Greeted,
): Promise<PeerChannel> {
	const deadline = startDeadline(openDeadlineMs, 'no_answer', options.signal);
	try {
		return await greet(options, secure, deadline.signal, greeted);
	} catch (error) {
		options.carrier.destroy(failureOf(error));
		throw failureOf(error);
	} finally {
		deadline.clear();
	}
}

async function greet(
	options: Omit<PeerChannelOptions, 'role' | 'psk'>,
	secure: SecureChannel,
	signal: AbortSignal,
	greeted?: Greeted,
): Promise<PeerChannel> {
	// Before the other end can say anything that is for the lane.
	const lane = options.makeLane?.(secure);
	try {
		const hello = await exchangeGreetings(options, secure, signal, greeted);
		return new StreamChannel(options, secure, hello, lane);
	} catch (error) {
		lane?.end(failureOf(error));
		throw error;
	}
}
