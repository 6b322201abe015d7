/**
 * What the other end of a tunnel may send: a window that opens again as the reader consumes, in steps, and that grows with
 * the speed, up to what a path of one second's round trip needs. Pure but for the clock.
 */
import {startWindowBytes} from '../protocol/limits.js';

/** Grants come in steps of this part of the window: seldom enough to be cheap, often enough not to stall. */
const grantSteps = 4;

/** The longest round trip that the window is made for. */
const longestPathMs = 1000;

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
	/** Since when, and from which byte on, the present window has been used. */
	#measuredAt = -Infinity;
	#measuredTotal = 0;

	/** `maxBytes`: what the window may grow to. `now` is monotonic, in ms. */
	constructor({maxBytes, now = () => performance.now()}: {maxBytes: number; now?: () => number}) {
		this.#maxBytes = maxBytes;
		this.#now = now;
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
		if (this.#consumedBytes < this.#bytes / grantSteps) return undefined;
		const granted = this.#consumedBytes + this.#growth();
		this.#consumedBytes = 0;
		return {bytes: granted, total: this.#consumedTotal};
	}

	/** The other end is told of the grant now. */
	granted({bytes}: Grant): void {
		this.#allowedBytes += bytes;
	}

	/**
	 * How much the window grows now: where all of it is used within the longest round trip, a path of that length would be
	 * faster with a larger one. A reader that stops uses nothing, so only one that keeps up ever gets a large window.
	 */
	#growth(): number {
		const now = this.#now();
		const isOver = now - this.#measuredAt > longestPathMs;
		const isUsed = this.#consumedTotal - this.#measuredTotal >= this.#bytes;
		if (!isOver && !isUsed) return 0;
		this.#measuredAt = now;
		this.#measuredTotal = this.#consumedTotal;
		if (isOver) return 0;
		const growth = Math.min(this.#bytes, this.#maxBytes - this.#bytes);
		this.#bytes += growth;
		return growth;
	}
}
