/** How far a transfer is, in numbers that are true: what is done is durable at the receiver and is not sent again. */

export type ExchangeProgress = {
	readonly peerId: string;
	readonly doneBytes: number;
	/** Absent until the supplier has counted. */
	readonly totalBytes?: number;
	readonly doneObjects: number;
	readonly totalObjects?: number;
	/** Part of `doneBytes` that was there before this answer began and was not sent again. */
	readonly resumedBytes: number;
	/** Received and not yet durable, beside `doneBytes`. Only at the receiver. */
	readonly arrivingBytes?: number;
};

/** Passes on at most one call per interval; the newest one is never lost, and `flush` passes it on at once. */
export class Throttle<T> {
	readonly #intervalMs: number;
	readonly #pass: (value: T) => void;
	#held: {value: T} | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(intervalMs: number, pass: (value: T) => void) {
		this.#intervalMs = intervalMs;
		this.#pass = pass;
	}

	offer(value: T): void {
		this.#held = {value};
		if (!this.#timer) this.#emit();
	}

	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const held = this.#held;
		this.#held = undefined;
		if (held) this.#pass(held.value);
	}

	#emit(): void {
		const held = this.#held;
		this.#timer = undefined;
		if (!held) return;
		this.#held = undefined;
		this.#timer = setTimeout(() => this.#emit(), this.#intervalMs);
		this.#timer.unref();
		this.#pass(held.value);
	}
}
