/**
 * What the relay is told of our links, where it asks for it: bytes by tier and changes of tier since the last report. No
 * peer is named in it. It is how an operator knows what went directly, which a relay cannot see.
 */
import {maxReportedChanges} from '../protocol/limits.js';
import {type Tier} from '../protocol/tiers.js';
import {type Event} from './event.js';
import {linkOf, noBytes, setRelay, type Machine, type Step} from './machine.js';
import {pinFor} from './openings.js';
import {type PeerId, type TierBytes} from './state.js';
import {allowedTiers, bestRouteOf, isBetterRoute} from './tier-choice.js';

/** A link's tier, or `none` while it is offline. */
type TierOrNone = Tier | 'none';

/** One word for the relay's counters; what is not known to an older relay is counted there as `other`. */
type ChangeReason = 'opened' | 'lost' | 'better' | 'pinned' | 'left' | 'relay_lost' | 'text_only';

type TierChange = {
	readonly peerId: PeerId;
	readonly from: TierOrNone;
	readonly to: TierOrNone;
	readonly reason: ChangeReason;
	readonly at: number;
};

/** What the next report will say. */
export type TrafficLedger = {
	readonly bytesIn: TierBytes;
	readonly bytesOut: TierBytes;
	/** Oldest first, at most as many as one report names. */
	readonly changes: readonly TierChange[];
	/** Who has said that it leaves, and has not come again. */
	readonly leaving: ReadonlySet<PeerId>;
	/** When this connection to the relay got its last one; 0 before the first. */
	readonly reportedAt: number;
};

const nothing = {bytesIn: noBytes, bytesOut: noBytes, changes: []} as const;

export const emptyLedger: TrafficLedger = {...nothing, leaving: new Set(), reportedAt: 0};

/** The relay's word that a peer has left may come so long after its connections have closed. */
const goodbyeMs = 2000;

/** Whatever a relay asks for: reports are no load, and a timer cannot wait for weeks. */
const reportBoundsMs = {least: 1_000, most: 3_600_000};

/** A new connection to a relay that wants reports every so often; undefined: it wants none. */
export function expectReports(step: Step, askedMs: number | undefined): void {
	const {least, most} = reportBoundsMs;
	const reportEveryMs = askedMs === undefined ? undefined : Math.min(most, Math.max(least, askedMs));
	setRelay(step, {reportEveryMs});
	setLedger(step, {reportedAt: 0});
	step.effects.push({type: 'stop-timer', timer: 'report'});
	// Those who come back together, as after a restart of the relay, do not report together.
	if (reportEveryMs !== undefined) startTimer(step, reportEveryMs * (1 - step.stamp.random / 2));
}

/** Reports now, unless the relay has just heard; at the end of a session this is called once more. */
export function reportTraffic(step: Step): void {
	const {state, relay, traffic} = step.machine;
	const {reportEveryMs, attempt} = relay;
	if (state.relay.status !== 'online' || reportEveryMs === undefined) return;
	// More often than twice in that time a relay does not look at it.
	if (step.stamp.at - traffic.reportedAt <= reportEveryMs / 2) return;
	const {bytesIn, bytesOut} = traffic;
	const mayBeGoodbye = (change: TierChange) => isLoss(change) && step.stamp.at - change.at < goodbyeMs;
	const changes = traffic.changes.filter((change) => !mayBeGoodbye(change));
	step.effects.push({
		type: 'report-traffic',
		attempt,
		links: countLinks(step.machine),
		bytesIn,
		bytesOut,
		changes: changes.map(({from, to, reason}) => ({from, to, reason})),
	});
	setLedger(step, {...nothing, changes: traffic.changes.filter(mayBeGoodbye), reportedAt: step.stamp.at});
	startTimer(step, reportEveryMs);
}

/** Adds what passed in one second. */
export function noteTraffic(step: Step, bytesIn: TierBytes, bytesOut: TierBytes): void {
	if (bytesIn === noBytes && bytesOut === noBytes) return;
	const {traffic} = step.machine;
	setLedger(step, {bytesIn: sum(traffic.bytesIn, bytesIn), bytesOut: sum(traffic.bytesOut, bytesOut)});
}

/** Compares the links with those before the event, and notes each that uses another tier now. */
export function noteTierChanges(step: Step, before: Machine, event: Event): void {
	noteGoodbye(step, event);
	if (step.machine.links === before.links) return;
	for (const [peerId, link] of step.machine.links) {
		const from = before.links.get(peerId)?.active?.tier ?? 'none';
		const to = link.active?.tier ?? 'none';
		if (from === to) continue;
		const reason = reasonOf(step, peerId, from, to, event);
		noteChange(step, {peerId, from, to, reason, at: step.stamp.at});
	}
}

/** Who leaves closes its direct connections too, a moment before or after the relay's word of it: they are not lost. */
function noteGoodbye(step: Step, event: Event): void {
	const {leaving, changes} = step.machine.traffic;
	const here = event.type === 'peer-joined' ? [event.peer] : event.type === 'relay-opened' ? event.peers : [];
	if (here.some(({peerId}) => leaving.has(peerId))) {
		const back = new Set(here.map(({peerId}) => peerId));
		setLedger(step, {leaving: new Set([...leaving].filter((peerId) => !back.has(peerId)))});
	}
	if (event.type !== 'peer-left' || event.reason !== 'left') return;
	const last = changes.findLast(({peerId}) => peerId === event.peerId);
	setLedger(step, {
		leaving: new Set([...leaving, event.peerId]),
		changes: changes.map((change) =>
			change === last && isLoss(change) ? {...change, reason: 'left' as const} : change,
		),
	});
}

function isLoss({to, reason}: TierChange): boolean {
	return to === 'none' && reason === 'lost';
}

function noteChange(step: Step, change: TierChange): void {
	const {changes} = step.machine.traffic;
	if (changes.length < maxReportedChanges) setLedger(step, {changes: [...changes, change]});
}

function reasonOf(step: Step, peerId: PeerId, from: TierOrNone, to: TierOrNone, event: Event): ChangeReason {
	if (from === 'none') return 'opened';
	const peer = step.machine.state.peers.get(peerId);
	const {theirTiers, theirTextOnlyUntil} = linkOf(step, peerId);
	if (peer && !allowedTiers(pinFor(step, peer), theirTiers).includes(from)) return 'pinned';
	const {relay} = step.machine.state;
	if (to !== 'none') {
		if (isBetterRoute(bestRouteOf(to), bestRouteOf(from))) return 'better';
		const isTextOnly = relay.status === 'online' && relay.binary === 'text-only';
		if (from === 'proxy' && (isTextOnly || theirTextOnlyUntil > step.stamp.at)) return 'text_only';
		// A switch that was agreed on: the lower tier was measured to be the faster one.
		if (event.type === 'peer-said') return 'better';
	}
	if (step.machine.traffic.leaving.has(peerId)) return 'left';
	const isRelayLost = event.type === 'relay-closed' || event.type === 'relay-failed';
	return isRelayLost && from !== 'direct' ? 'relay_lost' : 'lost';
}

function countLinks({links}: Machine): TierBytes {
	let counts = noBytes;
	for (const {active} of links.values()) {
		if (active) counts = {...counts, [active.tier]: counts[active.tier] + 1};
	}
	return counts;
}

function sum(one: TierBytes, other: TierBytes): TierBytes {
	return {
		direct: one.direct + other.direct,
		proxy: one.proxy + other.proxy,
		json: one.json + other.json,
	};
}

function setLedger(step: Step, change: Partial<TrafficLedger>): void {
	step.machine = {...step.machine, traffic: {...step.machine.traffic, ...change}};
}

function startTimer(step: Step, afterMs: number): void {
	step.effects.push({type: 'start-timer', timer: 'report', afterMs: Math.round(afterMs)});
}
