/**
 * Tells a file that is being appended to (a download, a build's output) from one that was saved: each time it is found
 * larger shortly after the last look, it has to be quiet for twice as long before it counts as finished.
 */
import {type Path} from '../protocol/content.js';

type Seen = {size: number; at: number; quietMs: number};

/** A file that grows more seldom is saved each time, and each save is wanted at once. */
const forgetMs = 400;
const firstQuietMs = 100;
const maxQuietMs = 1000;

/** More files are not being written at once; the oldest are forgotten. */
const maxFiles = 1024;

export class Growing {
	readonly #seen = new Map<Path, Seen>();

	/** When a path may count as finished, `now` or earlier: it is. `size` is that of the file that stands there, if one does. */
	readyAt(path: Path, size: number | undefined, now: number): number {
		const seen = this.#seen.get(path);
		this.#seen.delete(path);
		if (size === undefined) return now;
		const grew = seen !== undefined && size > seen.size && now - seen.at < forgetMs;
		const quietMs = grew ? Math.min(seen.quietMs * 2, maxQuietMs) : firstQuietMs / 2;
		this.#remember(path, {size, at: now, quietMs});
		return grew ? now + quietMs : now;
	}

	#remember(path: Path, seen: Seen): void {
		this.#seen.set(path, seen);
		for (const oldest of this.#seen.keys()) {
			if (this.#seen.size <= maxFiles) return;
			this.#seen.delete(oldest);
		}
	}
}
