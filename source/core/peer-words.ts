/** What peers say to the core over their carriers, and what we tell all of them beside heads. */
import {activityWords} from './activity-words.js';
import {noteActivity} from './activity.js';
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

/** Between two words about what a peer edits; a flood of them is not passed on. */
const editingGapMs = 100;

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
			return editingSaid(step, peerId, message.paths);
		case 'git_history':
			step.effects.push({type: 'answer-git-history', peerId, generation, request: message.request});
			return;
		default:
		// Exchange and unknown kinds never reach the core.
	}
}

/**
 * Shows what a peer edits, for a while. It is told ten times a second at most, and the same again not at all: who saves
 * without pause is known to.
 */
function editingSaid(step: Step, peerId: PeerId, said: readonly string[]): void {
	const before = step.machine.state.peers.get(peerId)?.editing ?? [];
	const paths = said.slice(0, maxEditingPaths);
	step.effects.push({type: 'start-timer', timer: `editing ${peerId}`, afterMs: editingMs});
	if (paths.length === before.length && paths.every((path, index) => path === before[index])) return;
	setPeer(step, peerId, {editing: paths});
	const {editingToldAt} = linkOf(step, peerId);
	const waitMs = step.stamp.at < editingToldAt ? 0 : editingToldAt + editingGapMs - step.stamp.at;
	if (waitMs <= 0) {
		step.effects.push({type: 'stop-timer', timer: `tell-editing ${peerId}`});
		tellEditing(step, peerId);
	} else step.effects.push({type: 'start-timer', timer: `tell-editing ${peerId}`, afterMs: waitMs});
}

/** Tells what a peer edits now. */
export function tellEditing(step: Step, peerId: PeerId): void {
	const paths = step.machine.state.peers.get(peerId)?.editing ?? [];
	if (paths.length === 0) return;
	setLink(step, peerId, {editingToldAt: step.stamp.at});
	step.effects.push({type: 'emit', event: {event: 'editing', peer_id: peerId, paths}});
}

/** It has saved nothing for a while. */
export function editingOver(step: Step, peerId: PeerId): void {
	setPeer(step, peerId, {editing: []});
	setLink(step, peerId, {bothEdit: []});
}

/** Warns the others of what was just saved here, and the person of what others edit as well. */
export function pathsEdited(step: Step, paths: readonly string[]): void {
	if (paths.length === 0) return;
	const message = {type: 'activity' as const, paths: paths.slice(0, maxEditingPaths)};
	const saved = new Set(paths);
	for (const [peerId, {name, editing}] of step.machine.state.peers) {
		const {active, bothEdit} = linkOf(step, peerId);
		if (active) step.effects.push({type: 'say', peerId, generation: active.generation, message});
		const both = editing.filter((path) => saved.has(path) && !bothEdit.includes(path));
		if (both.length === 0) continue;
		setLink(step, peerId, {bothEdit: [...bothEdit, ...both].slice(-maxEditingPaths)});
		for (const path of both)
			noteActivity(step, {kind: 'overlap', who: name, text: activityWords.bothEdit(path, name), path});
	}
}
