/**
 * Liveness by bytes received: says when to ping and when the other side is dead. A timer of our own that fires late (sleep,
 * SIGSTOP, a busy loop) proves nothing about the other side, so it gives one fresh period first.
 */

export type HeartbeatOptions = {
	readonly periodMs: number;
	/** Silence after which the other side counts as dead. */
	readonly deadMs: number;
	ping(): void;
	dead(): void;
	/** True while we take nothing by our own wish: nobody is blamed for that silence. */
	readonly isWaiting?: (() => boolean) | undefined;
	/** Monotonic, in ms; for tests. */
	readonly now?: () => number;
};

/** Through the relay; a direct route is asked more often. */
export const relayHeartbeat = {periodMs: 5000, deadMs: 15_000} as const;
export const directHeartbeat = {periodMs: 2000, deadMs: 6000} as const;

/** How late a timer may fire before we blame ourselves. */
const lateMs = 2000;

/** Looks in each period: so silence is found soon after it has lasted too long, not up to a period later. */
const looksPerPeriod = 4;

export class Heartbeat {
	readonly #options: HeartbeatOptions;
	readonly #now: () => number;
	readonly #lookMs: number;
	#timer: NodeJS.Timeout | undefined;
	#heardAt = 0;
	#lookAt = 0;
	#pingAt = 0;

	constructor(options: HeartbeatOptions) {
		this.#options = options;
		this.#now = options.now ?? (() => performance.now());
		this.#lookMs = options.periodMs / looksPerPeriod;
		this.#begin();
	}

	start(): void {
		this.#begin();
		this.#timer = setInterval(() => this.tick(), this.#lookMs);
	}

	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/** Something came, no matter what. */
	heard(): void {
		this.#heardAt = this.#now();
	}

	/** Time for a look; public so that a test can be the clock. */
	tick(): void {
		const now = this.#now();
		const {periodMs, deadMs} = this.#options;
		const isLate = now - this.#lookAt > lateMs;
		this.#lookAt = now + this.#lookMs;
		if (this.#options.isWaiting?.()) this.#heardAt = now;
		if (isLate) this.#heardAt = Math.max(this.#heardAt, now - deadMs + periodMs);
		if (now - this.#heardAt >= deadMs) {
			this.stop();
			this.#options.dead();
			return;
		}
		// Timers fire a little early or late; half a look either way makes no difference.
		if (!isLate && now < this.#pingAt - this.#lookMs / 2) return;
		this.#pingAt = now + periodMs;
		this.#options.ping();
	}

	#begin(): void {
		this.#heardAt = this.#now();
		this.#lookAt = this.#heardAt + this.#lookMs;
		this.#pingAt = this.#heardAt + this.#options.periodMs;
	}
}
