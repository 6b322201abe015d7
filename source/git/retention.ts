/**
 * Which commits stay when old history is cut off: pure, over ids, parents and dates alone. What stays need not hang together;
 * whatever is between is known by the graph.
 */
import {type Oid} from '../protocol/content.js';
import {type Graph} from './graph.js';

/** Clocks may be so far ahead and still tell the time. */
const clockSlackMs = 24 * 3_600_000;

export type Retention = {
	/** The newest snapshot, which stays in any case. */
	readonly head: Oid;
	/** Commits from this time on stay. Ms since the epoch. */
	readonly sinceMs: number;
	readonly nowMs: number;
	/** Heads of others and what a merge with them starts from: they stay, where they are here. */
	readonly anchors: readonly Oid[];
};

/** The present commits that stay. */
export function selectKept(
	graph: Pick<Graph, 'all' | 'parents' | 'date' | 'isPresent'>,
	{head, sinceMs, nowMs, anchors}: Retention,
): Set<Oid> {
	const ages = presentAges(graph, {head, nowMs});
	const kept = new Set<Oid>([head, ...anchors.filter((oid) => graph.isPresent(oid))]);
	for (const {oid, present, dateMs} of graph.all()) {
		// What our head does not reach yet may be waiting for its turn.
		if (present && (ages.get(oid) ?? dateMs ?? 0) >= sinceMs) kept.add(oid);
	}
	return kept;
}

/**
 * When each present commit behind the head was made, by the latest of the clocks on the way to it. So a clock that goes wrong
 * makes nothing older than what it was built on, and no hole comes into the newest history. What a clock of the future says is
 * no time: such a commit was made before what was built on it, and keeps nothing for longer.
 */
function presentAges(
	graph: Pick<Graph, 'parents' | 'date' | 'isPresent'>,
	{head, nowMs}: {head: Oid; nowMs: number},
): Map<Oid, number> {
	const parentsOf = (oid: Oid) => (graph.parents(oid) ?? []).filter((parent) => graph.isPresent(parent));
	const ordered = graph.isPresent(head) ? parentsFirst(head, parentsOf) : [];
	const dates = new Map<Oid, number>();
	const madeBefore = new Map<Oid, number>();
	for (const oid of [...ordered].reverse()) {
		const dateMs = graph.date(oid) ?? 0;
		const isFuture = dateMs > nowMs + clockSlackMs;
		const date = isFuture ? (madeBefore.get(oid) ?? nowMs) : dateMs;
		dates.set(oid, date);
		for (const parent of parentsOf(oid))
			madeBefore.set(parent, Math.min(madeBefore.get(parent) ?? Infinity, date));
	}
	const ages = new Map<Oid, number>();
	for (const oid of ordered)
		ages.set(oid, Math.max(dates.get(oid)!, ...parentsOf(oid).map((parent) => ages.get(parent)!)));
	return ages;
}

/** The head and all behind it, each behind its parents. */
function parentsFirst(head: Oid, parentsOf: (oid: Oid) => readonly Oid[]): Oid[] {
	const ordered = new Set<Oid>();
	const open = [head];
	while (open.length > 0) {
		const oid = open.at(-1)!;
		const missing = ordered.has(oid) ? [] : parentsOf(oid).filter((parent) => !ordered.has(parent));
		if (missing.length > 0) {
			open.push(...missing);
			continue;
		}
		open.pop();
		ordered.add(oid);
	}
	return [...ordered];
}

/** When the oldest present commit behind the head was made; undefined where the head is the only one. */
export function oldestKept(
	graph: Pick<Graph, 'parents' | 'date' | 'isPresent'>,
	{head, nowMs}: {head: Oid; nowMs: number},
): number | undefined {
	let oldest: number | undefined;
	for (const [oid, ageMs] of presentAges(graph, {head, nowMs})) {
		if (oid !== head && (oldest === undefined || ageMs < oldest)) oldest = ageMs;
	}
	return oldest;
}

/** The boundary that git is told: kept commits of which a parent is not kept. */
export function boundaryOf(graph: Pick<Graph, 'parents'>, kept: ReadonlySet<Oid>): Oid[] {
	return [...kept].filter((oid) => (graph.parents(oid) ?? []).some((parent) => !kept.has(parent)));
}
