/**
 * A peer that broke the rules is cut off: everything open towards it closes, what it said is forgotten, and nothing is
 * opened, answered or heard until its time is over, whoever asks and whatever process it comes as. Each time is longer.
 */
import {linkWords} from './link-words.js';
import {noteProblem} from './activity.js';
import {backoffMs, cutOffBackoff} from './backoff.js';
import {setPeer, setSync, type Step} from './machine.js';
import {dropCarriers} from './openings.js';
import {reasonWords} from './reason-words.js';
import {showStanding} from './show-standing.js';
import {type PeerId} from './state.js';
import {failureSentence} from './text.js';

/** Until when nothing is to do with this peer; undefined if it may come. */
export function cutOffUntil(step: Step, peerId: PeerId): number | undefined {
	const until = step.machine.cutOffs.get(peerId)?.until ?? 0;
	return until > step.stamp.at ? until : undefined;
}

/** Ends all that is between us and a peer, for a while. `reason` is what it did. */
export function cutOff(step: Step, peerId: PeerId, reason: string): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer || cutOffUntil(step, peerId) !== undefined) return;
	const times = (step.machine.cutOffs.get(peerId)?.times ?? 0) + 1;
	const afterMs = backoffMs(cutOffBackoff, times, 0);
	const until = step.stamp.at + afterMs;
	step.machine = {...step.machine, cutOffs: new Map(step.machine.cutOffs).set(peerId, {times, until})};
	const words = reasonWords(reason);
	dropCarriers(step, peerId, 'cut_off');
	const heads = new Map(step.machine.sync.heads);
	heads.delete(peerId);
	setSync(step, {heads});
	setPeer(step, peerId, {head: undefined, revision: 0, distance: undefined, editing: []});
	noteProblem(step, {
		code: 'hostile_peer',
		peerId,
		message: failureSentence('hostile_peer', {peer: peer.name, reason: words}),
	});
	showCutOff(step, peerId, until);
}

/** Shows that a peer is kept out, and sees to the look at it when that is over. */
export function showCutOff(step: Step, peerId: PeerId, until: number): void {
	step.effects.push({type: 'start-timer', timer: `link ${peerId}`, afterMs: until - step.stamp.at});
	showStanding(step, peerId, {reason: linkWords.cutOff, retryAt: until});
}
