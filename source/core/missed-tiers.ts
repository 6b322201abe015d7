/** Why a link does not use a better tier than it does, and when that is tried again: what a person asks first. */
import {linkWords} from './link-words.js';
import {directDueAt} from './direct-memory.js';
import {leads, linkOf, type LinkMachine, type Step} from './machine.js';
import {pinFor} from './openings.js';
import {type MissedTier, type Peer} from './state.js';
import {explainTheirTiers} from './tier-choice.js';
import {type Tier, tiers, tiersOfPin} from '../protocol/tiers.js';

/** Tiers above the one in use that we would take, but for those on their way. */
export function missedTiers(step: Step, peer: Peer): readonly MissedTier[] {
	const link = linkOf(step, peer.peerId);
	const {active, openings} = link;
	if (!active) return [];
	const ours = tiersOfPin(pinFor(step, peer));
	return tiers
		.slice(0, tiers.indexOf(active.tier))
		.filter((tier) => ours.includes(tier) && !openings.some((opening) => opening.tier === tier))
		.flatMap((tier) => missed(step, peer, link, tier) ?? []);
}

function missed(step: Step, peer: Peer, link: LinkMachine, tier: Tier): MissedTier | undefined {
	if (!link.theirTiers.includes(tier)) return {tier, reason: explainTheirTiers(link.theirTiers, peer.name)};
	if (tier === 'direct') return missedDirect(step, peer, link);
	const {relay} = step.machine.state;
	if (relay.status === 'online' && relay.binary === 'text-only')
		return {tier, reason: linkWords.textOnlyHere};
	if (link.theirTextOnlyUntil > step.stamp.at) return {tier, reason: linkWords.textOnlyThere(peer.name)};
	return undefined;
}

function missedDirect(step: Step, peer: Peer, {direct}: LinkMachine): MissedTier | undefined {
	const {heldUntil, heldFor, lastReason} = direct;
	const isHeld = heldUntil > step.stamp.at && heldFor !== undefined;
	const reason = isHeld ? linkWords.heldOff[heldFor] : lastReason;
	if (reason === undefined) return undefined;
	// The leader alone knows when: this side hears of it when it begins.
	if (!leads(step, peer.peerId)) return {tier: 'direct', reason: linkWords.triedThere(reason, peer.name)};
	return {tier: 'direct', reason, retryAt: directDueAt(direct, true)};
}
