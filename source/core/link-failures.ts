/** What a carrier that failed or ended means for the next choice of a tier. */
import {activityWords} from './activity-words.js';
import {type Tier} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {backoffMs, tierBackoff} from './backoff.js';
import {networkChangedCode} from './broken-off.js';
import {betterFailed, directBrokenOff, directDueAt, directFailed, directLost} from './direct-memory.js';
import {linkOf, setContact, setDirect, setLink, type Opening, type Step} from './machine.js';
import {isBrokenOff} from './openings.js';
import {pathLost} from './path-activity.js';
import {type PeerId} from './state.js';

/** Text-only is believed for this long, then binary frames are tried again. */
export const textOnlyMs = 600_000;

/** A carrier that closes this soon after it came into use counts as a failure of its tier. */
const settledAfterMs = 10_000;

/** Addresses of a peer that we were linked with are tried for so long after that. */
const addressesMs = 600_000;

/** Counts a failed opening; returns when its tier may be tried again. */
export function countFailure(
	step: Step,
	peerId: PeerId,
	opening: Opening,
	{code, reason}: {code: string; reason: string},
): number {
	// What the other side told us is no fault of the path: the choice itself takes it into account.
	if (code === 'text_only' && opening.tier === 'proxy') return step.stamp.at;
	if (code === 'pinned' && !linkOf(step, peerId).theirTiers.includes(opening.tier)) return step.stamp.at;
	if (opening.tier !== 'direct') return countTier(step, peerId, opening.tier);
	const {direct} = linkOf(step, peerId);
	if (isBrokenOff(opening) || code === networkChangedCode) {
		const next = directBrokenOff(direct);
		setDirect(step, peerId, next);
		return directDueAt(next, true);
	}
	if (opening.routes === 'tcp') {
		const next = betterFailed(direct, step.stamp);
		setDirect(step, peerId, next);
		return next.betterAt;
	}
	const next = directFailed(direct, step.stamp);
	setDirect(step, peerId, {...next, lastReason: reason});
	if (direct.lastReason === undefined || withoutPorts(direct.lastReason) !== withoutPorts(reason)) {
		const who = step.machine.state.peers.get(peerId)?.name ?? peerId;
		noteActivity(step, {kind: 'tier', who, text: activityWords.noDirect(reason)});
	}
	return directDueAt(next, true);
}

/** Each try has ports of its own; another port alone is no news. */
function withoutPorts(reason: string): string {
	return reason.replaceAll(/:\d+\b/g, '');
}

function countTier(step: Step, peerId: PeerId, tier: Tier): number {
	const link = linkOf(step, peerId);
	const count = (link.failures[tier]?.count ?? 0) + 1;
	const retryAt = step.stamp.at + backoffMs(tierBackoff, count, step.stamp.random);
	setLink(step, peerId, {failures: {...link.failures, [tier]: {count, retryAt}}});
	return retryAt;
}

/** The carrier in use has ended without our wish: remember what that says of its tier. */
export function activeLost(step: Step, peerId: PeerId, reason: string): void {
	const {active, direct, failures} = linkOf(step, peerId);
	if (!active) return;
	const livedMs = step.stamp.at - active.since;
	setLink(step, peerId, {active: undefined});
	if (active.tier === 'direct') {
		setDirect(step, peerId, directLost(direct, livedMs, step.stamp));
		rememberAddresses(step, peerId);
	} else if (livedMs < settledAfterMs) countTier(step, peerId, active.tier);
	else setLink(step, peerId, {failures: {...failures, [active.tier]: undefined}});
	pathLost(step, peerId, active, reason);
}

/** A path to the peer has ended: the addresses that it told stay worth a try for a while. */
export function rememberAddresses(step: Step, peerId: PeerId): void {
	if (!linkOf(step, peerId).contact.hasAddresses) return;
	setContact(step, peerId, {addressesUntil: step.stamp.at + addressesMs});
}
