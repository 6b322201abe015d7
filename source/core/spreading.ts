/**
 * How a change spreads without its author serving everybody. It goes to the two that come behind the author in the ring of peer
 * ids; the others wait a moment, and take it from whoever has it by then. Who finds nobody asks the author after all.
 */
import {linkOf, setSync, type Step} from './machine.js';
import {type PeerId} from './state.js';

/** How many an author serves at once; also how many get a small change along with the head. */
const servedAtOnce = 2;

/** Time for a change to come by way of others; what takes longer costs its author more uploads. */
const waitMs = 1000;

/** The ids in the order of the ring, from the one behind `from` on. */
export function ringBehind(from: PeerId, ids: Iterable<PeerId>): readonly PeerId[] {
	const sorted = [...ids].sort();
	const at = sorted.findIndex((id) => id > from);
	return at < 0 ? sorted : [...sorted.slice(at), ...sorted.slice(0, at)];
}

/** A peer said a head that we lack: who is not among the first does not ask it at once. One wait at a time, however often it saves. */
export function holdBack(step: Step, author: PeerId): void {
	const {sync, state} = step.machine;
	if (state.project.head === undefined || sync.heldBack.has(author)) return;
	const others = [...state.peers.keys()].filter((peerId) => peerId !== author && linkOf(step, peerId).active);
	const ring = ringBehind(author, [state.self.peerId, ...others]);
	if (ring.indexOf(state.self.peerId) < servedAtOnce) return;
	const known = [...sync.heldBack].filter(([peerId]) => state.peers.has(peerId));
	setSync(step, {heldBack: new Map(known).set(author, step.stamp.at + waitMs)});
	step.effects.push({type: 'start-timer', timer: 'held-back', afterMs: waitMs + 10});
}

export function isHeldBack(step: Step, peerId: PeerId): boolean {
	return (step.machine.sync.heldBack.get(peerId) ?? 0) > step.stamp.at;
}

/** It is being asked, or what it said came from elsewhere. */
export function endHoldBack(step: Step, peerId: PeerId): void {
	const {heldBack} = step.machine.sync;
	if (!heldBack.has(peerId)) return;
	setSync(step, {heldBack: new Map([...heldBack].filter(([held]) => held !== peerId))});
}
