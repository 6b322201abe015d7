/**
 * The base of a merge whose heads have several nearest common ancestors (merge rule 7): those are merged with each other first,
 * by this very merge, recursively. Taking one, all or none of them instead asks about changes that nobody disputes.
 */
import {type Oid} from '../../protocol/content.js';
import {type Ancestry} from './ancestry.js';

/** How trees are got and merged; `Tree` is whatever the caller names trees by. */
export type TreeMerger<Tree> = {
	treeOf(commit: Oid): Promise<Tree>;
	/** Without a base: the empty tree. */
	merge(base: Tree | undefined, one: Tree, other: Tree): Promise<Tree>;
};

/** The base tree for merging two heads; undefined if they have no common ancestor. `memo` outlives a call. */
export async function baseOfMerge<Tree>(
	ancestry: Ancestry,
	merger: TreeMerger<Tree>,
	[one, other]: readonly [Oid, Oid],
	memo: Map<string, Promise<Tree>> = new Map(),
): Promise<Tree | undefined> {
	const bases = ancestry.commonAncestors([one], [other]);
	return bases.length > 0 ? virtualTree(ancestry, merger, bases, memo) : undefined;
}

/** The tree of a virtual commit whose parents are these, folded in oid order. */
async function virtualTree<Tree>(
	ancestry: Ancestry,
	merger: TreeMerger<Tree>,
	commits: readonly Oid[],
	memo: Map<string, Promise<Tree>>,
): Promise<Tree> {
	if (commits.length === 1) return merger.treeOf(commits[0]!);
	const key = commits.join(' ');
	const known = memo.get(key);
	if (known) return known;
	const made = (async () => {
		const left = commits.slice(0, -1);
		const right = commits.at(-1)!;
		const bases = ancestry.commonAncestors(left, [right]);
		return merger.merge(
			bases.length > 0 ? await virtualTree(ancestry, merger, bases, memo) : undefined,
			await virtualTree(ancestry, merger, left, memo),
			await merger.treeOf(right),
		);
	})();
	memo.set(key, made);
	made.catch(() => memo.delete(key)); // a tree that is missing now may be here the next time
	return made;
}
