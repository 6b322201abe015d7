/**
 * Turns events about paths into paths that are finished: collects, waits until each is quiet and no longer growing, and
 * hands on what is ready as one batch. The rules of waiting are in settle.ts and growing.ts; here are the clock, the timer
 * and the look at the disk that tells how long a path has to be quiet.
 */
import {lstatSync} from 'node:fs';
import {type Path} from '../protocol/content.js';
import {Growing} from './growing.js';
import {defaultSettleTimes, type SettleTimes, Settling} from './settle.js';

/** Programs write files of this size at one go; a larger one may stand half written for longer than the brief wait. */
const maxBriefBytes = 64 * 1024;
/** With more going on, what is quiet may be part of something larger: a checkout, a build. */
const maxBriefPaths = 2;

export class SettledPaths {
	readonly #settling: Settling;
	readonly #growing = new Growing();
	readonly #absolute: (path: Path) => string;
	readonly #isSynced: (path: Path) => boolean;
	readonly #onReady: (paths: Set<Path>) => void;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(options: {
		times?: Partial<SettleTimes>;
		/** Where a path is on the disk. */
		absolute: (path: Path) => string;
		/** True for a file that is synced already. */
		isSynced: (path: Path) => boolean;
		/** At least one path. */
		onReady: (paths: Set<Path>) => void;
	}) {
		this.#settling = new Settling({...defaultSettleTimes, ...options.times});
		this.#absolute = options.absolute;
		this.#isSynced = options.isSynced;
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
		const sizes = new Map([...this.#settling.due(now)].map((path) => [path, sizeOf(this.#absolute(path))]));
		const mayBeBrief = this.#settling.size <= maxBriefPaths && !this.#hasLeft(sizes);
		const ready = new Set<Path>();
		for (const [path, size] of sizes) {
			const quietAt = mayBeBrief && this.#isBrief(path, size) ? now : this.#settling.quietAt(path);
			const untilMs = this.#settling.isOverdue(path, now)
				? now
				: Math.max(quietAt, this.#growing.readyAt(path, size, now));
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

	/** A file that went may have become one of the others: both are one change. */
	#hasLeft(sizes: ReadonlyMap<Path, number | undefined>): boolean {
		return [...sizes].some(([path, size]) => size === undefined && this.#isSynced(path));
	}

	/**
	 * A small file with contents that was saved again is finished soon. A new name may be a temporary one, a file that is gone may
	 * come back, and one that was emptied is about to be written.
	 */
	#isBrief(path: Path, size: number | undefined): boolean {
		return size !== undefined && size > 0 && size <= maxBriefBytes && this.#isSynced(path);
	}
}

/** The size of the file at an absolute path; undefined if none stands there, or none that can be looked at. */
function sizeOf(path: string): number | undefined {
	try {
		const stats = lstatSync(path, {throwIfNoEntry: false});
		return stats?.isFile() ? stats.size : undefined;
	} catch {
		return undefined;
	}
}
