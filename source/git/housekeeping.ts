/** Keeps the store small and quick while nobody waits: joins loose objects and small packs. Removes no object. */
import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {Gate} from './gate.js';
import {runGitOrFail} from './git-child.js';
import {type Layout} from './repository-layout.js';
import {systemCode, withStoreFailures} from './store-failure.js';
import {type StoreParts} from './store-parts.js';

/** Beyond these, looking up an object gets noticeably slower. */
const repackAbove = {loose: 2000, packs: 50} as const;

/** A large store is copied once; an hour is far more than that takes. */
const deadlineMs = 3_600_000;

const maxOutputBytes = 64 * 1024;

type StoreSize = {readonly bytes: number; readonly loose: number; readonly packs: number};

export class Housekeeping {
	readonly #parts: StoreParts;
	readonly #running = new Gate(1);

	constructor(parts: StoreParts) {
		this.#parts = parts;
	}

	async sizeBytes(): Promise<number> {
		return (await withStoreFailures(async () => measure(this.#parts.layout))).bytes;
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
}

/** Counts what the store has on disk. */
async function measure(layout: Layout): Promise<StoreSize> {
	let bytes = 0;
	let loose = 0;
	let packs = 0;
	for (const folder of await list(layout.objects)) {
		const full = path.join(layout.objects, folder);
		for (const name of /^([0-9a-f]{2}|pack)$/.test(folder) ? await list(full) : []) {
			bytes += await sizeOf(path.join(full, name));
			loose += folder === 'pack' ? 0 : 1;
			packs += name.endsWith('.pack') ? 1 : 0;
		}
	}

	return {bytes, loose, packs};
}

/**
 * Joins small packs and loose objects so that sizes stay in a geometric row: large packs are rarely copied. Objects that
 * nothing refers to are kept, since a transfer may be under way.
 */
async function repack(layout: Layout, signal?: AbortSignal): Promise<void> {
	await runGitOrFail(layout.gitDir, ['repack', '--geometric=2', '-d', '-q', '--window=0'], {
		maxOutputBytes,
		deadlineMs,
		signal,
	});
}

async function list(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		// Emptied folders go away while we look.
		if (systemCode(error) === 'ENOENT') {
			return [];
		}

		throw error;
	}
}

async function sizeOf(file: string): Promise<number> {
	try {
		return (await stat(file)).size;
	} catch {
		return 0;
	}
}
