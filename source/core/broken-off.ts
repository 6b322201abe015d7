/**
 * Direct attempts that say nothing of the path: the other side, or the way to tell it anything, was gone meanwhile, or a
 * network is another one by now. They are no failed tries: the next one begins as soon as it can lead anywhere, the first
 * time at once. Who comes and goes all the time is waited for, ever longer (direct-memory.ts).
 */
import {linkWords} from './link-words.js';
import {tiersOfPin} from '../protocol/tiers.js';
import {directAllowedAt, directBrokenOff} from './direct-memory.js';
import {leads, linkOf, setDirect, type Step} from './machine.js';
import {giveUp, isBrokenOff, openingIn, pinFor, setOpening} from './openings.js';
import {type PeerId} from './state.js';

/** What a follower says of an attempt that it has left; its leader begins another one. */
export const networkChangedCode = 'network_changed';

/** What one of them has told the other may be lost, or untrue: however the attempt under way ends, it does not count. */
export function breakOff(step: Step, peerId: PeerId): void {
	const opening = openingIn(step, peerId, 'direct');
	if (opening?.status !== 'opening') return;
	setOpening(step, peerId, opening.generation, {...opening, isBrokenOff: true});
}

/** The other side can be told where we are: what was tried without that, or is being tried, does not count. */
export function forgetLoneTry(step: Step, peerId: PeerId): void {
	const {direct} = linkOf(step, peerId);
	if (!direct.triedAlone) return;
	const isRunning = openingIn(step, peerId, 'direct')?.status === 'opening';
	setDirect(step, peerId, {...(isRunning ? direct : directBrokenOff(direct)), triedAlone: false});
	breakOff(step, peerId);
}

/**
 * The other side can be told something again: ends an attempt that was broken off, to leave room for one that leads
 * somewhere. Returns when it will, if that is not to be yet.
 */
export function endBrokenOff(step: Step, peerId: PeerId): number | undefined {
	const opening = openingIn(step, peerId, 'direct');
	if (!opening || !isBrokenOff(opening)) return undefined;
	const at = directAllowedAt(directBrokenOff(linkOf(step, peerId).direct));
	if (at > step.stamp.at) return at;
	giveUp(step, peerId, opening, linkWords.signalLost, true);
	return undefined;
}

/** Our network is another one: what an attempt under way has told and gathered is not true any more. */
export function leaveAttempt(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	const opening = openingIn(step, peerId, 'direct');
	if (!peer || opening?.status !== 'opening') return;
	if (!leads(step, peerId)) {
		const tiers = tiersOfPin(pinFor(step, peer));
		const {generation} = opening;
		step.effects.push({
			type: 'refuse-carrier',
			peerId,
			tier: 'direct',
			generation,
			reason: networkChangedCode,
			tiers,
		});
	}
	giveUp(step, peerId, opening, linkWords.networkChanged, true);
}
