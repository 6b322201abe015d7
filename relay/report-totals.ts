/** What peers report of their links, added up: the relay's only view of what goes directly. It is told, not measured. */
import {type ClientMessageOf} from '../source/protocol/relay-messages.js';
import {Tally} from './tally.js';

export type ReportedTraffic = Pick<
	ClientMessageOf<'traffic_report'>,
	'links' | 'bytes_in' | 'bytes_out' | 'changes'
>;
export type ByTier = ReportedTraffic['links'];
export type Tier = keyof ByTier;

export const tiers = ['direct', 'proxy', 'json'] as const satisfies readonly Tier[];

/** Higher is better; a link that is offline has none. */
const rank = {none: 0, json: 1, proxy: 2, direct: 3} as const;

/** The reasons that peers give; others are counted as `other`, so that nobody makes up series of numbers. */
const knownReasons: ReadonlySet<string> = new Set([
	'opened',
	'lost',
	'better',
	'pinned',
	'left',
	'relay_lost',
	'text_only',
]);

/** A terabyte in one report is a lie; it must not spoil the sum. */
export const maxReportedBytes = 2 ** 40;

export class ReportTotals {
	readonly bytesIn: Record<Tier, number> = {direct: 0, proxy: 0, json: 0};
	readonly bytesOut: Record<Tier, number> = {direct: 0, proxy: 0, json: 0};
	/** By `from to reason`. */
	readonly upgrades = new Tally();
	readonly downgrades = new Tally();

	add(report: ReportedTraffic): void {
		for (const tier of tiers) {
			this.bytesIn[tier] += Math.min(report.bytes_in[tier], maxReportedBytes);
			this.bytesOut[tier] += Math.min(report.bytes_out[tier], maxReportedBytes);
		}

		for (const {from, to, reason} of report.changes) {
			const word = `${from} ${to} ${knownReasons.has(reason) ? reason : 'other'}`;
			if (rank[to] > rank[from]) this.upgrades.add(word);
			else if (rank[to] < rank[from]) this.downgrades.add(word);
		}
	}
}

/** The tier of a whole session: the one that all its links use, `mixed` where they differ, `none` without links. */
export function tierOf(links: ByTier): Tier | 'mixed' | 'none' {
	const used = tiers.filter((tier) => links[tier] > 0);
	return used.length > 1 ? 'mixed' : (used[0] ?? 'none');
}
