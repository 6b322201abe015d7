/** Which folders of a project are to be watched: those in view, by their identity. */
import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';

/** Folders in view at and below `top` (empty: the root), with their identities; nested repositories are left out. */
export async function findFolders(options: {
	root: string;
	top: Path;
	ignored: (folders: readonly Path[]) => Promise<ReadonlySet<Path>>;
}): Promise<Map<Path, string>> {
	const {root} = options;
	const found = new Map<Path, string>();
	let level: Path[] = [options.top];
	while (level.length > 0) {
		const ignored = await options.ignored(level.filter((folder) => folder !== ''));
		const next: Path[] = [];
		for (const folder of level) {
			const identity = ignored.has(folder) ? undefined : identityOfFolder(join(root, folder));
			if (identity === undefined) continue;
			const children = readFolders(join(root, folder));
			if (folder !== '' && children.isRepository) continue;
			found.set(folder, identity);
			for (const name of children.names) next.push(folder === '' ? name : `${folder}/${name}`);
		}
		level = next;
	}
	return found;
}

/** Which folder stands there; inode numbers alone are used again at once. */
export function identityOfFolder(path: string): string | undefined {
	try {
		const stats = lstatSync(path, {throwIfNoEntry: false});
		return stats?.isDirectory() ? `${stats.ino}:${stats.birthtimeMs}` : undefined;
	} catch {
		return undefined;
	}
}

/** The folders in a folder, and whether it is a repository. Unreadable: none; the scan reports it. */
function readFolders(path: string): {names: string[]; isRepository: boolean} {
	try {
		const children = readdirSync(path, {withFileTypes: true});
		const names = children.filter((child) => child.isDirectory()).map((child) => child.name);
		return {
			names: names.filter((name) => name !== '.git' && name !== '.pulsync' && !name.includes('\ufffd')),
			isRepository: children.some((child) => child.name === '.git'),
		};
	} catch {
		return {names: [], isRepository: false};
	}
}
