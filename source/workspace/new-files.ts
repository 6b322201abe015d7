/**
 * Begins new files in whichever way holds up the thread less. A disk at rest makes a name in some 10 µs, and to hand the call to
 * another thread costs 50; one that cleans up after thousands of removals takes a millisecond, for which everything else would wait.
 */
import {open, openSync} from 'node:fs';
import {promisify} from 'node:util';

const openElsewhere = promisify(open);

/** A disk that takes longer, on the average of the last ones, is slow. */
const slowMs = 0.1;
const averagedOver = 16;
/** Files that are left to other threads before a slow disk is tried again. */
const leftToOthers = 256;

export class NewFiles {
	readonly #clock: () => number;
	#averageMs = 0;
	#left = 0;

	/** `clock` gives milliseconds. */
	constructor(clock: () => number = () => performance.now()) {
		this.#clock = clock;
	}

	/** How many of the next ones are left to other threads. */
	get left(): number {
		return this.#left;
	}

	/** Rejects with the file system's error, also where the name is taken. */
	async begin(path: string): Promise<number> {
		if (this.#left > 0) {
			this.#left--;
			return openElsewhere(path, 'wx', 0o666);
		}
		const startedAt = this.#clock();
		try {
			return openSync(path, 'wx', 0o666);
		} finally {
			this.#averageMs += (this.#clock() - startedAt - this.#averageMs) / averagedOver;
			if (this.#averageMs > slowMs) [this.#averageMs, this.#left] = [0, leftToOthers];
		}
	}
}
