/**
 * A follower opens nothing by itself: it asks its leader, through the relay or by dialling it, at once where it has lost what
 * it had, else when its leader is late, and ever more rarely where nothing comes of it.
 */
import {type Tier, tiersOfPin} from '../protocol/tiers.js';
import {backoffMs, tierBackoff} from './backoff.js';
import {cutOffUntil} from './cut-off.js';
import {heldOffUntil} from './held-off.js';
import {leads, linkOf, setLink, type LinkMachine, type Step} from './machine.js';
import {pinFor} from './openings.js';
import {reachOf} from './reach.js';
import {type Peer, type PeerId} from './state.js';
import {isAvailable} from './tier-choice.js';

/** A follower that sees no carrier coming reminds its leader. */
export const askAfterMs = 3000;

/** In the local network the leader sees us as soon as we see it, so its first try need not be awaited for long. */
const askFoundAfterMs = 500;

/** A follower waits for its leader, but not for ever; and tells it when its own pin forbids the tier in use. */
export function follow(step: Step, peer: Peer): void {
	const link = linkOf(step, peer.peerId);
	if (!needsCarrier(link, tiersOfPin(pinFor(step, peer)))) return;
	const reach = reachOf(step, link);
	if (!isAvailable('direct', reach) && !link.active) return;
	const firstMs = reach.relayOnline && reach.atRelay ? askAfterMs : askFoundAfterMs;
	const afterMs = link.asks === 0 ? firstMs : backoffMs(tierBackoff, link.asks + 2, step.stamp.random);
	const heldMs = askHeldUntil(step, peer) - step.stamp.at;
	step.effects.push({type: 'start-timer', timer: `ask ${peer.peerId}`, afterMs: Math.max(afterMs, heldMs)});
}

/** An ask through the relay is refused as what it asks for would be. */
function askHeldUntil(step: Step, peer: Peer): number {
	const link = linkOf(step, peer.peerId);
	const tier = tiersOfPin(pinFor(step, peer)).find((one) => one !== 'direct');
	return tier === undefined ? 0 : heldOffUntil(link, tier);
}

/** Our own pin only: what the leader's forbids it ends itself, and an ask would say that we have nothing. */
function needsCarrier({active, openings}: LinkMachine, ours: readonly Tier[]): boolean {
	if (active && ours.includes(active.tier)) return false;
	return openings.length === 0;
}

/** As follower: asks the leader now where nothing is open that we allow, or on its way. */
export function askIfNeeded(step: Step, peerId: PeerId): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer || leads(step, peerId)) return;
	if (!needsCarrier(linkOf(step, peerId), tiersOfPin(pinFor(step, peer)))) return;
	askLeader(step, peer);
}

/** Asks now, and again later if nothing comes of it. */
export function askLeader(step: Step, peer: Peer): void {
	const link = linkOf(step, peer.peerId);
	const reach = reachOf(step, link);
	if (!isAvailable('direct', reach) || cutOffUntil(step, peer.peerId) !== undefined) return;
	const isOverRelay = reach.relayOnline && reach.atRelay;
	if (isOverRelay && askHeldUntil(step, peer) > step.stamp.at) return follow(step, peer);
	setLink(step, peer.peerId, {asks: link.asks + 1});
	step.effects.push({
		type: 'ask-leader',
		peerId: peer.peerId,
		tiers: tiersOfPin(pinFor(step, peer)),
		via: isOverRelay ? 'relay' : 'direct',
	});
	follow(step, peer);
}
