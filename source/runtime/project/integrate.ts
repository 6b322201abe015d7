/** Taking in somebody's head: nothing, a fast-forward, or a merge; then the disk follows (merge rules 8, 9, 12, 14). */
import {Failure} from '../../protocol/failure.js';
import {type Oid, type Path, type Tree} from '../../protocol/content.js';
import {type IntegrateOutcome} from '../../core/event.js';
import {applyHead} from './apply-head.js';
import {mergeHeads} from './merge-heads.js';
import {moveHead, writeMergeCommit} from './move-head.js';
import {type ProjectState} from './project-state.js';

export type Relation = 'missing' | 'same' | 'ancestor' | 'descendant' | 'diverged';

/** Where a commit stands, seen from our head. `missing`: it is not, or not wholly, in the store. */
export function relationTo(state: ProjectState, commit: Oid): Relation {
	const {head, store, ancestry} = state;
	if (commit === head) return 'same';
	// Also one that was cut off: what it held is behind us.
	if (head !== undefined && store.graph.has(commit) && ancestry.isAncestor(commit, head)) return 'ancestor';
	if (!store.graph.isPresent(commit)) return 'missing';
	if (head === undefined) return 'descendant';
	return ancestry.isAncestor(head, commit) ? 'descendant' : 'diverged';
}

export type Integration = {
	readonly kind: IntegrateOutcome;
	readonly applied: readonly Path[];
	/** Commits to be fetched first: a base behind our shallow boundary. */
	readonly needs?: readonly Oid[];
};

/** The disk has been snapshotted before. */
export async function integrateCommit(
	state: ProjectState,
	commit: Oid,
	mayMerge: boolean,
	gone: ReadonlySet<Oid> = new Set(),
): Promise<Integration> {
	switch (relationTo(state, commit)) {
		case 'missing':
			return {kind: 'missing', applied: []};
		case 'same':
		case 'ancestor':
			return {kind: 'none', applied: await applyHead(state)};
		case 'descendant':
			await follow(state, commit);
			return {kind: 'fast-forward', applied: await applyHead(state)};
		case 'diverged':
			return mayMerge ? merge(state, commit, gone) : {kind: 'diverged', applied: []};
	}
}

async function merge(state: ProjectState, commit: Oid, gone: ReadonlySet<Oid>): Promise<Integration> {
	const own = state.head!;
	state.callbacks.progress({kind: 'merging', done: 0});
	try {
		const tree = await mergeHeads(state, own, commit, gone);
		await follow(state, await writeMergeCommit(state, tree, [own, commit]));
	} catch (error) {
		const base =
			error instanceof Failure && error.code === 'missing_base' ? error.details['commit'] : undefined;
		if (typeof base !== 'string') throw error;
		return {kind: 'missing', applied: [], needs: [base]};
	}
	return {kind: 'merge', applied: await applyHead(state)};
}

/** Moves the head to a descendant. */
export async function follow(state: ProjectState, commit: Oid): Promise<void> {
	const {tree} = await state.store.readCommit(commit);
	const changes = await state.store.diffTrees(state.tree, tree);
	const values: Tree = new Map([...changes].map(([path, {after}]) => [path, after]));
	await moveHead(state, {commit, tree, values});
}
