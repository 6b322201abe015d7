/** What a peer hears of its own disk: after lost events nothing of a folder that it does not watch, until it looks at everything. */
import {type Node} from './memory-disk.js';

/** What a watcher did not tell is found when everything is looked at. */
const lookedAtAllAfterMs = 5 * 60_000;

export class Hearing {
	/** Something was not told, and nobody has looked at the disk since. */
	#isDeaf = false;
	#mayMissUntilMs = 0;
	/** The folders that stood when nothing was missed, by path: one that moves unheard is told of under its old name. */
	readonly #watched = new Map<string, Node>();

	/** Call at each look at the disk. */
	note({isUp, losesEvents}: {readonly isUp: boolean; readonly losesEvents: boolean}): void {
		this.#isDeaf = losesEvents || (this.#isDeaf && isUp);
		// A program that starts looks at everything.
		if (!isUp) this.#mayMissUntilMs = 0;
	}

	/**
	 * For one walk over the disk, of a program that works: takes each entry, folders before what is in them, and says when what
	 * is new there has been heard of, in ms.
	 */
	listen(nowMs: number): (path: string, node: Node) => number {
		const wasDeaf = this.#isDeaf;
		this.#isDeaf = false;
		if (wasDeaf) this.#mayMissUntilMs = nowMs + lookedAtAllAfterMs;
		const mayMiss = nowMs < this.#mayMissUntilMs;
		if (!mayMiss) this.#watched.clear();
		let unwatched: string | undefined;
		return (path, node) => {
			if (unwatched !== undefined && !path.startsWith(unwatched)) unwatched = undefined;
			if (node.kind === 'folder' && !mayMiss) this.#watched.set(path, node);
			else if (node.kind === 'folder' && this.#watched.get(path) !== node) unwatched ??= `${path}/`;
			return wasDeaf || unwatched !== undefined ? this.#mayMissUntilMs : nowMs;
		};
	}
}
