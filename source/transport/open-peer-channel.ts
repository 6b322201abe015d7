/** Makes a PeerChannel out of a carrier: TLS, then `auth` and `hello`, all within one deadline. */
import {type Hello} from '../protocol/peer-messages.js';
import {type Carrier} from './carrier.js';
import {failureOf, startDeadline} from './deadline.js';
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
		const channel = new StreamChannel(options, secure);
		return await channel.greet(deadline.signal);
	} catch (error) {
		carrier.destroy(failureOf(error));
		throw failureOf(error);
	} finally {
		deadline.clear();
	}
}
