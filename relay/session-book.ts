/**
 * What the relay remembers of each session while it lasts, for `/status` and for the one line in the log when it ends.
 * Ids are cut short here already, and no names, addresses or paths come in.
 */
import {type Kind} from './counters.js';
import {
	type ByTier,
	maxReportedBytes,
	type ReportedTraffic,
	type Tier,
	tierOf,
	tiers,
} from './report-totals.js';

export type SessionRecord = {
	readonly session: string;
	readonly startedAt: number;
	readonly ends: Set<SessionEnd>;
	maxPeers: number;
	changes: number;
	/** Taken in over the relay, and what peers said went directly. */
	readonly bytes: Record<Tier, number>;
};

/** One member's part: what it said of its links. */
export type SessionEnd = {readonly record: SessionRecord; links: ByTier; reportedAt: number};

/** How a session ended, in one word: it never had two, its last peer left, was lost, …, or the relay went. */
type Outcome = 'lonely' | 'left' | 'lost' | 'silent' | 'too_slow' | 'restarted';

export type SessionSummary = {
	readonly outcome: Outcome;
	readonly session: string;
	readonly seconds: number;
	readonly peers: number;
	readonly tierChanges: number;
	readonly directKiB: number;
	readonly proxyKiB: number;
	readonly jsonKiB: number;
};

export type SessionStatus = {
	readonly session: string;
	readonly peers: number;
	readonly tier: ReturnType<typeof tierOf>;
	readonly links: ByTier;
	readonly ageMs: number;
	readonly bytes: Readonly<Record<Tier, number>>;
};

/** As much of an id as tells sessions apart in a log, and not enough to join one. */
const idLength = 6;

export class SessionBook {
	readonly #records = new Map<string, SessionRecord>();

	/**
	 * A member comes, and they are so many now; what it does is noted on the end that is returned. One that connects anew
	 * has two ends for a moment.
	 */
	enter(sessionId: string, peers: number, now: number): SessionEnd {
		const record = this.#records.get(sessionId) ?? startRecord(sessionId, now);
		this.#records.set(sessionId, record);
		const end: SessionEnd = {record, links: noLinks, reportedAt: -Infinity};
		record.ends.add(end);
		record.maxPeers = Math.max(record.maxPeers, peers);
		return end;
	}

	/** A member is gone; with the last one the session ends, and its summary is returned. */
	leave(end: SessionEnd, sessionId: string, reason: string, now: number): SessionSummary | undefined {
		const {record} = end;
		record.ends.delete(end);
		if (record.ends.size > 0) return undefined;
		if (this.#records.get(sessionId) === record) this.#records.delete(sessionId);
		return summaryOf(record, reason, now);
	}

	/** The sessions that moved most, at most so many. */
	list(now: number, most: number): SessionStatus[] {
		return [...this.#records.values()]
			.sort((one, other) => sum(other.bytes) - sum(one.bytes))
			.slice(0, most)
			.map((record) => ({
				session: record.session,
				peers: record.ends.size,
				tier: tierOf(linksOf(record)),
				links: linksOf(record),
				ageMs: Math.round(now - record.startedAt),
				bytes: {...record.bytes},
			}));
	}

	/** Sessions by tier, and links by tier; each link has two ends that count it. */
	byTier(): {readonly sessions: Map<string, number>; readonly linkEnds: Record<Tier, number>} {
		const sessions = new Map<string, number>([...tiers, 'mixed', 'none'].map((tier) => [tier, 0]));
		const linkEnds: Record<Tier, number> = {...noLinks};
		for (const record of this.#records.values()) {
			const links = linksOf(record);
			const tier = tierOf(links);
			sessions.set(tier, (sessions.get(tier) ?? 0) + 1);
			for (const each of tiers) linkEnds[each] += links[each];
		}

		return {sessions, linkEnds};
	}
}

/** Notes what a member sent over the relay. */
export function noteBytes({record}: SessionEnd, kind: Kind, bytes: number): void {
	if (kind !== 'control') record.bytes[kind] += bytes;
}

/** Notes what a member said of its links; false where it says so sooner than after `leastMs`. */
export function noteReport(end: SessionEnd, report: ReportedTraffic, now: number, leastMs: number): boolean {
	if (now - end.reportedAt < leastMs) return false;
	end.reportedAt = now;
	const {direct, proxy, json} = report.links;
	end.links = {
		direct: Math.min(direct, maxLinks),
		proxy: Math.min(proxy, maxLinks),
		json: Math.min(json, maxLinks),
	};
	end.record.changes += report.changes.length;
	end.record.bytes.direct += Math.min(report.bytes_out.direct, maxReportedBytes);
	return true;
}

/** No session has more links than this from one peer; a larger number is a lie. */
const maxLinks = 1024;

const noLinks: ByTier = {direct: 0, proxy: 0, json: 0};

function startRecord(sessionId: string, now: number): SessionRecord {
	const bytes = {direct: 0, proxy: 0, json: 0};
	const session = sessionId.slice(0, idLength);
	return {session, startedAt: now, ends: new Set(), maxPeers: 0, changes: 0, bytes};
}

function linksOf({ends}: SessionRecord): ByTier {
	const links = {...noLinks};
	for (const end of ends) for (const tier of tiers) links[tier] += end.links[tier];
	return links;
}

function summaryOf(record: SessionRecord, reason: string, now: number): SessionSummary {
	const {session, maxPeers, changes, bytes, startedAt} = record;
	return {
		outcome: outcomeOf(reason, maxPeers),
		session,
		seconds: Math.round((now - startedAt) / 1000),
		peers: maxPeers,
		tierChanges: changes,
		directKiB: blurred(bytes.direct),
		proxyKiB: blurred(bytes.proxy),
		jsonKiB: blurred(bytes.json),
	};
}

function outcomeOf(reason: string, maxPeers: number): Outcome {
	if (reason === 'shutting_down') return 'restarted';
	if (maxPeers < 2) return 'lonely';
	return reason === 'left' || reason === 'silent' || reason === 'too_slow' ? reason : 'lost';
}

/** Up to the next power of two of KiB: enough for an operator, too little to tell a project by its size. */
function blurred(bytes: number): number {
	return bytes === 0 ? 0 : 2 ** Math.max(0, Math.ceil(Math.log2(bytes / 1024)));
}

function sum(bytes: Readonly<Record<Tier, number>>): number {
	return bytes.direct + bytes.proxy + bytes.json;
}
