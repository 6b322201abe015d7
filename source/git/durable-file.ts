/** Files that survive a power cut: written under another name, synced, renamed, and their folder synced. */
import {constants} from 'node:fs';
import {mkdir, open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {systemCode} from './store-failure.js';

/** Writes and syncs a new file; it must not exist. */
export async function writeSynced(file: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
	const handle = await open(file, 'wx', mode);
	try {
		// In one step: `writeFile` takes one for each half megabyte, and waits for a free thread before each.
		for (let at = 0; at < bytes.length;) {
			at += (await handle.write(bytes, at)).bytesWritten;
		}

		await handle.datasync();
	} finally {
		await handle.close();
	}
}

/**
 * Makes a private folder where there is none yet, in one that is there: where the project's disk was unmounted, no store may
 * come to be in its place.
 */
export async function makeFolderIn(folder: string): Promise<void> {
	await mkdir(folder, {mode: 0o700}).catch((error: unknown) => {
		if (systemCode(error) !== 'EEXIST') {
			throw error;
		}
	});
}

/** Makes renames and creations in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Replaces a file as a whole, durably: a reader sees the old bytes or the new ones. `temporary` is on the same disk. */
export async function replaceFile(file: string, bytes: Uint8Array, temporary: string): Promise<void> {
	await rm(temporary, {force: true});
	try {
		await writeSynced(temporary, bytes);
		await rename(temporary, file);
	} catch (error) {
		await rm(temporary, {force: true}).catch(() => undefined);
		throw error;
	}

	await syncFolder(path.dirname(file));
}
