/** Taking a resolution back: the conflicts are records again as they were, by a change like any other. */
import {type Oid, type Path} from '../../protocol/content.js';
import {commitValues} from './commit-values.js';
import {describePaths} from './move-head.js';
import {type ProjectState} from './project-state.js';

/** Those of the paths that were conflicts at the commit `before`. The disk has been snapshotted before. */
export async function reopenConflicts(
	state: ProjectState,
	paths: readonly Path[],
	before: Oid,
): Promise<readonly Path[]> {
	const {tree} = await state.store.readCommit(before);
	const values = new Map(
		[...(await state.store.valuesAt(tree, paths))].filter(([, value]) => value.contents.length > 1),
	);
	if (values.size === 0) return [];
	await commitValues(state, values, describePaths('Reopen', [...values.keys()]));
	return [...values.keys()];
}
