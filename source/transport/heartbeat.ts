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
	/** Monotonic, in ms; for tests. */
	readonly now?: () => number;
};

/** Through the relay; a direct route is asked more often. */
export const relayHeartbeat = {periodMs: 5000, deadMs: 15_000} as const;
export const directHeartbeat = {periodMs: 2000, deadMs: 6000} as const;

/** How late a timer may fire before we blame ourselves. */
const lateMs = 2000;

export class Heartbeat {
	readonly #options: HeartbeatOptions;
	readonly #now: () => number;
	#timer: NodeJS.Timeout | undefined;
	#heardAt: number;
	#dueAt: number;

	constructor(options: HeartbeatOptions) {
		this.#options = options;
		this.#now = options.now ?? (() => performance.now());
		this.#heardAt = this.#now();
		this.#dueAt = this.#heardAt + options.periodMs;
	}

	start(): void {
		this.#heardAt = this.#now();
		this.#dueAt = this.#heardAt + this.#options.periodMs;
		this.#timer = setInterval(() => this.tick(), this.#options.periodMs);
	}

	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/** Something came, no matter what. */
	heard(): void {
		this.#heardAt = this.#now();
	}

	/** One period is over; public so that a test can be the clock. */
	tick(): void {
		const now = this.#now();
		const {periodMs, deadMs} = this.#options;
		if (now - this.#dueAt > lateMs) this.#heardAt = Math.max(this.#heardAt, now - deadMs + periodMs);
		this.#dueAt = now + periodMs;
		if (now - this.#heardAt >= deadMs) {
			this.stop();
			this.#options.dead();
			return;
		}
		this.#options.ping();
	}
}
