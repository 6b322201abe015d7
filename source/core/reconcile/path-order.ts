/** How paths contain one another. */
import {type Path} from '../../protocol/content.js';

/** True if the path stands below the folder, at any depth. */
export function isBelow(path: Path, folder: Path): boolean {
	return path.length > folder.length && path.startsWith(folder) && path[folder.length] === '/';
}

/** The folders that a path stands in, the nearest last: `a/b/c` has `a` and `a/b`. */
export function ancestorsOf(path: Path): readonly Path[] {
	const ancestors: Path[] = [];
	for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
		ancestors.push(path.slice(0, at));
	return ancestors;
}

/** Smaller code units first: the same order on every machine, whatever its locale. */
export function comparePaths(one: Path, other: Path): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
