/** Read-only folders: what stands in one may still be ours to change, as it is for whoever made it read-only. */
import {chmodSync, lstatSync} from 'node:fs';
import {errorCode} from './disk-entry.js';

/** Runs `action`; if a read-only folder of our own refuses it, once more with the folder writable meanwhile. */
export function withWritableFolder<T>(folder: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (errorCode(error) !== 'EACCES') throw error;
		const stats = lstatSync(folder);
		const refuses =
			stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o300) !== 0o300;
		if (!refuses) throw error;
		chmodSync(folder, (stats.mode & 0o7777) | 0o300);
		try {
			return action();
		} finally {
			chmodSync(folder, stats.mode & 0o7777);
		}
	}
}
