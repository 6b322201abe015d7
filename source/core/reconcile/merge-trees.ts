/**
 * The three-way merge of trees (merge rules 3 to 6): pure, symmetric, the same on every peer and with every git. Lines
 * are merged elsewhere, in two passes: the first says which texts it wants, the second is given the results.
 */
import {type Content, type Path, type Tree, type Value} from '../../protocol/content.js';
import {
	type ContentSet,
	makeValue,
	recordBase,
	sameContents,
	sameValue,
	unite,
	valueAt,
} from './content-sets.js';
import {mergeValue, textKey, type TextMerge, type TextResults} from './merge-value.js';
import {normalise, putValue} from './normalise.js';
import {isBelow} from './path-order.js';

export type MergedTrees = {
	readonly tree: Tree;
	/** Line merges that a second pass needs; while there are any, `tree` is not final. */
	readonly wantedTexts: ReadonlyMap<string, TextMerge>;
};

/**
 * Merges two trees with their base; no common ancestor is the empty tree. Slices will do: every path that differs
 * among the three, with its ancestors and descendants.
 */
export function mergeTrees(base: Tree, one: Tree, other: Tree, texts: TextResults = new Map()): MergedTrees {
	const tree = new Map<Path, Value>();
	const wantedTexts = new Map<string, TextMerge>();
	const opposite: Path[] = [];
	const paths = [...new Set([...one.keys(), ...other.keys(), ...base.keys()])];
	for (const path of paths) {
		const from = valueAt(base, path);
		const left = valueAt(one, path);
		const right = valueAt(other, path);
		const merged = mergeValue(from.contents, left.contents, right.contents, texts);
		if (merged.wants) wantedTexts.set(textKey(merged.wants), merged.wants);
		if (merged.opposite) opposite.push(path);
		putValue(tree, path, makeValue(merged.contents, mergeBase(from, left, right)));
	}
	for (const folder of opposite) {
		// One side said "the file", the other "the folder": then what is in the folder is in question too.
		for (const path of paths.filter((path) => isBelow(path, folder))) {
			const sides: ContentSet[] = [valueAt(one, path).contents, valueAt(other, path).contents];
			if (sameContents(sides[0]!, sides[1]!)) continue;
			const contents = unite(valueAt(tree, path).contents, ...sides);
			putValue(tree, path, makeValue(contents, recordBase(valueAt(base, path))));
		}
	}
	return {tree: normalise(tree, (path) => recordBase(valueAt(base, path))), wantedTexts};
}

/** The base that a merged record keeps, for display only (rule 4). */
function mergeBase(from: Value, one: Value, other: Value): Content {
	if (sameContents(one.contents, other.contents)) {
		const [left, right] = [recordBase(one), recordBase(other)];
		return left < right ? left : right;
	}
	if (sameContents(one.contents, from.contents) && other.contents.length > 1) return recordBase(other);
	if (sameContents(other.contents, from.contents) && one.contents.length > 1) return recordBase(one);
	return recordBase(from);
}

/** True if no path differs, records' bases included. */
export function sameTree(one: Tree, other: Tree): boolean {
	return (
		one.size === other.size &&
		[...one].every(([path, value]) => {
			const there = other.get(path);
			return there !== undefined && sameValue(value, there);
		})
	);
}
