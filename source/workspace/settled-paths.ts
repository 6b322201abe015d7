/**
 * Turns events about paths into paths that are finished: collects, waits until each is quiet and no longer growing, and
 * hands on what is ready as one batch. The rules of waiting are in settle.ts and growing.ts; here are the clock and the
 * timer.
 */
import {type Path} from '../protocol/content.js';
import {Growing} from './growing.js';
import {defaultSettleTimes, type SettleTimes, Settling} from './settle.js';

export class SettledPaths {
	readonly #settling: Settling;
	readonly #growing = new Growing();
	readonly #absolute: (path: Path) => string;
	readonly #onReady: (paths: Set<Path>) => void;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(options: {
		times?: Partial<SettleTimes>;
		/** Where a path is on the disk. */
		absolute: (path: Path) => string;
		/** At least one path. */
		onReady: (paths: Set<Path>) => void;
	}) {
		this.#settling = new Settling({...defaultSettleTimes, ...options.times});
		this.#absolute = options.absolute;
		this.#onReady = options.onReady;
	}

	/** Something happened to the path. */
	touch(path: Path): void {
		this.#settling.touch(path, performance.now());
		this.#arm();
	}

	/** Hands nothing on any more. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
	}

	#arm(): void {
		// A timer that is already set is early enough: events only make paths ready later.
		if (this.#timer !== undefined || this.#closed) return;
		const next = this.#settling.nextAt();
		if (next === undefined) return;
		this.#timer = setTimeout(() => this.#onTime(), Math.max(1, next - performance.now()));
	}

	#onTime(): void {
		this.#timer = undefined;
		const now = performance.now();
		const ready = new Set<Path>();
		for (const path of this.#settling.due(now)) {
			const untilMs = this.#settling.isOverdue(path, now)
				? now
				: this.#growing.readyAt(this.#absolute(path), now);
			if (untilMs > now) {
				this.#settling.hold(path, untilMs);
				continue;
			}
			this.#settling.forget(path);
			ready.add(path);
		}
		this.#arm();
		if (ready.size > 0) this.#onReady(ready);
	}
}
