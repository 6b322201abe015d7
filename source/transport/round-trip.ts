/** Measures the round trip of a channel by its own pings; only the newest ping counts. */
import {type PeerMessageOf} from '../protocol/peer-messages.js';

const idRange = 2 ** 32;

export class RoundTrip {
	/** Undefined until the first answer. */
	rttMs: number | undefined;
	#id = 0;
	#sentAt = 0;

	/** The next ping, to be sent now. */
	ping(): PeerMessageOf<'ping'> {
		this.#id = (this.#id + 1) % idRange;
		this.#sentAt = performance.now();
		return {type: 'ping', id: this.#id};
	}

	pong({id}: PeerMessageOf<'pong'>): void {
		if (id === this.#id) this.rttMs = performance.now() - this.#sentAt;
	}
}
