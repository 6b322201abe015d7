/**
 * What the last snapshot took in, where `shown` does not know of it: a crash came between the two. Who saves again before the
 * next start has changed what that snapshot says, and not what was shown before it: no conflict of a person with themselves.
 */
import {absent, type Content, type Path} from '../../protocol/content.js';
import {isSwitch} from './branch-switch.js';
import {type ProjectState} from './project-state.js';

/** How the messages of snapshots begin; those of other commits name what the disk did not hold. */
export const snapshotVerb = 'Change';

/**
 * By path; only what was one-sided: with anything else in it a conflict is what it should be. Where the index was lost, or a
 * folder just joined, that is what the snapshot added: of all else nobody knows what the disk had shown.
 */
export async function recallSnapshot(state: ProjectState): Promise<ReadonlyMap<Path, Content>> {
	const {store, head} = state;
	const recalled = new Map<Path, Content>();
	if (head === undefined) return recalled;
	const {author, message, parents, tree} = await store.readCommit(head);
	const [parent] = parents;
	const isSnapshot = message.startsWith(`${snapshotVerb} `) || isSwitch(message);
	const isOurs = author.peerId === state.self.peerId && isSnapshot;
	if (!isOurs || (parent !== undefined && !store.graph.isPresent(parent))) return recalled;
	const before = parent === undefined ? undefined : (await store.readCommit(parent)).tree;
	for (const [path, {before: old, after}] of await store.diffTrees(before, tree)) {
		const [was = absent, ...others] = old.contents;
		const [is = absent, ...sides] = after.contents;
		const isClean = others.length === 0 && sides.length === 0;
		if (isClean && was === (state.shown.get(path)?.content ?? absent)) recalled.set(path, is);
	}
	return recalled;
}
