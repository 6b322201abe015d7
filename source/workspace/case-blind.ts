/** Disks that take two spellings that differ in case for the same name: which ones do, and what a name really is there. */
import {lstatSync, readdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {lookAt} from './disk-entry.js';
import {parentOf} from './safe-path.js';

const known = new Map<string, boolean>();

/** Asked once a folder: does `.pulsync` answer to `.PULSYNC`? The folder must exist. */
export function isCaseBlind(folder: string): boolean {
	let blind = known.get(folder);
	if (blind === undefined) {
		const other = join(dirname(folder), basename(folder).toUpperCase());
		const stats = lstatSync(folder, {throwIfNoEntry: false});
		const twin = lstatSync(other, {throwIfNoEntry: false});
		blind = stats !== undefined && twin !== undefined && stats.ino === twin.ino && stats.dev === twin.dev;
		known.set(folder, blind);
	}
	return blind;
}

/** On such a disk: true if the path, or a folder above it, stands there under another spelling. */
export function isSpeltOtherwise(root: string, path: Path): boolean {
	for (let at = path; at !== ''; at = parentOf(at)) {
		if (lookAt(join(root, at)).kind === 'absent') continue;
		if (!readdirSync(join(root, parentOf(at))).includes(basename(at))) return true;
	}
	return false;
}
