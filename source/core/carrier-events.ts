/** What happens to carriers: asked for, opened, taken into use, failed, closed. Strangers (older generations) are ignored. */
import {linkWords} from './link-words.js';
import {notNeeded, type Route, type Tier, tiers as allTiers, tiersOfPin} from '../protocol/tiers.js';
import {attemptFailed, attemptSucceeded} from './attempts.js';
import {activate} from './activate-carrier.js';
import {askAfterMs, askLeader} from './ask-leader.js';
import {cutOffUntil} from './cut-off.js';
import {directConfirmed} from './direct-memory.js';
import {heldOffUntil, heldOffWords} from './held-off.js';
import {activeLost, countFailure, textOnlyMs} from './link-failures.js';
import {isWorthOpening, reviewLink, tiersHeard} from './link.js';
import {leads, linkOf, setContact, setDirect, setLink, type Opening, type Step} from './machine.js';
import {giveUp, laneOf, openCarrier, openingIn, pinFor, setOpening} from './openings.js';
import {settlePresence} from './presence.js';
import {type PeerId} from './state.js';
import {allowedTiers} from './tier-choice.js';

/** An ask that comes this soon after a carrier was taken into use may have been sent before it; if not, it is repeated. */
const askGraceMs = 2000;

type Request = {
	readonly peerId: PeerId;
	readonly tier: Tier;
	readonly generation: number;
	readonly tiers?: readonly Tier[];
};

/** The other side wants a carrier: as its follower we open our end; as its leader we are asked to start. */
export function carrierRequested(step: Step, request: Request): void {
	const {peerId, tier, generation} = request;
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const isCutOff = cutOffUntil(step, peerId) !== undefined;
	if (leads(step, peerId)) {
		if (generation === 0 && !isCutOff) asked(step, request);
		return;
	}
	const lane = laneOf(tier);
	const {seen} = linkOf(step, peerId);
	const older = openingIn(step, peerId, lane);
	// The same request comes several times where it comes by several ways. One that led to nothing is none to go by: anybody
	// on the way can make one up, of any generation.
	if (generation <= Math.max(seen[lane], older?.generation ?? 0)) return;
	// Whoever asks for a tier allows it; what else it allows comes with the request or in its next `hello`.
	const theirs = request.tiers ?? linkOf(step, peerId).theirTiers;
	const theirTiers = allTiers.filter((one) => one === tier || theirs.includes(one));
	setLink(step, peerId, {theirTiers});
	const ours = tiersOfPin(pinFor(step, peer));
	const refuse = (reason: string) => {
		step.effects.push({type: 'refuse-carrier', peerId, tier, generation, reason, tiers: ours});
	};
	if (isCutOff) return refuse('cut_off');
	if (!ours.includes(tier)) return refuse('pinned');
	// What we would send over it the relay would refuse.
	if (heldOffUntil(linkOf(step, peerId), tier) > step.stamp.at) return refuse('rate_limited');
	const {relay} = step.machine.state;
	if (tier === 'proxy' && relay.status === 'online' && relay.binary === 'text-only')
		return refuse('text_only');
	if (older) giveUp(step, peerId, older, 'superseded', false);
	openCarrier(step, peerId, {tier, generation});
	reviewLink(step, peerId);
}

/** Our follower says that it has nothing open towards us: what we hold is dead, whatever our heartbeat says. */
function asked(step: Step, {peerId, tier, tiers}: Request): void {
	const peer = step.machine.state.peers.get(peerId);
	// Who dials us says no tiers yet, but allows this one: without a relay there is no other way to hear of it.
	const known = linkOf(step, peerId).theirTiers;
	tiersHeard(
		step,
		peerId,
		allTiers.filter((one) => (one === tier && !tiers) || (tiers ?? known).includes(one)),
	);
	const {active, openings, theirTiers, contact} = linkOf(step, peerId);
	const isDialled = tier === 'direct' && tiers === undefined;
	// What it refused as text-only it asks for now, and nothing else is allowed: there is nothing to lose by another try.
	if (peer && allowedTiers(pinFor(step, peer), theirTiers).every((one) => one === 'proxy'))
		setLink(step, peerId, {theirTextOnlyUntil: 0});
	const reason = linkWords.askedAnew(peer?.name ?? peerId);
	const {at} = step.stamp;
	// Who dials us directly may have lost its relay only: that path's own end will show.
	const isOther = tier === 'direct' && active?.tier !== 'direct';
	if (active && theirTiers.includes(active.tier) && !isOther) {
		const isLater = !isDialled && contact.cameAt > active.since;
		if (!isLater && at - active.since < askGraceMs) return reviewLink(step, peerId);
		activeLost(step, peerId, reason);
		step.effects.push({type: 'close-carrier', peerId, generation: active.generation, reason});
		setOpening(step, peerId, active.generation);
	}
	// What is on its way for long will not come; what has just been begun is the answer. A dial is part of an attempt.
	for (const opening of openings) {
		if (opening.generation === active?.generation || (opening.tier === 'direct' && isDialled)) continue;
		if (at - opening.startedAt < askAfterMs) continue;
		giveUp(
			step,
			peerId,
			opening.status === 'opening' ? {...opening, isBrokenOff: true} : opening,
			reason,
			true,
		);
	}
	setLink(step, peerId, {failures: {}});
	const {direct} = linkOf(step, peerId);
	setDirect(step, peerId, {...direct, retryAt: Math.min(direct.retryAt, at)});
	reviewLink(step, peerId);
}

export function carrierOpened(
	step: Step,
	event: {
		peerId: PeerId;
		generation: number;
		route: Route;
		tiers: readonly Tier[];
		textOnly: boolean;
		hasAddresses: boolean;
	},
): void {
	const {peerId, generation, route, hasAddresses} = event;
	const opening = find(step, peerId, generation);
	if (!opening) {
		step.effects.push({type: 'close-carrier', peerId, generation, reason: 'superseded'});
		return;
	}
	attemptSucceeded(step, peerId, generation, route);
	setOpening(step, peerId, generation, {...opening, status: 'opened', route});
	const {seen} = linkOf(step, peerId);
	const lane = laneOf(opening.tier);
	setLink(step, peerId, {
		seen: {...seen, [lane]: Math.max(seen[lane], generation)},
		theirTiers: event.tiers,
		theirTextOnlyUntil: event.textOnly ? step.stamp.at + textOnlyMs : 0,
		asks: 0,
	});
	setContact(step, peerId, {proven: true, hasAddresses});
	reviewLink(step, peerId);
	settlePresence(step, peerId);
}

/** The follower's side of a switch. */
export function useReceived(step: Step, peerId: PeerId, carried: number, generation: number): void {
	if (carried !== generation || leads(step, peerId)) return;
	const opening = find(step, peerId, generation);
	const {active} = linkOf(step, peerId);
	const isActive = active?.generation === generation;
	if (opening?.status !== 'opened' && !isActive) return;
	step.effects.push({type: 'say', peerId, generation, message: {type: 'using', generation}});
	setOpening(step, peerId, generation);
	if (!isActive && opening?.status === 'opened') activate(step, peerId, opening);
	confirmed(step, peerId);
}

/** The leader's side of a switch. */
export function usingReceived(step: Step, peerId: PeerId, carried: number, generation: number): void {
	const opening = find(step, peerId, generation);
	if (carried !== generation || opening?.status !== 'asked') return;
	step.effects.push({type: 'stop-timer', timer: `using ${peerId} ${generation}`});
	setOpening(step, peerId, generation);
	if (linkOf(step, peerId).active?.generation !== generation) activate(step, peerId, opening);
	confirmed(step, peerId);
}

function confirmed(step: Step, peerId: PeerId): void {
	const {active, direct} = linkOf(step, peerId);
	if (active?.tier === 'direct') setDirect(step, peerId, directConfirmed(direct, step.stamp));
	reviewLink(step, peerId);
}

export function usingTimerFired(step: Step, peerId: PeerId, generation: number): void {
	if (find(step, peerId, generation)?.status !== 'asked') return;
	const reason = linkWords.noConfirmation;
	step.effects.push({type: 'close-carrier', peerId, generation, reason});
	carrierClosed(step, {peerId, generation, reason});
}

export function carrierFailed(
	step: Step,
	event: {peerId: PeerId; generation: number; code: string; reason: string; tiers?: readonly Tier[]},
): void {
	const {peerId, generation, code, reason, tiers} = event;
	const opening = find(step, peerId, generation);
	if (!opening) return;
	setOpening(step, peerId, generation);
	if (tiers) tiersHeard(step, peerId, tiers);
	if (code === 'text_only') setLink(step, peerId, {theirTextOnlyUntil: step.stamp.at + textOnlyMs});
	const winner = quickerThan(step, peerId, opening);
	if (winner) {
		attemptFailed(step, peerId, opening, {reason: notNeeded(winner)});
		return reviewLink(step, peerId, reason);
	}
	const countedUntil = countFailure(step, peerId, opening, event);
	const retryAt = Math.max(countedUntil, heldOffUntil(linkOf(step, peerId), opening.tier));
	// A follower is not the one who tries again.
	attemptFailed(step, peerId, opening, {reason, retryAt: leads(step, peerId) ? retryAt : undefined});
	reviewLink(step, peerId, reason);
	askIfMistaken(step, peerId, event);
}

/** A leader that gave up for a pin of ours, and has not heard that it is another one now, learns it by being asked. */
function askIfMistaken(
	step: Step,
	peerId: PeerId,
	{code, tiers}: {code: string; tiers?: readonly Tier[]},
): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer || code !== 'pinned' || leads(step, peerId)) return;
	const {active, openings} = linkOf(step, peerId);
	const isAllowed = tiers !== undefined && allowedTiers(pinFor(step, peer), tiers).length > 0;
	if (isAllowed && !active && openings.length === 0) askLeader(step, peer);
}

export function carrierClosed(step: Step, event: {peerId: PeerId; generation: number; reason: string}): void {
	const {peerId, generation} = event;
	const opening = find(step, peerId, generation);
	const {active} = linkOf(step, peerId);
	const wasActive = active?.generation === generation;
	// A drained carrier, or one that we closed.
	if (!opening && !wasActive) return;
	const tier = opening?.tier ?? active?.tier ?? 'direct';
	const reason = heldOffWords(step, peerId, tier, event.reason);
	setOpening(step, peerId, generation);
	if (wasActive) activeLost(step, peerId, reason);
	else if (opening) countFailure(step, peerId, opening, {code: 'closed', reason});
	reviewLink(step, peerId, reason);
	const peer = step.machine.state.peers.get(peerId);
	const now = linkOf(step, peerId);
	const isAlone = !now.active && !openingIn(step, peerId, 'relay');
	// The leader may find out much later that a silent path is dead.
	if (peer && wasActive && active.tier === 'direct' && isAlone && !leads(step, peerId)) askLeader(step, peer);
	settlePresence(step, peerId, reason);
}

/** The direct route in use, where nobody needs this opening beside it: the other side may give it up before we do. */
function quickerThan(step: Step, peerId: PeerId, {tier}: Opening): Route | undefined {
	const peer = step.machine.state.peers.get(peerId);
	const link = linkOf(step, peerId);
	if (!peer || tier === 'direct' || link.active?.tier !== 'direct') return undefined;
	const allowed = allowedTiers(pinFor(step, peer), link.theirTiers);
	return isWorthOpening(link, tier, allowed) ? undefined : link.active.route;
}

function find(step: Step, peerId: PeerId, generation: number): Opening | undefined {
	return linkOf(step, peerId).openings.find((opening) => opening.generation === generation);
}
