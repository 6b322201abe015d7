/**
 * Disks that keep no permissions, such as sticks (exFAT), shared folders and some mounts of other systems: there each file looks
 * executable, or none does, whatever is asked for. What a file may do is then what it was said to do last, by us or by others.
 */
import {chmodSync, lstatSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Content, parseContent} from '../protocol/content.js';
import {type DiskEntry, errorCode} from './disk-entry.js';

/** `.pulsync` folders, by their absolute paths. */
const without = new Set<string>();

/** Some such disks take each change in silence, others refuse all of them. */
const refusals = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'];

/** Tries it out in a folder of ours: a mask may show all files as private already. True as well where it could not be tried. */
export function probeModes(folder: string): boolean {
	const probe = join(folder, `mode-${process.pid}.new`);
	try {
		writeFileSync(probe, '', {mode: 0o600});
		return [0o600, 0o700].every((mode) => takesMode(probe, mode));
	} catch {
		return true;
	} finally {
		rmSync(probe, {force: true});
	}
}

function takesMode(path: string, mode: number): boolean {
	try {
		chmodSync(path, mode);
	} catch (error) {
		if (!refusals.includes(errorCode(error))) throw error;
	}
	return (lstatSync(path).mode & 0o777) === mode;
}

/** Remembers how the disk of a project is. */
export function noteModes(folder: string, areKept: boolean): void {
	if (areKept) without.delete(folder);
	else without.add(folder);
}

/** `folder` is the project's `.pulsync`. */
export function keepsModes(folder: string): boolean {
	return !without.has(folder);
}

/** The entry with the mode that counts: its own, or on a disk that keeps none that of what is known to stand there. */
export function withModeThatCounts(folder: string, entry: DiskEntry, known: Content | undefined): DiskEntry {
	if (entry.kind !== 'file' || keepsModes(folder)) return entry;
	const isExecutable = known !== undefined && parseContent(known)?.mode === '100755';
	return {...entry, mode: isExecutable ? '100755' : '100644'};
}
