/** Looks at the folders above a path one by one, so that nothing ever happens through a symbolic link. */
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {errorCode} from './disk-entry.js';

/** The first component above a path that is not a real folder. */
export type Obstacle = {readonly at: Path} & (
	{readonly kind: 'absent' | 'link' | 'other'} | {readonly kind: 'unreadable'; readonly code: string}
);

/** Folders that were looked at: what is in the way there, undefined where they are real ones. */
export type FolderLooks = Map<Path, Obstacle | undefined>;

/** `looks` remembers, within one synchronous run or one batch of questions, what was found. */
export function findObstacle(root: string, path: Path, looks?: FolderLooks): Obstacle | undefined {
	for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
		const folder = path.slice(0, slash);
		let obstacle = looks?.get(folder);
		if (obstacle) return obstacle;
		if (looks?.has(folder)) continue;
		obstacle = obstacleAt(root, folder);
		looks?.set(folder, obstacle);
		if (obstacle) return obstacle;
	}
	return undefined;
}

function obstacleAt(root: string, folder: Path): Obstacle | undefined {
	try {
		const stats = lstatSync(join(root, folder), {throwIfNoEntry: false});
		if (!stats) return {at: folder, kind: 'absent'};
		if (stats.isDirectory()) return undefined;
		return {at: folder, kind: stats.isSymbolicLink() ? 'link' : 'other'};
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOTDIR' || code === 'ENOENT') return {at: folder, kind: 'absent'};
		return {at: folder, kind: 'unreadable', code};
	}
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
