/**
 * Which of the open carriers is used. The leader decides: it says `use` on a better one and moves over when `using`
 * comes back. It never awaits two answers at a time: two `use` on two carriers could arrive in either order, and both sides
 * would end on different ones. What opens meanwhile stands by, and takes over at once where the one in use dies.
 */
import {linkWords} from './link-words.js';
import {activate} from './activate-carrier.js';
import {giveUp, setOpening} from './openings.js';
import {leads, linkOf, type LinkMachine, type OpenCarrier, type Opening, type Step} from './machine.js';
import {type PeerId} from './state.js';
import {bestRouteOf, isBetterRoute} from './tier-choice.js';
import {type Tier} from '../protocol/tiers.js';

/** As long as an opened carrier may wait for `using` before it is given up. */
const usingMs = 5000;

type Opened = Extract<Opening, {status: 'opened' | 'asked'}>;

/** Takes the next step towards the best open carrier. */
export function proceed(step: Step, peerId: PeerId, allowed: readonly Tier[]): void {
	const link = linkOf(step, peerId);
	if (!leads(step, peerId)) {
		// Whatever is open first is used until the leader says otherwise.
		const best = bestOf(link.openings);
		if (!link.active && best) activate(step, peerId, best);
		return;
	}
	const asked = link.openings.find((opening): opening is Opened => opening.status === 'asked');
	if (asked) {
		if (!link.active) activate(step, peerId, asked);
		return;
	}
	const best = bestOf(link.openings);
	if (best && isWanted(link, best, allowed)) {
		const {generation} = best;
		setOpening(step, peerId, generation, {...best, status: 'asked'});
		step.effects.push({type: 'say', peerId, generation, message: {type: 'use', generation}});
		step.effects.push({type: 'start-timer', timer: `using ${peerId} ${generation}`, afterMs: usingMs});
		if (!link.active) activate(step, peerId, best);
		return;
	}
	if (!link.active) return;
	for (const opening of link.openings) {
		const route = opening.status === 'opening' ? bestRouteOf(opening.tier) : opening.route;
		if (isWanted(link, {...opening, route}, allowed)) continue;
		giveUp(step, peerId, opening, linkWords.otherInUse(link.active.route), false);
	}
}

/** True if the carrier should take the place of the one in use. */
function isWanted({active, direct}: LinkMachine, carrier: OpenCarrier, allowed: readonly Tier[]): boolean {
	if (!active || !allowed.includes(active.tier)) return true;
	if (active.tier === 'direct' && carrier.tier === direct.givesWayTo) return true;
	return isBetterRoute(carrier.route, active.route);
}

function bestOf(openings: readonly Opening[]): Opened | undefined {
	let best: Opened | undefined;
	for (const opening of openings) {
		if (opening.status === 'opening') continue;
		if (!best || isBetterRoute(opening.route, best.route)) best = opening;
	}
	return best;
}
