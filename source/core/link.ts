/**
 * One peer path: what is open, what is being opened, and when to try something better. The leader (smaller peer_id)
 * numbers generations and decides; the follower answers, and asks when it needs something. A path through the relay and a
 * direct one are opened side by side: the first carries the first bytes. Make before break: a new carrier is confirmed
 * with `use` and `using` before the old one closes. Nothing is replayed: after a switch both sides state their heads again.
 *
 *   in use      on its way      event                          next
 *   –           relay, direct   one opens                      it is in use; the other goes on
 *   worse       –               a better one opens             `use` is said; `using` makes it the one in use
 *   worse       asked           a better one opens             it stands by until `using` has come
 *   any         opened          the one in use dies            the best that is open takes over at once
 *   direct      –               it dies                        relay and direct are opened, the follower asks for it
 *   direct      relay           it is confirmed                the other opening is given up
 *   any         forbidden       a pin                          given up; the one in use goes on until there is another
 *   forbidden   –               nothing allowed is on its way  closed: a pin never falls back in silence
 */
import {linkWords} from './link-words.js';
import {type Tier, tiersOfPin} from '../protocol/tiers.js';
import {askLeader, follow} from './ask-leader.js';
import {endBrokenOff} from './broken-off.js';
import {cutOffUntil, showCutOff} from './cut-off.js';
import {directDueAt, directEased, directForgiven} from './direct-memory.js';
import {heldOffUntil} from './held-off.js';
import {leads, linkOf, setDirect, setLink, type LinkMachine, type Opening, type Step} from './machine.js';
import {dropCarriers, giveUp, openCarrier, openingIn, pinFor} from './openings.js';
import {reachOf} from './reach.js';
import {showStanding} from './show-standing.js';
import {type Peer, type PeerId} from './state.js';
import {proceed} from './switch-carrier.js';
import {
	allowedTiers,
	bestRelayTier,
	explainEmptyChoice,
	isAvailable,
	isBetterRoute,
	bestRouteOf,
	type Reach,
	waitsForBinary,
} from './tier-choice.js';

/** Looks at a link and does the next right thing; called after whatever may have changed it. `reason` is why it ended. */
export function reviewLink(step: Step, peerId: PeerId, reason?: string): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const until = cutOffUntil(step, peerId);
	if (until !== undefined) return showCutOff(step, peerId, until);
	const pin = pinFor(step, peer);
	const {theirTiers} = linkOf(step, peerId);
	const allowed = allowedTiers(pin, theirTiers);
	if (!leads(step, peerId)) return reviewAsFollower(step, peer, allowed, reason);
	if (allowed.length === 0) {
		const both = explainEmptyChoice(pin, theirTiers, peer.name);
		for (const opening of linkOf(step, peerId).openings) tellPinned(step, peer, opening);
		dropCarriers(step, peerId, both);
		showStanding(step, peerId, {reason: both});
		return;
	}
	dropForbidden(step, peer, allowed);
	proceed(step, peerId, allowed);
	const retryAt = lead(step, peerId, allowed);
	const why = closeForbidden(step, peerId, allowed, reason);
	showStanding(step, peerId, {reason: why ?? reason, retryAt});
}

/**
 * The leader knows what both allow. What we know of its pins may be older than its requests, which come by other ways, so only
 * our own pin ends anything here.
 */
function reviewAsFollower(
	step: Step,
	peer: Peer,
	allowed: readonly Tier[],
	reason: string | undefined,
): void {
	const {peerId} = peer;
	const pin = pinFor(step, peer);
	dropForbidden(step, peer, tiersOfPin(pin));
	proceed(step, peerId, allowed);
	const {active, openings, theirTiers} = linkOf(step, peerId);
	if (allowed.length === 0 && !active && openings.length === 0) {
		return showStanding(step, peerId, {reason: explainEmptyChoice(pin, theirTiers, peer.name)});
	}
	follow(step, peer);
	showStanding(step, peerId, {reason});
}

function dropForbidden(step: Step, peer: Peer, allowed: readonly Tier[]): void {
	const {peerId} = peer;
	const forbidden = linkOf(step, peerId).openings.filter(({tier}) => !allowed.includes(tier));
	for (const opening of forbidden) {
		tellPinned(step, peer, opening);
		giveUp(step, peerId, opening, linkWords.notAllowed, false);
	}
}

/**
 * A direct attempt that is given up ends at the other side by its deadline only, unless it is told. What we know of its pins may
 * be old, so the answer to this is how we learn better: it asks again if its pins do allow something.
 */
function tellPinned(step: Step, peer: Peer, {tier, generation, status}: Opening): void {
	const {peerId} = peer;
	if (tier !== 'direct' || status !== 'opening' || !leads(step, peerId)) return;
	const tiers = tiersOfPin(pinFor(step, peer));
	step.effects.push({type: 'refuse-carrier', peerId, tier, generation, reason: 'pinned', tiers});
}

/** Opens what is due and sees to the next look; returns when that is. */
function lead(step: Step, peerId: PeerId, allowed: readonly Tier[]): number | undefined {
	const link = linkOf(step, peerId);
	const reach = reachOf(step, link);
	const relayRetryAt = (tier: Tier) => Math.max(link.failures[tier]?.retryAt ?? 0, heldOffUntil(link, tier));
	const due: number[] = [];
	const tier = bestRelayTier(allowed, reach, relayRetryAt, step.stamp.at);
	if (tier && !openingIn(step, peerId, 'relay') && isWorthOpening(link, tier, allowed)) {
		openCarrier(step, peerId, {tier, generation: nextGeneration(step, peerId)});
	}
	if (link.active?.tier !== 'direct') due.push(...allowed.map(relayRetryAt));
	const canDirect = allowed.includes('direct') && isAvailable('direct', reach);
	const endsAt = canDirect ? endBrokenOff(step, peerId) : undefined;
	if (endsAt !== undefined) due.push(endsAt);
	if (canDirect && !openingIn(step, peerId, 'direct')) {
		const dueAt = nextDirectAt(linkOf(step, peerId), allowed, reach);
		const routes = link.active?.tier === 'direct' ? 'tcp' : 'all';
		if (dueAt <= step.stamp.at) {
			openCarrier(step, peerId, {tier: 'direct', generation: nextGeneration(step, peerId), routes});
		} else due.push(dueAt);
	}
	const next = Math.min(...due.filter((at) => at > step.stamp.at));
	if (!Number.isFinite(next)) return undefined;
	step.effects.push({type: 'start-timer', timer: `link ${peerId}`, afterMs: next - step.stamp.at});
	return next;
}

function nextGeneration(step: Step, peerId: PeerId): number {
	return Math.max(linkOf(step, peerId).generation + 1, 1);
}

/** A path through the relay is wanted below a better one only where that one is to give way. */
export function isWorthOpening({active, direct}: LinkMachine, tier: Tier, allowed: readonly Tier[]): boolean {
	if (!active || !allowed.includes(active.tier)) return true;
	if (active.tier === 'direct') return direct.givesWayTo === tier;
	return isBetterRoute(bestRouteOf(tier), active.route);
}

/** When tier direct is tried next: anew, or over ICE for something better; Infinity where nothing better exists. */
function nextDirectAt({active, direct}: LinkMachine, allowed: readonly Tier[], reach: Reach): number {
	if (active?.tier === 'direct' && allowed.includes('direct')) {
		return active.route.startsWith('ice-') ? Math.max(direct.betterAt, direct.lastTryAt + 1000) : Infinity;
	}
	const hasOtherWay = allowed.some((tier) => tier !== 'direct' && isAvailable(tier, reach));
	return directDueAt(direct, hasOtherWay);
}

/** No silent fallback from a pin: what it forbids ends once nothing that it allows is on its way. Returns why it did. */
function closeForbidden(
	step: Step,
	peerId: PeerId,
	allowed: readonly Tier[],
	reason: string = linkWords.notNow,
): string | undefined {
	const link = linkOf(step, peerId);
	if (!link.active || allowed.includes(link.active.tier) || link.openings.length > 0) return undefined;
	if (waitsForBinary(allowed, reachOf(step, link))) return undefined;
	const why = linkWords.onlyAllowed(allowed, reason);
	dropCarriers(step, peerId, why);
	return why;
}

/**
 * A person or a changed network wants another look at once: nothing that was learnt counts, and the peer hears what we
 * allow now, which makes it look as well.
 */
export function lookAgain(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	setLink(step, peerId, {failures: {}, asks: 0});
	setDirect(step, peerId, directForgiven(linkOf(step, peerId).direct));
	const {active} = linkOf(step, peerId);
	const tiers = tiersOfPin(pinFor(step, peer));
	if (active) step.effects.push({type: 'say-hello', peerId, generation: active.generation, tiers});
	else if (!leads(step, peerId)) askLeader(step, peer);
	reviewLink(step, peerId);
}

/** The peer tells what it allows or that its network is another one. */
export function helloSaid(step: Step, peerId: PeerId, theirTiers: readonly Tier[]): void {
	setDirect(step, peerId, directEased(linkOf(step, peerId).direct, step.stamp.at));
	tiersHeard(step, peerId, theirTiers);
	setLink(step, peerId, {failures: {}});
	reviewLink(step, peerId);
}

/** What the other side allows; if it is something else than before, nothing speaks against an immediate try. */
export function tiersHeard(step: Step, peerId: PeerId, theirTiers: readonly Tier[]): void {
	const link = linkOf(step, peerId);
	if (theirTiers.join() === link.theirTiers.join()) return;
	setLink(step, peerId, {theirTiers, direct: directForgiven(link.direct)});
}
