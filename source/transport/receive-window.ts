/**
 * What the other end of a tunnel may send: a window that opens again as the reader consumes, in steps, and that grows with
 * the speed, up to what a path of one second's round trip needs. Pure but for the clock.
 */
import {startWindowBytes} from '../protocol/limits.js';

/** Grants come in steps of this part of the window: seldom enough to be cheap, often enough not to stall. */
const grantSteps = 4;

/** The longest round trip that the window is made for. */
const longestPathMs = 1000;

/** Under a limit a window holds this much of it: more under way would only come before it is paid for. */
const limitedMs = 500;
const smallestWindowBytes = 16 * 1024;

/** How large a window may be under a limit, if there is one. */
export function windowUnder(
	limit: {readonly bytesPerSecond: number | undefined} | undefined,
	bytes: number,
): number {
	if (limit?.bytesPerSecond === undefined) return bytes;
	const limited = Math.round((limit.bytesPerSecond * limitedMs) / 1000);
	return Math.min(bytes, Math.max(smallestWindowBytes, limited));
}

export type Grant = {
	readonly bytes: number;
	/** What the reader has taken since the last grant; more than is granted where the window has to get smaller. */
	readonly consumedBytes: number;
	/** All that was ever consumed, less what is not to be sent in its place. */
	readonly total: number;
};

export class ReceiveWindow {
	readonly #maxBytes: () => number;
	readonly #now: () => number;
	#bytes: number;
	/** What the other end may still send, and what the reader has taken since the last grant. */
	#allowedBytes: number;
	#consumedBytes = 0;
	#consumedTotal = 0;
	#grantedTotal = 0;
	/** Since when, and from which byte on, the present window has been used. */
	#measuredAt = -Infinity;
	#measuredTotal = 0;

	/** `startBytes`: what was allowed at first. `maxBytes`: what the window may be now. `now` is monotonic, in ms. */
	constructor({
		startBytes = startWindowBytes,
		maxBytes,
		now = () => performance.now(),
	}: {
		startBytes?: number;
		maxBytes: () => number;
		now?: () => number;
	}) {
		this.#bytes = startBytes;
		this.#allowedBytes = startBytes;
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
		const consumedBytes = this.#consumedBytes;
		const granted = consumedBytes + this.#change(consumedBytes);
		this.#consumedBytes = 0;
		this.#grantedTotal += granted;
		return {bytes: granted, consumedBytes, total: this.#grantedTotal};
	}

	/** The other end is told of the grant now. */
	granted({bytes}: Grant): void {
		this.#allowedBytes += bytes;
	}

	/**
	 * How much the window grows now: where all of it is used within the longest round trip, a path of that length would be
	 * faster with a larger one. A reader that stops uses nothing, so only one that keeps up ever gets a large window. It gets
	 * smaller, by no more than what was consumed, where it is larger than it may be.
	 */
	#change(consumedBytes: number): number {
		const maxBytes = this.#maxBytes();
		if (this.#bytes > maxBytes) {
			const less = Math.min(consumedBytes, this.#bytes - maxBytes);
			this.#bytes -= less;
			return -less;
		}
		const now = this.#now();
		const isOver = now - this.#measuredAt > longestPathMs;
		const isUsed = this.#consumedTotal - this.#measuredTotal >= this.#bytes;
		if (!isOver && !isUsed) return 0;
		this.#measuredAt = now;
		this.#measuredTotal = this.#consumedTotal;
		if (isOver) return 0;
		const growth = Math.min(this.#bytes, maxBytes - this.#bytes);
		this.#bytes += growth;
		return growth;
	}
}
