/** Looks at the folders above a path one by one, so that nothing ever happens through a symbolic link. */
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {errorCode} from './disk-entry.js';

/** The first component above a path that is not a real folder. */
export type Obstacle = {readonly at: Path} & (
	{readonly kind: 'absent' | 'link' | 'other'} | {readonly kind: 'unreadable'; readonly code: string}
);

/** `folders` remembers, within one synchronous run or one batch of questions, what was found to be a real folder. */
export function findObstacle(root: string, path: Path, folders?: Set<Path>): Obstacle | undefined {
	for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
		const folder = path.slice(0, slash);
		if (folders?.has(folder)) continue;
		try {
			const stats = lstatSync(join(root, folder), {throwIfNoEntry: false});
			if (!stats) return {at: folder, kind: 'absent'};
			if (!stats.isDirectory()) return {at: folder, kind: stats.isSymbolicLink() ? 'link' : 'other'};
		} catch (error) {
			const code = errorCode(error);
			if (code === 'ENOTDIR' || code === 'ENOENT') return {at: folder, kind: 'absent'};
			return {at: folder, kind: 'unreadable', code};
		}
		folders?.add(folder);
	}
	return undefined;
}

/** The folder of a path; the empty text for a path directly in the root. */
export function parentOf(path: Path): Path {
	return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** True if `path` lies somewhere below `folder`; the root is the empty text. */
export function isBelow(path: Path, folder: Path): boolean {
	return (
		folder === '' || (path.length > folder.length && path[folder.length] === '/' && path.startsWith(folder))
	);
}
