/**
 * Replaced files that are kept under a second name in `.pulsync/tmp` until it is certain that nobody wrote into them. The name
 * says what they were, so that one that a killed program left behind is judged at the next start as it would have been then.
 */
import {lstatSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {type DiskStat, lookAt} from './disk-entry.js';

/** How the names of files begin that somebody saved in the instant in which they were replaced. */
export const racedPrefix = 'raced-';

const keptName = /^kept-\d+-\d+-(\d+)-(\d+)-(-?\d+)(?:-|$)/;
/** Bytes of the file's own name that are taken over for those who find it: some file systems allow 143 for all of a name. */
const maxNameBytes = 60;

/** Whether a file is the one that was looked at and was not written into since, wherever it is now. */
type Identity = Pick<DiskStat, 'ino' | 'size' | 'mtimeNs'>;

/** The name under which the file at `path` is kept; `number` makes it unused among those of this process. */
export function nameToKeep(path: Path, {ino, size, mtimeNs}: DiskStat, number: number): string {
	const name = basename(path);
	const ending = Buffer.byteLength(name) <= maxNameBytes ? `-${name}` : '';
	return `kept-${process.pid}-${number}-${ino}-${size}-${mtimeNs}${ending}`;
}

/** Linking and renaming change the ctime of a file, writing its mtime or size. */
export function isUnwritten(now: Identity, then: Identity): boolean {
	return now.ino === then.ino && now.size === then.size && now.mtimeNs === then.mtimeNs;
}

/** A name under which the file survives every start, until it is taken in or a person takes it away. */
export function setAside(kept: string): string {
	const found = join(dirname(kept), `${racedPrefix}${basename(kept)}`);
	renameSync(kept, found);
	return found;
}

/**
 * Judges a file in `tmp` that an earlier run kept and did not look at again: written into, and without another name, it is the
 * only copy of a save, and set aside. False for what is no kept file. Throws raw errors.
 */
export function settleLeftBehind(tmp: string, name: string): boolean {
	const then = keptName.exec(name);
	if (!then) return false;
	const path = join(tmp, name);
	const look = lookAt(path);
	if (look.kind === 'absent') return true;
	if (look.kind === 'entry' && isNoLongerNeeded(path, look.entry, then)) rmSync(path, {force: true});
	else setAside(path);
	return true;
}

function isNoLongerNeeded(path: string, now: DiskStat, [, ino, size, mtimeNs]: RegExpExecArray): boolean {
	const then = {ino: BigInt(ino ?? 0), size: Number(size), mtimeNs: BigInt(mtimeNs ?? 0)};
	// Killed before another file took its place, it still stands in the project as well.
	return isUnwritten(now, then) || lstatSync(path).nlink > 1;
}
