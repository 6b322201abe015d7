/** Disks that take two spellings that differ in case for the same name: which ones do, and what a name really is there. */
import {lstatSync, readdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {lookAt} from './disk-entry.js';
import {hollowFolders} from './hollow-folders.js';
import {parentOf} from './safe-path.js';

const known = new Map<string, boolean>();

/**
 * Asked once a folder: does `.pulsync` answer to `.PULSYNC`, though no such name stands there? Inodes do not tell: some file systems
 * make one up for each spelling. The folder must exist.
 */
export function isCaseBlind(folder: string): boolean {
	let blind = known.get(folder);
	if (blind === undefined) {
		const other = basename(folder).toUpperCase();
		const answers = lstatSync(join(dirname(folder), other), {throwIfNoEntry: false}) !== undefined;
		blind = answers && !readdirSync(dirname(folder)).includes(other);
		known.set(folder, blind);
	}
	return blind;
}

/**
 * On such a disk: the highest of a path and the folders above it that stands there under another spelling. Throws what the
 * disk says when a folder cannot be read.
 */
export function findOtherSpelling(root: string, path: Path): Path | undefined {
	for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
		const at = end < 0 ? path : path.slice(0, end);
		if (lookAt(join(root, at)).kind === 'absent') return undefined;
		if (!readdirSync(join(root, parentOf(at))).includes(basename(at))) return at;
		if (end < 0) return undefined;
	}
}

/**
 * What stands in the way of this spelling of a path, if anything does: a folder without files does not, and gets this spelling
 * (as it makes room for a file).
 */
export function findCollision(root: string, path: Path): Path | undefined {
	const other = findOtherSpelling(root, path);
	return other !== undefined && hollowFolders(join(root, other)).length === 0 ? other : undefined;
}
