import {rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {type DirtyFolders} from './dirty-folders.js';
import {writeSynced} from './durable-file.js';
import {encodePackIndex, type PackEntry} from './pack-format.js';
import {type Layout} from './repository-layout.js';

/** Lets a pack file into the store when it is synced: its index is written meanwhile and both are renamed, the pack first. */
export async function installPack(
	layout: Layout,
	dirty: DirtyFolders,
	file: string,
	entries: readonly PackEntry[],
	checksum: Buffer,
	synced: Promise<void> = Promise.resolve(),
): Promise<void> {
	const index = `${file}.idx`;
	const name = path.join(layout.packs, `pack-${checksum.toString('hex')}`);
	try {
		const written = writeSynced(index, encodePackIndex(entries, checksum), 0o444);
		await Promise.allSettled([written, synced]); // so that nothing is written any more where it is removed
		await Promise.all([written, synced]);
		await rename(file, `${name}.pack`);
		await rename(index, `${name}.idx`);
		dirty.add(layout.packs);
	} catch (error) {
		await rm(index, {force: true}).catch(() => undefined);
		throw error;
	}
}
