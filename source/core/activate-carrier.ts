/** Making a carrier the one that is used; the former one may finish its segment, then it closes. */
import {type Tier} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {routeOf} from './attempts.js';
import {linkOf, setLink, showLink, type Step} from './machine.js';
import {type PeerId} from './state.js';

/** The old carrier may finish its running segment for this long. */
const drainMs = 10_000;

/** From now on all that is said to this peer goes over this carrier. */
export function activate(step: Step, peerId: PeerId, generation: number, tier: Tier): void {
	const peer = step.machine.state.peers.get(peerId);
	const {active: former} = linkOf(step, peerId);
	setLink(step, peerId, {active: {generation, tier}});
	showLink(step, peerId, {status: 'online', tier, route: routeOf(tier), generation, since: step.stamp.at});
	step.effects.push({type: 'use-carrier', peerId, generation});
	if (former) {
		const {generation: old} = former;
		step.effects.push({type: 'drain-carrier', peerId, generation: old, withinMs: drainMs});
	}
	noteActivity(step, {
		kind: 'tier',
		who: peer?.name ?? peerId,
		text: former ? `switched from ${former.tier} to ${tier}` : `connected over ${tier}`,
	});
}

/** The former carrier has had its time. */
export function drainTimerFired(step: Step, peerId: PeerId, generation: number): void {
	if (linkOf(step, peerId).active?.generation === generation) return;
	step.effects.push({type: 'close-carrier', peerId, generation, reason: 'switched'});
}
