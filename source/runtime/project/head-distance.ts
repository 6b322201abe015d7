/** What others are told and shown of how far their history and ours have in common. */
import {countMissing} from '../../core/reconcile/count-missing.js';
import {sampleAncestors} from '../../core/reconcile/sample-ancestors.js';
import {type Oid} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

type Heads = Pick<ProjectState, 'head' | 'ancestry' | 'store'>;

/** Whether somebody is 1,000 or 10,000 snapshots behind makes no difference to a person. */
const maxDistance = 999;

/** Commits to name when something is fetched, so that only what differs is sent; at most 128. */
export function sampleHave({head, ancestry, store}: Heads): readonly Oid[] {
	return head === undefined ? [] : sampleAncestors(ancestry, head, (oid) => store.graph.isPresent(oid));
}

/** How many snapshots a head and ours are apart; undefined for a head that is not known here. */
export function distanceTo(
	{head, ancestry, store}: Heads,
	theirs: Oid,
): {readonly ahead: number; readonly behind: number} | undefined {
	if (head === undefined || !store.graph.has(theirs)) return undefined;
	const count = (from: Oid, without: Oid) =>
		countMissing(ancestry, (oid) => store.graph.parents(oid) ?? [], from, without, maxDistance);
	return {ahead: count(theirs, head), behind: count(head, theirs)};
}
