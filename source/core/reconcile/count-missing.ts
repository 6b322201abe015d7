/** How many commits one head has that another lacks. */
import {type Oid} from '../../protocol/content.js';
import {type Ancestry} from './ancestry.js';

/** Counts the commits that can be reached from `from` and not from `without`, up to `max`. */
export function countMissing(
	ancestry: Ancestry,
	parentsOf: (oid: Oid) => readonly Oid[],
	from: Oid,
	without: Oid,
	max: number,
): number {
	const seen = new Set<Oid>();
	const todo = [from];
	for (let oid = todo.pop(); oid !== undefined && seen.size < max; oid = todo.pop()) {
		if (seen.has(oid) || ancestry.isAncestor(oid, without)) continue;
		seen.add(oid);
		todo.push(...parentsOf(oid));
	}
	return seen.size;
}
