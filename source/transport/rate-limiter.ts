/**
 * What `--limit-up` and `--limit-down` slow down: bulk of all channels together, each direction by itself, fairly shared
 * among peers. Control messages never ask. Rates may change at any time.
 */
import {FairQueue} from './fair-queue.js';

/** The two directions, shared by all channels of a session. */
export type RateLimiter = {readonly up: RateLimit; readonly down: RateLimit};

/** One peer's part of a direction. */
export type RateShare = {
	/** Undefined: not limited. */
	readonly bytesPerSecond: number | undefined;
	/** Resolves once that many bytes may pass, or have been paid for; first come, first served within the share. */
	take(bytes: number): Promise<void>;
};

/** Lets short bursts through at full speed, so that a save is not slowed by a limit meant for transfers. */
const burstMs = 250;

/** Limits in bytes a second; undefined or 0 does not limit. */
export function createRateLimiter({
	upBytesPerSecond,
	downBytesPerSecond,
}: {
	upBytesPerSecond?: number;
	downBytesPerSecond?: number;
} = {}): RateLimiter {
	return {up: new RateLimit(upBytesPerSecond), down: new RateLimit(downBytesPerSecond)};
}

type Taker = {readonly bytes: number; readonly pass: () => void};

/** Allows so many bytes a second in the long run. */
export class RateLimit {
	readonly #now: () => number;
	readonly #waiting = new FairQueue<Taker>();
	#bytesPerSecond: number | undefined;
	/** When everything that has passed is paid for. */
	#paidAtMs: number;
	#timer: NodeJS.Timeout | undefined;
	#isPassing = false;

	/** `now` is monotonic, in ms. */
	constructor(bytesPerSecond: number | undefined, now = () => performance.now()) {
		this.#now = now;
		this.#bytesPerSecond = meant(bytesPerSecond);
		this.#paidAtMs = now() - burstMs;
	}

	get bytesPerSecond(): number | undefined {
		return this.#bytesPerSecond;
	}

	/** From now on this rate; what waits goes on at it. Undefined or 0 does not limit. */
	set(bytesPerSecond: number | undefined): void {
		const before = this.#bytesPerSecond;
		this.#bytesPerSecond = meant(bytesPerSecond);
		const now = this.#now();
		// A debt is one of bytes: at another rate it takes another time.
		const debtMs = Math.max(0, this.#paidAtMs - now);
		const after = this.#bytesPerSecond;
		this.#paidAtMs = before === undefined || after === undefined ? now : now + (debtMs * before) / after;
		this.#pump();
	}

	/** The part of one peer, whatever channels it has. */
	shareOf(peerId: string): RateShare {
		const bytesPerSecond = () => this.#bytesPerSecond;
		return {
			get bytesPerSecond() {
				return bytesPerSecond();
			},
			take: (bytes) => this.#take(peerId, bytes),
		};
	}

	async #take(peerId: string, bytes: number): Promise<void> {
		if (this.#bytesPerSecond === undefined) return;
		await new Promise<void>((pass) => {
			this.#waiting.push(peerId, bytes, {bytes, pass});
			this.#pump();
		});
	}

	/** Lets the next one through when it is paid for, and looks again. */
	#pump(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const next = this.#waiting.peek();
		if (!next || this.#isPassing) return;
		const rate = this.#bytesPerSecond;
		const now = this.#now();
		const costMs = rate === undefined ? 0 : (next.bytes / rate) * 1000;
		const paidAtMs = Math.max(this.#paidAtMs, now - burstMs) + costMs;
		if (paidAtMs > now && rate !== undefined) {
			this.#timer = setTimeout(() => this.#pump(), paidAtMs - now);
			return;
		}
		this.#paidAtMs = paidAtMs;
		this.#waiting.shift();
		next.pass();
		// Who was let through may have more to ask for: only with that is it known whose turn is next.
		this.#isPassing = true;
		setImmediate(() => {
			this.#isPassing = false;
			this.#pump();
		});
	}
}

function meant(bytesPerSecond: number | undefined): number | undefined {
	return bytesPerSecond !== undefined && bytesPerSecond > 0 ? bytesPerSecond : undefined;
}
