/**
 * The ids and parents that a joiner learns of commits it does not get: so that it can tell ancestors apart whose
 * contents are behind its boundary.
 */
import {type Oid} from '../../protocol/content.js';
import {maxGraphCommits as maxCommitsInMessage} from '../../protocol/peer-messages.js';
import {maxGraphCommits} from './limits.js';
import {type CommitGraph} from './object-store.js';

/** Each: a commit and its parents. */
export type GraphEntry = readonly Oid[];

/** Ids in one message, so that commits of many parents still fit its frame. */
const maxIdsInMessage = maxCommitsInMessage * 3;

/**
 * Every ancestor of the commit that is neither sent as an object nor known to the asker, in batches for one message
 * each. Newest first, and bounded.
 */
export function* graphBatches(
	graph: CommitGraph,
	commit: Oid,
	options: {sent: ReadonlySet<Oid>; have: readonly Oid[]},
): Generator<GraphEntry[]> {
	const known = new Set(options.have);
	const sentParents = [...options.sent].flatMap((oid) => graph.parents(oid) ?? []);
	const begin = options.sent.has(commit) ? sentParents : [commit, ...sentParents];
	let queue = begin.filter((oid) => !options.sent.has(oid) && !known.has(oid));
	if (queue.length === 0) return; // the usual case: a change on top of what the asker has
	const seen = ancestors(graph, options.have);
	let batch: GraphEntry[] = [];
	let ids = 0;
	let total = 0;
	while (queue.length > 0 && total < maxGraphCommits) {
		const following: Oid[] = [];
		for (const oid of queue) {
			if (seen.has(oid)) continue;
			seen.add(oid);
			const parents = graph.parents(oid);
			if (!parents) continue;
			following.push(...parents);
			if (options.sent.has(oid)) continue;
			if (batch.length >= maxCommitsInMessage || ids + parents.length + 1 > maxIdsInMessage) {
				yield batch;
				batch = [];
				ids = 0;
			}
			batch.push([oid, ...parents]);
			ids += parents.length + 1;
			total++;
		}
		queue = following;
	}
	if (batch.length > 0) yield batch;
}

/** The commits themselves and everything behind them, as far as the graph knows. */
function ancestors(graph: CommitGraph, commits: readonly Oid[]): Set<Oid> {
	const seen = new Set<Oid>();
	const queue = [...commits];
	for (let oid = queue.pop(); oid !== undefined; oid = queue.pop()) {
		if (seen.has(oid)) continue;
		seen.add(oid);
		queue.push(...(graph.parents(oid) ?? []));
	}
	return seen;
}
