/**
 * Which commits stay when old history is cut off: pure, over ids, parents and dates alone. What stays need not hang together;
 * whatever is between is known by the graph.
 */
import {type Oid} from '../protocol/content.js';
import {type Graph} from './graph.js';

export type Retention = {
	/** The newest snapshot, which stays in any case. */
	readonly head: Oid;
	/** Commits from this time on stay. Ms since the epoch. */
	readonly sinceMs: number;
	/** Heads of others and what a merge with them starts from: they stay, where they are here. */
	readonly anchors: readonly Oid[];
};

/** The present commits that stay. */
export function selectKept(
	graph: Pick<Graph, 'all' | 'parents' | 'date' | 'isPresent'>,
	{head, sinceMs, anchors}: Retention,
): Set<Oid> {
	const ages = presentAges(graph, head);
	const kept = new Set<Oid>([head, ...anchors.filter((oid) => graph.isPresent(oid))]);
	for (const {oid, present, dateMs} of graph.all()) {
		// What our head does not reach yet may be waiting for its turn.
		if (present && (ages.get(oid) ?? dateMs ?? 0) >= sinceMs) kept.add(oid);
	}
	return kept;
}

/**
 * When each present commit behind the head was made, by the latest of the clocks on the way to it. So a clock that goes wrong
 * makes nothing older than what it was built on, and no hole comes into the newest history.
 */
function presentAges(graph: Pick<Graph, 'parents' | 'date' | 'isPresent'>, head: Oid): Map<Oid, number> {
	const ages = new Map<Oid, number>();
	const parentsOf = (oid: Oid) => (graph.parents(oid) ?? []).filter((parent) => graph.isPresent(parent));
	const open = graph.isPresent(head) ? [head] : [];
	while (open.length > 0) {
		const oid = open.at(-1)!;
		const parents = parentsOf(oid);
		const missing = ages.has(oid) ? [] : parents.filter((parent) => !ages.has(parent));
		if (missing.length > 0) {
			open.push(...missing);
			continue;
		}
		open.pop();
		ages.set(oid, Math.max(graph.date(oid) ?? 0, ...parents.map((parent) => ages.get(parent)!)));
	}
	return ages;
}

/** When the oldest present commit behind the head was made; undefined where the head is the only one. */
export function oldestKept(
	graph: Pick<Graph, 'parents' | 'date' | 'isPresent'>,
	head: Oid,
): number | undefined {
	let oldest: number | undefined;
	for (const [oid, ageMs] of presentAges(graph, head)) {
		if (oid !== head && (oldest === undefined || ageMs < oldest)) oldest = ageMs;
	}
	return oldest;
}

/** The boundary that git is told: kept commits of which a parent is not kept. */
export function boundaryOf(graph: Pick<Graph, 'parents'>, kept: ReadonlySet<Oid>): Oid[] {
	return [...kept].filter((oid) => (graph.parents(oid) ?? []).some((parent) => !kept.has(parent)));
}
