/**
 * One peer path: which carrier is open, which is being opened, and when to switch. The leader (smaller peer_id) numbers
 * generations and decides; the follower answers, and asks when it needs something. Make before break: a new carrier
 * is confirmed with `use` and `using` before the old one closes. Nothing is replayed: after a switch both sides state
 * their heads again.
 */
import {type Tier, type TierPin, tiersOfPin} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {activate} from './activate-carrier.js';
import {finishAttempt, noteAttempt, routeOf} from './attempts.js';
import {backoffMs, tierBackoff} from './backoff.js';
import {countFailure, textOnlyMs} from './link-failures.js';
import {linkOf, setLink, setPeer, showLink, type LinkMachine, type Step} from './machine.js';
import {type Peer, type PeerId} from './state.js';
import {allowedTiers, bestTier, explainEmptyChoice, isBetter, type Reach} from './tier-choice.js';

/** A carrier that closes this soon after it opened counts as a failure of its tier. */
const settledAfterMs = 10_000;

/** A follower that sees no carrier coming reminds its leader. */
const askAfterMs = 3000;

/** As long as an opened carrier may wait for `using` before it is given up. */
const usingMs = 5000;

function leads(step: Step, peerId: PeerId): boolean {
	return step.machine.state.self.peerId < peerId;
}

export function pinFor(step: Step, peer: Peer): TierPin {
	return peer.pin ?? step.machine.state.pin;
}

function reachOf(step: Step, link: LinkMachine): Reach {
	const {relay} = step.machine.state;
	const online = relay.status === 'online';
	return {
		relayOnline: online,
		binaryHere: online ? relay.binary : 'unknown',
		binaryThere: link.theirTextOnlyUntil <= step.stamp.at,
	};
}

/** Looks at a link and does the next right thing; called after whatever may have changed it. */
export function reviewLink(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const link = linkOf(step, peerId);
	const pin = pinFor(step, peer);
	const allowed = allowedTiers(pin, link.theirTiers);
	if (allowed.length === 0) {
		const reason = explainEmptyChoice(pin, link.theirTiers, peer.name);
		dropCarriers(step, peerId, reason);
		showLink(step, peerId, {status: 'offline', reason});
		return;
	}
	if (link.opening) return;
	if (!peer.present && !link.active) return;
	if (!leads(step, peerId)) {
		followUp(step, peer, link, allowed);
		return;
	}
	const retryAt = (tier: Tier) => link.failures[tier]?.retryAt ?? 0;
	const best = bestTier(allowed, reachOf(step, link), retryAt, step.stamp.at);
	const {active} = link;
	if (best && (!active || !allowed.includes(active.tier) || isBetter(best, active.tier))) {
		openCarrier(step, peerId, best, Math.max(link.generation + 1, 1));
	}
	const next = Math.min(...allowed.map(retryAt).filter((at) => at > step.stamp.at));
	if (Number.isFinite(next))
		step.effects.push({type: 'start-timer', timer: `link ${peerId}`, afterMs: next - step.stamp.at});
}

/** A follower waits for its leader, but not for ever; and tells it when its own pin forbids the tier in use. */
function followUp(step: Step, peer: Peer, link: LinkMachine, allowed: readonly Tier[]): void {
	if (link.active && allowed.includes(link.active.tier)) return;
	if (step.machine.state.relay.status !== 'online' && !link.active) return;
	const afterMs = link.asks === 0 ? askAfterMs : backoffMs(tierBackoff, link.asks + 2, step.stamp.random);
	step.effects.push({type: 'start-timer', timer: `ask ${peer.peerId}`, afterMs});
}

export function askTimerFired(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	const link = linkOf(step, peerId);
	if (!peer?.present || link.opening || leads(step, peerId)) return;
	const ours = tiersOfPin(pinFor(step, peer));
	if (link.active && allowedTiers(pinFor(step, peer), link.theirTiers).includes(link.active.tier)) return;
	setLink(step, peerId, {asks: link.asks + 1});
	step.effects.push({type: 'ask-leader', peerId, tiers: ours, via: 'relay'});
	reviewLink(step, peerId);
}

function openCarrier(step: Step, peerId: PeerId, tier: Tier, generation: number): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const startedAt = step.stamp.at;
	setLink(step, peerId, {generation, opening: {generation, tier, startedAt, opened: false}});
	noteAttempt(step, peerId, {tier, route: routeOf(tier), generation, startedAt, outcome: 'running'});
	if (peer.link.status === 'online')
		setPeer(step, peerId, {link: {...peer.link, upgrading: {tier, generation}}});
	else showLink(step, peerId, {status: 'connecting', tier, generation, since: startedAt});
	const tiersAllowed = tiersOfPin(pinFor(step, peer));
	step.effects.push({
		type: 'open-carrier',
		peerId,
		tier,
		generation,
		leader: leads(step, peerId),
		tiers: tiersAllowed,
		routes: 'all',
	});
}

/** The other side wants a carrier: as its follower we open our end; as its leader we are asked to start. */
export function carrierRequested(
	step: Step,
	request: {peerId: PeerId; tier: Tier; generation: number; tiers?: readonly Tier[]},
): void {
	const {peerId, tier, generation} = request;
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	if (request.tiers) setLink(step, peerId, {theirTiers: request.tiers});
	if (leads(step, peerId)) {
		if (generation !== 0) return;
		// It has nothing open towards us: what we hold is dead, whatever our heartbeat says.
		const {active} = linkOf(step, peerId);
		if (active && request.tiers?.includes(active.tier))
			dropCarriers(step, peerId, `${peer.name} asked for a new connection`);
		setLink(step, peerId, {failures: {}, opening: undefined});
		reviewLink(step, peerId);
		return;
	}
	const link = linkOf(step, peerId);
	const ours = tiersOfPin(pinFor(step, peer));
	const refuse = (reason: string) => {
		step.effects.push({type: 'refuse-carrier', peerId, tier, generation, reason, tiers: ours});
	};
	if (!ours.includes(tier)) return refuse('pinned');
	const {relay} = step.machine.state;
	if (tier === 'proxy' && relay.status === 'online' && relay.binary === 'text-only')
		return refuse('text_only');
	if (generation <= link.generation && link.opening) return;
	openCarrier(step, peerId, tier, generation);
}

export function carrierOpened(
	step: Step,
	event: {
		peerId: PeerId;
		generation: number;
		tier: Tier;
		tiers: readonly Tier[];
		textOnly: boolean;
		name: string;
	},
): boolean {
	const {peerId, generation, tier} = event;
	const link = linkOf(step, peerId);
	if (link.opening?.generation !== generation) {
		step.effects.push({type: 'close-carrier', peerId, generation, reason: 'superseded'});
		return false;
	}
	finishAttempt(step, peerId, generation, {outcome: 'ok'});
	setLink(step, peerId, {
		theirTiers: event.tiers,
		theirTextOnlyUntil: event.textOnly ? step.stamp.at + textOnlyMs : 0,
		asks: 0,
		opening: {...link.opening, opened: true},
	});
	if (leads(step, peerId)) {
		step.effects.push({type: 'say', peerId, generation, message: {type: 'use', generation}});
		step.effects.push({type: 'start-timer', timer: `using ${peerId} ${generation}`, afterMs: usingMs});
	}
	if (link.active) return false;
	activate(step, peerId, generation, tier);
	return true;
}

/** The follower's side of a switch. Returns true if this carrier has just become the active one. */
export function useReceived(step: Step, peerId: PeerId, carried: number, generation: number): boolean {
	const link = linkOf(step, peerId);
	if (carried !== generation || leads(step, peerId)) return false;
	if (link.opening?.generation !== generation && link.active?.generation !== generation) return false;
	step.effects.push({type: 'say', peerId, generation, message: {type: 'using', generation}});
	const tier = link.opening?.generation === generation ? link.opening.tier : link.active!.tier;
	if (link.opening?.generation === generation) setLink(step, peerId, {opening: undefined});
	if (link.active?.generation === generation) return false;
	activate(step, peerId, generation, tier);
	return true;
}

/** The leader's side of a switch. Returns true if this carrier has just become the active one. */
export function usingReceived(step: Step, peerId: PeerId, carried: number, generation: number): boolean {
	const link = linkOf(step, peerId);
	const {opening} = link;
	if (carried !== generation || opening?.generation !== generation || !opening.opened) return false;
	step.effects.push({type: 'stop-timer', timer: `using ${peerId} ${generation}`});
	setLink(step, peerId, {opening: undefined});
	const fresh = link.active?.generation !== generation;
	if (fresh) activate(step, peerId, generation, opening.tier);
	reviewLink(step, peerId);
	return fresh;
}

export function usingTimerFired(step: Step, peerId: PeerId, generation: number): void {
	if (linkOf(step, peerId).opening?.generation !== generation) return;
	step.effects.push({type: 'close-carrier', peerId, generation, reason: 'no answer on the new path'});
}

export function carrierFailed(
	step: Step,
	event: {
		peerId: PeerId;
		generation: number;
		tier: Tier;
		code: string;
		reason: string;
		tiers?: readonly Tier[];
	},
): void {
	const {peerId, generation, tier, code, reason} = event;
	const link = linkOf(step, peerId);
	if (event.tiers) setLink(step, peerId, {theirTiers: event.tiers});
	if (link.opening?.generation !== generation) return;
	setLink(step, peerId, {
		opening: undefined,
		...(code === 'text_only' && {theirTextOnlyUntil: step.stamp.at + textOnlyMs}),
	});
	const retryAt = countFailure(step, peerId, tier, code);
	finishAttempt(step, peerId, generation, {outcome: 'failed', reason, retryAt});
	const peer = step.machine.state.peers.get(peerId);
	if (peer && !linkOf(step, peerId).active) showLink(step, peerId, {status: 'offline', reason, retryAt});
	else if (peer?.link.status === 'online')
		setPeer(step, peerId, {link: {...peer.link, upgrading: undefined}});
	reviewLink(step, peerId);
}

export function carrierClosed(step: Step, event: {peerId: PeerId; generation: number; reason: string}): void {
	const {peerId, generation, reason} = event;
	const link = linkOf(step, peerId);
	const peer = step.machine.state.peers.get(peerId);
	if (link.opening?.generation === generation) {
		setLink(step, peerId, {opening: undefined});
		countFailure(step, peerId, link.opening.tier, 'closed');
	}
	if (link.active?.generation === generation) {
		setLink(step, peerId, {active: undefined});
		if (peer?.link.status === 'online' && step.stamp.at - peer.link.since < settledAfterMs) {
			countFailure(step, peerId, link.active.tier, 'closed');
		}
		showLink(step, peerId, {status: 'offline', reason});
		if (peer) noteActivity(step, {kind: 'tier', who: peer.name, text: `lost ${link.active.tier}: ${reason}`});
	}
	reviewLink(step, peerId);
}

/** Closes all that is open towards a peer; the caller says what the link shows. */
export function dropCarriers(step: Step, peerId: PeerId, reason: string): void {
	const {active, opening} = linkOf(step, peerId);
	for (const carrier of [active, opening]) {
		if (carrier) step.effects.push({type: 'close-carrier', peerId, generation: carrier.generation, reason});
	}
	if (opening) finishAttempt(step, peerId, opening.generation, {outcome: 'failed', reason});
	if (active || opening) setLink(step, peerId, {active: undefined, opening: undefined});
}

/** A pin changed: forget old failures, tell the peer what we allow now, and look again. */
export function pinChanged(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const {active} = linkOf(step, peerId);
	setLink(step, peerId, {failures: {}});
	const ours = tiersOfPin(pinFor(step, peer));
	if (active) step.effects.push({type: 'say-hello', peerId, generation: active.generation, tiers: ours});
	else if (!leads(step, peerId) && peer.present && step.machine.state.relay.status === 'online') {
		step.effects.push({type: 'ask-leader', peerId, tiers: ours, via: 'relay'});
	}
	reviewLink(step, peerId);
}
