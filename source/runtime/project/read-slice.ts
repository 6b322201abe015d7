/** The part of a tree that a change touches: the changed paths with what stands above and below them. */
import {isCleanFile} from '../../core/reconcile/content-sets.js';
import {ancestorsOf} from '../../core/reconcile/path-order.js';
import {type Store} from '../../git/store.js';
import {isAbsentValue, type Oid, type Path, type Value} from '../../protocol/content.js';

/**
 * Reads the values at the paths and at all that can be in their way (merge rule 6). Below a path that is a clean file
 * already there is nothing clean, so only the others, those that may become one, are searched.
 */
export async function readSlice(
	store: Store,
	tree: Oid | undefined,
	paths: ReadonlySet<Path>,
	mayBecomeFile: (path: Path) => boolean,
): Promise<Map<Path, Value>> {
	const wanted = new Set(paths);
	for (const path of paths) for (const folder of ancestorsOf(path)) wanted.add(folder);
	const values = await store.valuesAt(tree, wanted);
	const below = new Set<Path>();
	for (const path of paths) {
		const value = values.get(path);
		if ((value && isCleanFile(value)) || !mayBecomeFile(path)) continue;
		for (const found of await store.pathsBelow(tree, path)) if (!values.has(found)) below.add(found);
	}
	for (const [path, value] of await store.valuesAt(tree, below)) values.set(path, value);
	for (const [path, value] of values) if (isAbsentValue(value)) values.delete(path);
	return values;
}
