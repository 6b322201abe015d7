/** Bringing paths back as they were: a new commit on top, which reaches everybody like any change. */
import {Failure} from '../../protocol/failure.js';
import {isAbsentValue, type Oid, type Path, type Tree} from '../../protocol/content.js';
import {commitValues} from './commit-values.js';
import {describePaths} from './move-head.js';
import {isIn} from './read-history.js';
import {type ProjectState} from './project-state.js';

/** The disk has been snapshotted before. The commit need hold no more than the path. Rejects with Failure `unknown_path`. */
export async function restorePath(state: ProjectState, path: Path, commit: Oid): Promise<readonly Path[]> {
	const {tree} = await state.store.readCommit(commit);
	const values: Tree = new Map(
		[...(await state.store.diffTrees(state.tree, tree))]
			.filter(([changed]) => isIn(changed, path))
			.map(([changed, {after}]) => [changed, after]),
	);
	if (values.size === 0) {
		if (path !== '.' && !(await isKnown(state, tree, path)))
			throw new Failure('unknown_path', {details: {path}});
		return [];
	}
	await commitValues(state, values, describePaths('Restore', [...values.keys()]));
	return [...values.keys()];
}

async function isKnown({store}: ProjectState, tree: Oid, path: Path): Promise<boolean> {
	const [value] = (await store.valuesAt(tree, [path])).values();
	return (value && !isAbsentValue(value)) || (await store.pathsBelow(tree, path)).length > 0;
}
