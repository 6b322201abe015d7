/**
 * How well each route of a link carries transfers, measured in the seconds in which one runs, and whether a tier below
 * would do much better. Bands decide which route is tried; this alone may overrule them.
 */
import {activityWords} from './activity-words.js';
import {type Tier} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {directTooSlow} from './direct-memory.js';
import {leads, linkOf, setDirect, setLink, type Step} from './machine.js';
import {type PeerId} from './state.js';
import {tierOfRoute} from './tier-choice.js';

/** Goodput of one route, newest seconds first in weight. */
export type PathQuality = {
	readonly bytesPerSecond: number;
	/** Seconds with a transfer since this route came into use. */
	readonly busySeconds: number;
	readonly measuredAt: number;
	readonly rttMs?: number;
};

/** With less than this in a second the transfer waits for something else: heartbeats alone stay below it. */
const busyBytes = 4096;
/** Weight of the newest second. */
const newest = 0.3;
/** A direct path of this speed is good enough, whatever else there is. */
const fastEnough = 5_000_000;
const enoughSeconds = 5;
const clearlyFaster = 2;
/** Older measurements say nothing of today's path. */
const staleAfterMs = 600_000;

/** Takes in a second of the carrier in use. Returns true if it is to give way to another tier. */
export function noteQuality(step: Step, peerId: PeerId, bytes: number, rttMs: number | undefined): boolean {
	const {active, quality} = linkOf(step, peerId);
	const peer = step.machine.state.peers.get(peerId);
	if (!active || !(peer?.transferIn ?? peer?.transferOut) || bytes < busyBytes) return false;
	const before = quality[active.route];
	const goesOn = before !== undefined && before.measuredAt >= active.since;
	const measured: PathQuality = {
		bytesPerSecond: goesOn ? before.bytesPerSecond * (1 - newest) + bytes * newest : bytes,
		busySeconds: goesOn ? before.busySeconds + 1 : 1,
		measuredAt: step.stamp.at,
		rttMs,
	};
	setLink(step, peerId, {quality: {...quality, [active.route]: measured}});
	if (active.tier !== 'direct' || !leads(step, peerId)) return false;
	const {direct} = linkOf(step, peerId);
	if (direct.givesWayTo !== undefined || measured.busySeconds < enoughSeconds) return false;
	if (measured.bytesPerSecond >= fastEnough) return false;
	const faster = findFaster(step, peerId, measured.bytesPerSecond);
	if (faster === undefined) return false;
	setDirect(step, peerId, directTooSlow(direct, faster.tier, step.stamp));
	const text = activityWords.slower(
		active.route,
		faster.tier,
		measured.bytesPerSecond,
		faster.bytesPerSecond,
	);
	noteActivity(step, {kind: 'tier', who: peer.name, text});
	return true;
}

/** The tier through the relay that was measured to carry clearly more than this. */
function findFaster(
	step: Step,
	peerId: PeerId,
	bytesPerSecond: number,
): {tier: Tier; bytesPerSecond: number} | undefined {
	const {quality} = linkOf(step, peerId);
	for (const route of ['proxy', 'json'] as const) {
		const other = quality[route];
		if (!other || step.stamp.at - other.measuredAt > staleAfterMs) continue;
		if (other.bytesPerSecond >= clearlyFaster * bytesPerSecond) {
			return {tier: tierOfRoute(route), bytesPerSecond: other.bytesPerSecond};
		}
	}
	return undefined;
}
