/** A change of the tree that somebody asked for: a resolution, a restored path. The disk follows it like anybody's. */
import {sameValue} from '../../core/reconcile/content-sets.js';
import {changesBetween, normalise, putValue} from '../../core/reconcile/normalise.js';
import {absent, type Path, type Tree} from '../../protocol/content.js';
import {moveHead, writeOwnCommit} from './move-head.js';
import {readSlice} from './read-slice.js';
import {type ProjectState} from './project-state.js';

/** Commits these values on top of the head; what then stands in each other's way becomes a conflict. True if it did. */
export async function commitValues(state: ProjectState, values: Tree, message: string): Promise<boolean> {
	const mayBecomeFile = (path: Path) => values.get(path)?.contents[0] !== absent;
	const head = await readSlice(state.store, state.tree, new Set(values.keys()), mayBecomeFile);
	const tree = new Map(head);
	for (const [path, value] of values) putValue(tree, path, value);
	return commitChanges(state, changesBetween(head, normalise(tree), sameValue), message);
}

/** Commits changes that are complete. */
export async function commitChanges(state: ProjectState, changes: Tree, message: string): Promise<boolean> {
	const tree = await state.store.writeTree(state.tree, changes);
	if (tree === state.tree) return false;
	const commit = await writeOwnCommit(state, tree, message);
	await moveHead(state, {commit, tree, values: changes});
	return true;
}
