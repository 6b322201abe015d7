/**
 * Tells a project folder from a copy of it, by what a copy changes and a remount or a move does not: the number of the folder, and
 * when its `.pulsync` was made. Device numbers tell nothing: after a restart the same disk may have another one.
 */
import {stat} from 'node:fs/promises';
import process from 'node:process';
import {pulsyncFolderOf} from '../workspace/project-files.js';

type Place = {
	readonly ino: string;
	/** Nanoseconds since the epoch; undefined where the file system does not keep it. */
	readonly born?: string;
};

/** What session.json keeps of where it is. `.pulsync` has to be there. */
export async function placeOf(root: string): Promise<string> {
	const {ino} = await stat(root, {bigint: true});
	const {birthtimeNs} = await stat(pulsyncFolderOf(root), {bigint: true});
	return `${ino}@${birthtimeNs > 0n ? birthtimeNs : ''}`;
}

/**
 * True if both are one folder. Where a disk numbers its folders anew each time (FAT), the time of making tells; not so on macOS, which
 * copies that time too. Without any such time the number has to do.
 */
export function isSamePlace(
	one: string,
	other: string,
	platform: NodeJS.Platform = process.platform,
): boolean {
	const [a, b] = [parsePlace(one), parsePlace(other)];
	const isKnown = a.born !== undefined && b.born !== undefined;
	if (a.ino === b.ino) return !isKnown || a.born === b.born;
	return isKnown && a.born === b.born && platform === 'linux';
}

/** Also of the form `DEVICE:NUMBER`, which was kept before. */
function parsePlace(text: string): Place {
	const [ino = '', born = ''] = text.includes('@') ? text.split('@') : [text.split(':')[1]];
	return {ino, born: born === '' ? undefined : born};
}
