/** How many peers are kept in mind: whoever has the invite can come with ever new keys, and each would stay for good. */
import {linkOf, type Step} from './machine.js';
import {type PeerId} from './state.js';

/** Far more than a session has members, those of its past among them. */
const maxPeers = 256;

/** True if this peer is known or has a place now: the oldest that is gone makes room. False where all are there. */
export function hasRoom(step: Step, peerId: PeerId): boolean {
	const {state, links, sync} = step.machine;
	if (state.peers.has(peerId) || state.peers.size < maxPeers) return true;
	const gone = [...state.peers.keys()].find(
		(one) => !state.peers.get(one)?.present && isForgettable(step, one),
	);
	if (gone === undefined) return false;
	const rest = new Map(state.peers);
	const restOfLinks = new Map(links);
	rest.delete(gone);
	restOfLinks.delete(gone);
	const heads = new Map(sync.heads);
	heads.delete(gone);
	const hearsay = new Set(sync.hearsay);
	hearsay.delete(gone);
	step.machine = {
		...step.machine,
		state: {...state, peers: rest},
		links: restOfLinks,
		sync: {...sync, heads, hearsay},
	};
	return true;
}

function isForgettable(step: Step, peerId: PeerId): boolean {
	const {active, openings, contact} = linkOf(step, peerId);
	const isSeen = contact.atRelay || contact.foundUntil > step.stamp.at;
	return !active && openings.length === 0 && !isSeen;
}
