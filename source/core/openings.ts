/** Carriers on their way: begun, given up, dropped. At most one in each lane, so that a relay path never waits for a direct one. */
import {type Tier, type TierPin, tiersOfPin} from '../protocol/tiers.js';
import {attemptFailed, attemptForgotten, noteAttempt} from './attempts.js';
import {directBrokenOff, directTried} from './direct-memory.js';
import {leads, linkOf, setDirect, setLink, type Lane, type Opening, type Step} from './machine.js';
import {type Peer, type PeerId} from './state.js';

export function pinFor(step: Step, peer: Peer): TierPin {
	return peer.pin ?? step.machine.state.pin;
}

export function laneOf(tier: Tier): Lane {
	return tier === 'direct' ? 'direct' : 'relay';
}

export function openingIn(step: Step, peerId: PeerId, lane: Lane): Opening | undefined {
	return linkOf(step, peerId).openings.find(({tier}) => laneOf(tier) === lane);
}

/** True if its end says nothing of the path. */
export function isBrokenOff(opening: Partial<Opening>): boolean {
	return opening.status === 'opening' && opening.isBrokenOff === true;
}

/** Begins a carrier; the lane has to be free. */
export function openCarrier(
	step: Step,
	peerId: PeerId,
	{tier, generation, routes = 'all'}: {tier: Tier; generation: number; routes?: 'all' | 'tcp'},
): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const link = linkOf(step, peerId);
	const opening: Opening = {generation, tier, routes, startedAt: step.stamp.at, status: 'opening'};
	setLink(step, peerId, {
		generation: Math.max(link.generation, generation),
		openings: [...link.openings, opening],
	});
	if (tier === 'direct')
		setDirect(step, peerId, directTried(link.direct, step.stamp.at, !link.contact.atRelay));
	else noteAttempt(step, peerId, {tier, route: tier, generation});
	step.effects.push({
		type: 'open-carrier',
		peerId,
		tier,
		generation,
		leader: leads(step, peerId),
		tiers: tiersOfPin(pinFor(step, peer)),
		routes,
	});
}

/** Puts another state of an opening in its place, or takes it out. */
export function setOpening(step: Step, peerId: PeerId, generation: number, next?: Opening): void {
	const openings = linkOf(step, peerId).openings.flatMap((opening) =>
		opening.generation === generation ? (next ? [next] : []) : [opening],
	);
	setLink(step, peerId, {openings});
}

/**
 * Gives an opening up. With a reason for people it was wanted and its record says so; without one nobody needs it any
 * more. A carrier that is in use already stays so.
 */
export function giveUp(step: Step, peerId: PeerId, opening: Opening, why: string, isFailure: boolean): void {
	const {generation} = opening;
	if (isFailure) attemptFailed(step, peerId, opening, {reason: why});
	else attemptForgotten(step, peerId, generation);
	if (isFailure && isBrokenOff(opening))
		setDirect(step, peerId, directBrokenOff(linkOf(step, peerId).direct));
	setOpening(step, peerId, generation);
	if (opening.status === 'asked') {
		step.effects.push({type: 'stop-timer', timer: `using ${peerId} ${generation}`});
	}
	if (linkOf(step, peerId).active?.generation === generation) return;
	step.effects.push({type: 'close-carrier', peerId, generation, reason: why});
}

/** Closes all that is open towards a peer, in one lane or in both; the caller says what the link shows. */
export function dropCarriers(step: Step, peerId: PeerId, reason: string, lane?: Lane): void {
	const {active} = linkOf(step, peerId);
	if (active && (lane === undefined || laneOf(active.tier) === lane)) {
		setLink(step, peerId, {active: undefined, told: undefined});
		step.effects.push({type: 'close-carrier', peerId, generation: active.generation, reason});
		// An unconfirmed one has an opening too: one close is enough.
		setOpening(step, peerId, active.generation);
	}
	for (const opening of linkOf(step, peerId).openings) {
		if (lane === undefined || laneOf(opening.tier) === lane) giveUp(step, peerId, opening, reason, true);
	}
}
