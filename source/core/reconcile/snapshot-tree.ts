/** What a snapshot changes in the head's tree (merge rules 11 and 6). */
import {absent, type Content, type Path, type Tree, type Value} from '../../protocol/content.js';
import {makeValue, recordBase, sameValue, valueAt} from './content-sets.js';
import {mergeValue} from './merge-value.js';
import {changesBetween, normalise, putValue} from './normalise.js';

/** One settled path whose disk differs from what it last shared with the store. */
export type DirtyPath = {
	/** What the disk last shared; undefined where nobody knows (a lost index, a folder that joins). */
	readonly shown: Content | undefined;
	readonly disk: Content;
};

/**
 * The changes that put the dirty paths on top of the head. A save is merged against what its disk had seen, never against
 * the head: a stale disk does not undo what it has not seen, and a save of one's own side resolves nothing.
 */
export function snapshotTree(head: Tree, dirty: ReadonlyMap<Path, DirtyPath>): Tree {
	const tree = new Map(head);
	for (const [path, {shown, disk}] of dirty) {
		if (shown === undefined && disk === absent) continue; // no opinion
		const before = valueAt(head, path);
		const {contents} = mergeValue(shown === undefined ? [] : [shown], before.contents, [disk]);
		const base = before.contents.length > 1 ? recordBase(before) : shown;
		putValue(tree, path, makeValue(contents, base));
	}
	return changes(head, normalise(tree));
}

function changes(head: Tree, tree: Map<Path, Value>): Tree {
	return changesBetween(head, tree, sameValue);
}
