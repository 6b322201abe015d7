/** Which folders of a project are to be watched: those in view, by their identity. */
import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {errorCode} from './disk-entry.js';
import {OwnDevice} from './own-device.js';

export type FoundFolders = {
	readonly found: ReadonlyMap<Path, string>;
	/** What could not be read: nothing is known about these and what is below them. */
	readonly unread: ReadonlySet<Path>;
};

/**
 * Folders in view at and below `top` (empty: the root), with their identities. Of a nested repository only the folder that it
 * is, which tells when it is none any more; of what is mounted none.
 */
export async function findFolders(options: {
	root: string;
	top: Path;
	ignored: (folders: readonly Path[]) => Promise<ReadonlySet<Path>>;
}): Promise<FoundFolders> {
	const {root} = options;
	const found = new Map<Path, string>();
	const unread = new Set<Path>();
	const device = new OwnDevice(root);
	let level: Path[] = [options.top];
	while (level.length > 0) {
		const ignored = await options.ignored(level.filter((folder) => folder !== ''));
		const next: Path[] = [];
		for (const folder of level) {
			if (ignored.has(folder) || (folder !== '' && device.placeOf(folder) === 'other')) continue;
			try {
				const identity = identityOfFolder(join(root, folder));
				const children = identity === undefined ? undefined : readFolders(join(root, folder));
				if (identity === undefined || !children) continue;
				found.set(folder, identity);
				if (folder !== '' && children.isRepository) continue;
				for (const name of children.names) next.push(folder === '' ? name : `${folder}/${name}`);
			} catch {
				unread.add(folder); // the scan tells why
			}
		}
		level = next;
	}
	return {found, unread};
}

/** Which folder stands there, if it is one; inode numbers alone are used again at once. Throws what the disk says when it does not tell. */
export function identityOfFolder(path: string): string | undefined {
	const stats = unlessGone(() => lstatSync(path));
	return stats?.isDirectory() === true ? `${stats.ino}:${stats.birthtimeMs}` : undefined;
}

/** The folders in a folder, and whether it is a repository. */
function readFolders(path: string): {names: string[]; isRepository: boolean} | undefined {
	const children = unlessGone(() => readdirSync(path, {withFileTypes: true}));
	const names = children?.filter((child) => child.isDirectory()).map((child) => child.name);
	return (
		names && {
			names: names.filter((name) => name !== '.git' && name !== '.pulsync' && !name.includes('\ufffd')),
			isRepository: children!.some((child) => child.name === '.git'),
		}
	);
}

function unlessGone<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
		throw error;
	}
}
