/** What the store has on disk. */
import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {type Layout} from './repository-layout.js';
import {systemCode} from './store-failure.js';

export type StoredFiles = {
	readonly bytes: number;
	/** Names without ending. */
	readonly packs: readonly {readonly folder: string; readonly name: string; readonly bytes: number}[];
	/** Full paths. */
	readonly loose: readonly string[];
};

export type StoreSize = {
	readonly bytes: number;
	readonly loose: number;
	readonly packs: number;
	/** Bytes of the largest pack. */
	readonly largest: number;
};

/** Every pack and every loose object. */
export async function listStored(layout: Layout): Promise<StoredFiles> {
	let bytes = 0;
	const loose: string[] = [];
	const packs: {folder: string; name: string; bytes: number}[] = [];
	for (const folder of await list(layout.objects)) {
		const full = path.join(layout.objects, folder);
		for (const name of /^([0-9a-f]{2}|pack)$/.test(folder) ? await list(full) : []) {
			const size = await sizeOf(path.join(full, name));
			bytes += size;
			if (folder !== 'pack') loose.push(path.join(full, name));
			else if (name.endsWith('.pack')) packs.push({folder: full, name: name.slice(0, -5), bytes: size});
		}
	}

	return {bytes, packs, loose};
}

/** Counts what the store has on disk. */
export async function measure(layout: Layout): Promise<StoreSize> {
	const {bytes, packs, loose} = await listStored(layout);
	const largest = packs.reduce((most, pack) => Math.max(most, pack.bytes), 0);
	return {bytes, loose: loose.length, packs: packs.length, largest};
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
