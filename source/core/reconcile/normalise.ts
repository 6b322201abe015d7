/** A file cannot stand where a folder is (merge rule 6). */
import {absent, type Content, type Path, type Tree, type Value} from '../../protocol/content.js';
import {isCleanFile, makeValue, unite} from './content-sets.js';
import {ancestorsOf} from './path-order.js';

/**
 * Makes a record {absent, file} of every clean file that has a clean file below it, in place. Only what is in `tree` is
 * seen: a slice must hold the ancestors and descendants of what changed in it.
 */
export function normalise(tree: Map<Path, Value>, baseAt?: (path: Path) => Content): Map<Path, Value> {
	const folders = new Set<Path>();
	for (const [path, value] of tree) {
		if (isCleanFile(value)) for (const folder of ancestorsOf(path)) folders.add(folder);
	}
	for (const path of folders) {
		const value = tree.get(path);
		if (value && isCleanFile(value)) {
			tree.set(path, makeValue(unite([absent], value.contents), baseAt?.(path)));
		}
	}
	return tree;
}

/** Sets a value the way trees list them: what is clean and absent is not in it. */
export function putValue(tree: Map<Path, Value>, path: Path, value: Value): void {
	if (value.contents.length === 1 && value.contents[0] === absent) tree.delete(path);
	else tree.set(path, value);
}

/** What must change in `from` to become `to`: paths that vanish are in it as clean and absent. */
export function changesBetween(
	from: Tree,
	to: Tree,
	same: (one: Value, other: Value) => boolean,
): Map<Path, Value> {
	const changes = new Map<Path, Value>();
	for (const [path, value] of to) {
		const before = from.get(path);
		if (!before || !same(before, value)) changes.set(path, value);
	}
	for (const path of from.keys()) if (!to.has(path)) changes.set(path, {contents: [absent]});
	return changes;
}
