/** Keeps the store small and quick while nobody waits: joins what is many, and writes all of it anew where that pays. */
import {compact, type Compacted, type CompactOptions} from './compact.js';
import {Gate} from './gate.js';
import {runGitOrFail} from './git-child.js';
import {type Layout} from './repository-layout.js';
import {oldestKept} from './retention.js';
import {withStoreFailures} from './store-failure.js';
import {measure, type StoreSize} from './store-files.js';
import {type StoreParts} from './store-parts.js';

/** Beyond these, looking up an object gets noticeably slower. */
const repackAbove = {loose: 2000, packs: 50} as const;

/** A large store is copied once; an hour is far more than that takes. */
const deadlineMs = 3_600_000;

const maxOutputBytes = 64 * 1024;

export class Housekeeping {
	readonly #parts: StoreParts;
	readonly #running = new Gate(1);

	constructor(parts: StoreParts) {
		this.#parts = parts;
	}

	async size(): Promise<StoreSize> {
		return withStoreFailures(async () => measure(this.#parts.layout));
	}

	/** Joins small packs and loose objects if there are many. True if it did. */
	async repackIfNeeded(signal?: AbortSignal): Promise<boolean> {
		const {layout, writer, loose, objects} = this.#parts;
		return this.#running.run(async () => {
			const size = await withStoreFailures(async () => measure(layout));
			if (size.loose <= repackAbove.loose && size.packs <= repackAbove.packs) {
				return false;
			}

			await writer.flush();
			await repack(layout, signal);
			loose.forgetFolders();
			objects.restart();
			return true;
		});
	}

	/** Writes the store anew without what is older; see compact. */
	async compact(options: CompactOptions): Promise<Compacted> {
		return this.#running.run(async () => compact(this.#parts, options));
	}

	/** When the oldest commit was made that is here and could be cut off; undefined if there is none. */
	oldestMs(head: string, nowMs: number): number | undefined {
		return oldestKept(this.#parts.graph, {head, nowMs});
	}
}

/**
 * Joins small packs and loose objects so that sizes stay in a geometric row: large packs are rarely copied. Small things that
 * are joined become differences; large ones stay as they are. Objects that nothing refers to are kept, since a transfer may
 * be under way.
 */
async function repack(layout: Layout, signal?: AbortSignal): Promise<void> {
	await runGitOrFail(
		layout.gitDir,
		['repack', '--geometric=2', '-d', '-q', '--window=10', '--depth=50', '--window-memory=64m'],
		{maxOutputBytes, deadlineMs, signal, nice: true},
	);
}
