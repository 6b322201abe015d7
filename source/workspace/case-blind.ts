/** Whether a disk takes two spellings that differ in case for the same name. */
import {lstatSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';

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
