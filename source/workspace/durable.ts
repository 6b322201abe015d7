/** Writing so that a crash or a power cut leaves the old or the new file, and the words for disks that refuse. */
import {closeSync, fsync} from 'node:fs';
import {mkdir, open, rename, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {promisify} from 'node:util';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';

const syncAll = promisify(fsync);

/** Makes names in a folder durable. Folders of some file systems cannot be synced; there it is done by the system. */
export async function syncFolder(folder: string): Promise<void> {
	try {
		const handle = await open(folder, 'r');
		try {
			await handle.sync();
		} finally {
			await handle.close();
		}
	} catch (error) {
		if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EACCES', 'ENOENT'].includes(errorCode(error))) throw error;
	}
}

/** Makes a file durable, its mode included, where the file system can do that for one that is open for reading. */
export async function syncAndClose(file: number): Promise<void> {
	try {
		await syncAll(file);
	} catch (error) {
		if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF'].includes(errorCode(error))) throw error;
	} finally {
		closeSync(file);
	}
}

/**
 * Makes a private folder where there is none yet, in one that is there: where the project's disk was unmounted, nothing may
 * come to be in its place.
 */
export async function makeFolderIn(path: string): Promise<void> {
	await mkdir(path, {mode: 0o700}).catch((error: unknown) => {
		if (errorCode(error) !== 'EEXIST') throw error;
	});
}

/** Writes a small file of our own: complete under its name or not at all. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
	const temporary = `${path}.${process.pid}.new`;
	try {
		await rm(temporary, {force: true});
		const handle = await open(temporary, 'wx', mode);
		try {
			await handle.writeFile(text);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(temporary, path);
		await syncFolder(dirname(path));
	} catch (error) {
		await rm(temporary, {force: true}).catch(() => undefined);
		throw toFailure(error, 'state_unreadable', path);
	}
}

export function isDiskFull(error: unknown): boolean {
	return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error));
}

/** A raw error of the file system as a Failure: `disk_full`, or the given code. */
export function toFailure(error: unknown, code: string, path?: string): Error {
	if (error instanceof Failure) return error;
	if (isDiskFull(error)) return new Failure('disk_full', {cause: error});
	return new Failure(code, {
		severity: 'fatal',
		details: {reason: errorCode(error), ...(path === undefined ? {} : {path})},
		cause: error,
	});
}
