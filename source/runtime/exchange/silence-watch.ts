/**
 * Notices that a supplier has gone silent, or says that it works but brings nothing. Time in which this process itself
 * was stopped (sleep, SIGSTOP) is not held against the peer; nor is a dead path, which is the carrier's to notice.
 */
import {stallMs} from './limits.js';

/** A look that comes this much later than due means that this process stood still. */
const lateMs = 2000;

/** A path that brings nothing at all is left to its carrier for so many times the silence. */
const deadPathFactor = 4;

export type Watched = {
	readonly silenceMs: number;
	/** While it holds the next step is not the peer's. */
	readonly ours: () => boolean;
	/** All bytes that came over the path so far; undefined where nobody counts. */
	readonly bytesIn: () => number | undefined;
};

export class SilenceWatch {
	readonly #onSilent: () => void;
	#timer: NodeJS.Timeout | undefined;
	#watched: Watched = {silenceMs: 0, ours: () => false, bytesIn: () => undefined};
	#heardAt = 0;
	#progressAt = 0;
	#lookedAt = 0;
	#bytesIn: number | undefined;
	#bytesAt = 0;

	constructor(onSilent: () => void) {
		this.#onSilent = onSilent;
	}

	/** Watches from now on, in place of what was watched before. */
	start(watched: Watched): void {
		this.stop();
		this.#watched = watched;
		this.#bytesIn = watched.bytesIn();
		this.#fresh();
		this.#timer = setInterval(() => this.#look(), watched.silenceMs / 10);
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
		this.#heardAt = this.#progressAt = this.#lookedAt = this.#bytesAt = performance.now();
	}

	#look(): void {
		const {silenceMs, ours} = this.#watched;
		const now = performance.now();
		const stoodStill = now - this.#lookedAt > silenceMs / 10 + lateMs;
		this.#lookedAt = now;
		this.#noteBytes(now);
		if (stoodStill || ours()) return this.#fresh();
		const silentMs = now - this.#heardAt;
		const isSilent = silentMs >= silenceMs && (silentMs >= deadPathFactor * silenceMs || this.#pathLives());
		if (!isSilent && now - this.#progressAt < stallMs) return;
		this.stop();
		this.#onSilent();
	}

	#noteBytes(now: number): void {
		const bytesIn = this.#watched.bytesIn();
		if (bytesIn !== this.#bytesIn) this.#bytesAt = now;
		this.#bytesIn = bytesIn;
	}

	/** Something came for a good while after the peer's last word: a supplier that lives would have said something too. */
	#pathLives(): boolean {
		return this.#bytesIn === undefined || this.#bytesAt - this.#heardAt >= this.#watched.silenceMs / 2;
	}
}
