/**
 * How many direct attempts one peer can cause: each makes this machine dial addresses of the peer's choice, so without a
 * bound it would be the peer's port scanner.
 */
import {type PeerId} from '../core/state.js';
import {TokenAllowance} from '../transport/lan/lan-gate.js';

/** One in 10 s is the rule; people who change pins and networks that come and go may be quicker for a while. */
const perSecond = 0.1;
const atOnce = 20;
/** Peers that are counted; the one that was quiet longest is forgotten first. */
const maxPeers = 256;

export class AttemptPace {
	readonly #peers = new Map<PeerId, TokenAllowance>();

	/** True if one more attempt may be made with this peer now. */
	take(peerId: PeerId): boolean {
		const allowance = this.#peers.get(peerId) ?? new TokenAllowance(perSecond, atOnce);
		this.#peers.delete(peerId);
		this.#peers.set(peerId, allowance);
		const [quietest] = this.#peers.keys();
		if (this.#peers.size > maxPeers && quietest !== undefined) this.#peers.delete(quietest);
		return allowance.take();
	}
}
