/**
 * What the other end of a tunnel may send: a window that opens again as the reader consumes, in steps, and that grows
 * where the path is longer than it. Pure but for the clock.
 */
import {startWindowBytes} from '../protocol/limits.js';

/** Grants come in steps of this part of the first window: seldom enough to be cheap, often enough not to stall. */
const grantSteps = 4;

export type Grant = {
	readonly bytes: number;
	/** All that was ever consumed. */
	readonly total: number;
};

export class ReceiveWindow {
	readonly #maxBytes: number;
	readonly #now: () => number;
	#bytes = startWindowBytes;
	/** What the other end may still send, and what the reader has taken since the last grant. */
	#allowedBytes = startWindowBytes;
	#consumedBytes = 0;
	#consumedTotal = 0;
	#rttMs: number | undefined;
	/** Where the measuring of one round trip's bytes began. */
	#measuredAt = 0;
	#measuredTotal = 0;

	/** `maxBytes`: what the window may grow to. `now` is monotonic, in ms. */
	constructor({maxBytes, now = () => performance.now()}: {maxBytes: number; now?: () => number}) {
		this.#maxBytes = maxBytes;
		this.#now = now;
	}

	/** How long a round trip between both ends takes; until it is known the window stays as it is. */
	set rttMs(rttMs: number) {
		this.#rttMs = Math.max(1, rttMs);
	}

	/** Bytes have come; false if they are more than was allowed. */
	take(bytes: number): boolean {
		this.#allowedBytes -= bytes;
		return this.#allowedBytes >= 0;
	}

	/** The reader took bytes; what is to be granted for them now, if anything. */
	consume(bytes: number): Grant | undefined {
		this.#consumedBytes += bytes;
		this.#consumedTotal += bytes;
		if (this.#consumedBytes < startWindowBytes / grantSteps) return undefined;
		const granted = this.#consumedBytes + this.#growth();
		this.#consumedBytes = 0;
		return {bytes: granted, total: this.#consumedTotal};
	}

	/** The other end is told of the grant now. */
	granted({bytes}: Grant): void {
		this.#allowedBytes += bytes;
	}

	/**
	 * How much the window grows now: where half of it or more is used up within one round trip, the path is longer than
	 * the window, and a larger one is faster.
	 */
	#growth(): number {
		if (this.#rttMs === undefined) return 0;
		const now = this.#now();
		const tookMs = now - this.#measuredAt;
		if (tookMs < this.#rttMs) return 0;
		const used = this.#consumedTotal - this.#measuredTotal;
		this.#measuredAt = now;
		this.#measuredTotal = this.#consumedTotal;
		// Much later than a round trip tells of a pause, not of the path.
		if (tookMs > 2 * this.#rttMs || used < this.#bytes / 2) return 0;
		const growth = Math.min(this.#bytes, this.#maxBytes - this.#bytes);
		this.#bytes += growth;
		return growth;
	}
}
