/** Folders without files, which may stand where a file has to go. */
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {lookAt} from './disk-entry.js';

/** More empty folders than this are somebody's purpose. */
const maxHollowFolders = 10_000;

/** A folder and all below it, deepest first; empty if it is no folder, or anything but folders is in it. */
export function hollowFolders(top: string): string[] {
	if (lookAt(top).kind !== 'folder') return [];
	const folders = [top];
	for (let index = 0; index < folders.length; index++) {
		for (const child of readdirSync(folders[index]!, {withFileTypes: true})) {
			if (!child.isDirectory() || folders.length > maxHollowFolders) return [];
			folders.push(join(folders[index]!, child.name));
		}
	}
	return folders.reverse();
}
