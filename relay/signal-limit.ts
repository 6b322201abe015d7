/** How often a member may make others look for a direct way to it: each message costs them packets of their own. */
import {Bucket} from './bucket.js';
import {type RelayableMessage} from './relayable.js';

/** A few messages are one attempt, one attempt in 10 s is the rule for each pair … */
const perSecond = 20;
/** … and after a change of networks a member tries all others at once. */
const burst = 400;

export class SignalLimit {
	readonly #byPeer = new Map<string, Bucket>();

	/** False where this message to so many others is one too many; messages of other kinds always pass. */
	mayPass(message: RelayableMessage, receivers: number, now: number): boolean {
		if (message.type !== 'p2p_connection_request' && message.type !== 'p2p_connection_response') return true;
		const bucket = this.#byPeer.get(message.peer_id) ?? new Bucket(perSecond, now, burst / perSecond);
		this.#byPeer.set(message.peer_id, bucket);
		return bucket.trySpend(receivers, now);
	}

	forget(peerId: string): void {
		this.#byPeer.delete(peerId);
	}
}
