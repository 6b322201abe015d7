/**
 * Where the relay refused to carry anything to a peer and said when to try again: until then nothing is asked of it there,
 * whatever else speaks for a try. A person who wants one now, or a new connection to the relay, ends the wait.
 */
import {type Tier} from '../protocol/tiers.js';
import {tierBackoff, waitMs} from './backoff.js';
import {linkOf, setLink, type LinkMachine, type Step} from './machine.js';
import {type PeerId} from './state.js';
import {refusalWords} from './reason-words.js';

/** The relay refused what was to go to this peer over one of its tiers. */
export function relayRefused(
	step: Step,
	{peerId, tier, retryAfterMs}: {peerId: PeerId; tier: Exclude<Tier, 'direct'>; retryAfterMs: number},
): void {
	if (!step.machine.state.peers.has(peerId)) return;
	const {heldOff, failures} = linkOf(step, peerId);
	const afterMs = waitMs(tierBackoff, failures[tier]?.count ?? 0, step.stamp.random, retryAfterMs);
	const until = Math.max(heldOff[tier]?.until ?? 0, step.stamp.at + afterMs);
	setLink(step, peerId, {heldOff: {...heldOff, [tier]: {until, askedMs: retryAfterMs}}});
}

/** Before this time the tier is not used; 0: the relay has nothing against it. */
export function heldOffUntil({heldOff}: LinkMachine, tier: Tier): number {
	return tier === 'direct' ? 0 : (heldOff[tier]?.until ?? 0);
}

/** Why the tier ended or did not open, with what the relay asked for where it was the relay that refused it. */
export function heldOffWords(step: Step, peerId: PeerId, tier: Tier, reason: string): string {
	const held = tier === 'direct' ? undefined : linkOf(step, peerId).heldOff[tier];
	return held && held.until > step.stamp.at ? refusalWords(reason, held.askedMs) : reason;
}

/** All that the relay asked for towards this peer is over. */
export function forgetHeldOff(step: Step, peerId: PeerId): void {
	if (step.machine.links.has(peerId)) setLink(step, peerId, {heldOff: {}});
}
