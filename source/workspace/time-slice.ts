/**
 * Lets a long synchronous run give way to everything else that waits. Synchronous file calls are several times as fast
 * as asynchronous ones for thousands of small questions, and a slice is short enough that nobody notices.
 */

/** Shorter than a frame of the screen, long enough that giving way costs nothing. */
const sliceMs = 8;

export class TimeSlice {
	#startedAt = performance.now();
	readonly #signal: AbortSignal | undefined;

	constructor(signal?: AbortSignal) {
		this.#signal = signal;
	}

	/** Cheap enough to be asked for every file. */
	isOver(): boolean {
		return performance.now() - this.#startedAt > sliceMs;
	}

	/** Lets the event loop turn once. Throws the signal's reason when it is aborted. */
	async giveWay(): Promise<void> {
		await new Promise((resolve) => setImmediate(resolve));
		this.#signal?.throwIfAborted();
		this.#startedAt = performance.now();
	}
}
