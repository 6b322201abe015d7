/** Merging trees that the store holds: only what differs is read, lines are merged by git's own merge-file. */
import {changesBetween} from '../../core/reconcile/normalise.js';
import {isCleanFile, sameValue} from '../../core/reconcile/content-sets.js';
import {mergeTrees} from '../../core/reconcile/merge-trees.js';
import {type TextMerge} from '../../core/reconcile/merge-value.js';
import {baseOfMerge, type TreeMerger} from '../../core/reconcile/virtual-base.js';
import {Failure} from '../../protocol/failure.js';
import {type Store} from '../../git/store.js';
import {isAbsentValue, type Oid, type Path, type Value} from '../../protocol/content.js';
import {readSlice} from './read-slice.js';
import {type ProjectState} from './project-state.js';

/** Line merges under way at once; each is a short git child. */
const textsAtOnce = 8;

/**
 * The merged tree of two heads; symmetric. Rejects with Failure `missing_base` (`commit`) where a base is not here; where it is
 * one that nobody has any more, the two meet as if they had nothing in common, so that what differs is asked about.
 */
export async function mergeHeads(
	state: ProjectState,
	one: Oid,
	other: Oid,
	gone: ReadonlySet<Oid>,
): Promise<Oid> {
	const {store, ancestry} = state;
	const merger: TreeMerger<Oid> = {
		async treeOf(commit) {
			if (!store.graph.isPresent(commit)) throw new Failure('missing_base', {details: {commit}});
			return (await store.readCommit(commit)).tree;
		},
		merge: async (base, left, right) => mergeStoredTrees(store, base, left, right),
	};
	const [left, right] = [one, other].sort() as [Oid, Oid];
	const base = await baseUnlessGone(baseOfMerge(ancestry, merger, [left, right]), gone);
	return mergeStoredTrees(store, base, await merger.treeOf(left), await merger.treeOf(right));
}

/** Undefined for one that was cut off everywhere. */
async function baseUnlessGone(
	base: Promise<Oid | undefined>,
	gone: ReadonlySet<Oid>,
): Promise<Oid | undefined> {
	try {
		return await base;
	} catch (error) {
		const isMissing = error instanceof Failure && error.code === 'missing_base';
		if (isMissing && gone.has(String(error.details['commit']))) return undefined;
		throw error;
	}
}

/** Merges two trees by their oids and stores the result. */
async function mergeStoredTrees(store: Store, base: Oid | undefined, one: Oid, other: Oid): Promise<Oid> {
	const [ours, theirs] = await Promise.all([store.diffTrees(base, one), store.diffTrees(base, other)]);
	const slices = {base: new Map<Path, Value>(), one: new Map<Path, Value>(), other: new Map<Path, Value>()};
	const paths = new Set([...ours.keys(), ...theirs.keys()]);
	for (const path of paths) {
		const before = (ours.get(path) ?? theirs.get(path))!.before;
		put(slices.base, path, before);
		put(slices.one, path, ours.get(path)?.after ?? before);
		put(slices.other, path, theirs.get(path)?.after ?? before);
	}
	// What stands above and below is the same in all three; it decides what is in whose way. A path that is a clean file
	// on one side has nothing clean around it that all three share.
	const isSettled = (path: Path) =>
		[slices.base, slices.one, slices.other].some((slice) => {
			const value = slice.get(path);
			return value !== undefined && isCleanFile(value);
		});
	for (const [path, value] of await readSlice(store, one, paths, (path) => !isSettled(path))) {
		if (!paths.has(path)) for (const slice of Object.values(slices)) slice.set(path, value);
	}
	const first = mergeTrees(slices.base, slices.one, slices.other);
	const texts = await mergeTexts(store, first.wantedTexts);
	const {tree} = texts.size > 0 ? mergeTrees(slices.base, slices.one, slices.other, texts) : first;
	return store.writeTree(one, changesBetween(slices.one, tree, sameValue));
}

async function mergeTexts(
	store: Store,
	wanted: ReadonlyMap<string, TextMerge>,
): Promise<Map<string, Oid | undefined>> {
	const results = new Map<string, Oid | undefined>();
	const todo = [...wanted];
	const work = async () => {
		for (let next = todo.pop(); next; next = todo.pop()) {
			const [key, {base, one, other}] = next;
			results.set(key, await store.mergeText(base, one, other));
		}
	};
	await Promise.all(Array.from({length: Math.min(textsAtOnce, todo.length)}, work));
	return results;
}

function put(slice: Map<Path, Value>, path: Path, value: Value): void {
	if (!isAbsentValue(value)) slice.set(path, value);
}
