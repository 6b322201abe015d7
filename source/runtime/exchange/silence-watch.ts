/**
 * Notices that a supplier has gone silent, or says that it works but brings nothing. Time in which this process itself
 * was stopped (sleep, SIGSTOP) is not held against the peer.
 */
import {stallMs} from './limits.js';

/** A look that comes this much later than due means that this process stood still. */
const lateMs = 2000;

export class SilenceWatch {
	readonly #silenceMs: number;
	readonly #onSilent: () => void;
	#timer: NodeJS.Timeout | undefined;
	#ours: () => boolean = () => false;
	#heardAt = 0;
	#progressAt = 0;
	#lookedAt = 0;

	constructor(silenceMs: number, onSilent: () => void) {
		this.#silenceMs = silenceMs;
		this.#onSilent = onSilent;
	}

	/** Watches from now on; while `ours` holds the next step is not the peer's. */
	start(ours: () => boolean): void {
		this.#ours = ours;
		this.#fresh();
		this.#timer ??= setInterval(() => this.#look(), this.#silenceMs / 10);
	}

	/** The peer gave a sign of life. */
	heard(): void {
		this.#heardAt = performance.now();
	}

	/** The peer brought something. */
	progressed(): void {
		this.#heardAt = performance.now();
		this.#progressAt = this.#heardAt;
	}

	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#fresh(): void {
		this.#heardAt = this.#progressAt = this.#lookedAt = performance.now();
	}

	#look(): void {
		const now = performance.now();
		const stoodStill = now - this.#lookedAt > this.#silenceMs / 10 + lateMs;
		this.#lookedAt = now;
		if (stoodStill || this.#ours()) return this.#fresh();
		if (now - this.#heardAt < this.#silenceMs && now - this.#progressAt < stallMs) return;
		this.stop();
		this.#onSilent();
	}
}
