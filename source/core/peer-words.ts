/** What peers say to the core over their carriers, and what we tell all of them beside heads. */
import {type PeerMessage} from '../protocol/peer-messages.js';
import {cutOffUntil} from './cut-off.js';
import {headsReceived} from './heads.js';
import {usingReceived, useReceived} from './carrier-events.js';
import {helloSaid} from './link.js';
import {textOnlyMs} from './link-failures.js';
import {linkOf, setLink, setPeer, type Step} from './machine.js';
import {type PeerId} from './state.js';

/** A path that a peer edits counts as edited for this long after it said so. */
const editingMs = 10_000;

/** More paths at once are not edited by hand. */
const maxEditingPaths = 20;

/** Takes in a message that came over the carrier of this generation. */
export function peerSaid(step: Step, peerId: PeerId, generation: number, message: PeerMessage): void {
	// Its carriers are closing, and may have brought more.
	if (cutOffUntil(step, peerId) !== undefined) return;
	switch (message.type) {
		case 'heads':
			return headsReceived(step, peerId, message.heads, message.pack);
		case 'use':
			return useReceived(step, peerId, generation, message.generation);
		case 'using':
			return usingReceived(step, peerId, generation, message.generation);
		case 'hello':
			setLink(step, peerId, {
				theirTextOnlyUntil: message.capabilities.includes('text-only') ? step.stamp.at + textOnlyMs : 0,
			});
			return helloSaid(step, peerId, message.tiers);
		case 'activity':
			setPeer(step, peerId, {editing: message.paths});
			step.effects.push({type: 'emit', event: {event: 'editing', peer_id: peerId, paths: message.paths}});
			step.effects.push({type: 'start-timer', timer: `editing ${peerId}`, afterMs: editingMs});
			return;
		case 'git_history':
			step.effects.push({type: 'answer-git-history', peerId, generation, request: message.request});
			return;
		default:
		// Exchange and unknown kinds never reach the core.
	}
}

/** Warns the others of what was just saved here. */
export function pathsEdited(step: Step, paths: readonly string[]): void {
	if (paths.length === 0) return;
	const message = {type: 'activity' as const, paths: paths.slice(0, maxEditingPaths)};
	for (const peerId of step.machine.state.peers.keys()) {
		const {active} = linkOf(step, peerId);
		if (active) step.effects.push({type: 'say', peerId, generation: active.generation, message});
	}
}
