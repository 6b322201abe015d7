/**
 * Writes new small files in whichever way holds up the thread less. A disk at rest makes one in some 20 µs, and to hand the call to
 * another thread costs 50; one that cleans up after thousands of removals takes a millisecond, for which everything else would wait.
 */
import {closeSync, open, openSync, writeSync} from 'node:fs';
import {promisify} from 'node:util';
import {TimeSlice} from './time-slice.js';

const openElsewhere = promisify(open);

/** A disk that takes longer, on the average of the last ones, is slow. */
const slowMs = 0.15;
const averagedOver = 16;
/** Files that other threads make before a slow disk is tried again. */
const leftToOthers = 256;

export class NewFiles {
	readonly #clock: () => number;
	readonly #slice = new TimeSlice();
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
	async write(path: string, content: Uint8Array): Promise<void> {
		if (this.#left > 0) {
			this.#left--;
			return writeAndClose(await openElsewhere(path, 'wx', 0o666), content);
		}
		// Thousands may have waited for their turn, and nothing of this waits for anything.
		if (this.#slice.isOver()) await this.#slice.giveWay();
		const startedAt = this.#clock();
		try {
			writeAndClose(openSync(path, 'wx', 0o666), content);
		} finally {
			this.#averageMs += (this.#clock() - startedAt - this.#averageMs) / averagedOver;
			if (this.#averageMs > slowMs) [this.#averageMs, this.#left] = [0, leftToOthers];
		}
	}
}

function writeAndClose(file: number, content: Uint8Array): void {
	try {
		for (let at = 0; at < content.length;) at += writeSync(file, content, at);
	} finally {
		closeSync(file);
	}
}
