/** Making a carrier the one that is used; the former one may finish its segment, then it closes. */
import {announce} from './heads.js';
import {linkOf, setDirect, setLink, type OpenCarrier, type Step} from './machine.js';
import {pathTaken} from './path-activity.js';
import {type PeerId} from './state.js';

/** The old carrier may finish its running segment for this long. */
const drainMs = 10_000;

/** From now on all that is said to this peer goes over this carrier; our head is said first. */
export function activate(step: Step, peerId: PeerId, {generation, tier, route}: OpenCarrier): void {
	const {active: former, direct, openings} = linkOf(step, peerId);
	setLink(step, peerId, {active: {generation, tier, route, since: step.stamp.at}});
	setDirect(step, peerId, {...direct, givesWayTo: undefined});
	step.effects.push({type: 'use-carrier', peerId, generation});
	// What a follower took on its own, and its leader has not spoken of yet, stands by: it may be the next one.
	const standsBy = openings.some((opening) => opening.generation === former?.generation);
	if (former && !standsBy) {
		step.effects.push({type: 'drain-carrier', peerId, generation: former.generation, withinMs: drainMs});
	}
	pathTaken(step, peerId, former);
	announce(step, {to: peerId});
}
