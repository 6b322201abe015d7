/** Where everybody stands: whether all are in step, and how far a peer's head and ours are apart. */
import {type Oid} from '../protocol/content.js';
import {setPeer, setSync, type Machine, type Step} from './machine.js';
import {type Peer, type PeerId} from './state.js';

/** True if everybody online stands where we stand, the disk shows it, its conflicts are known, and nothing is under way. */
export function isInStep(machine: Machine): boolean {
	const {sync, state} = machine;
	if (!sync.ready || sync.paused || sync.halted) return false;
	if (sync.dirty || sync.operation || sync.looksAgain || state.project.head === undefined) return false;
	if (sync.listedHead !== state.project.head) return false;
	return !arePeersApart(machine);
}

/** Tells when all have come in step at a head: once, and again only after somebody was apart. */
export function noteSynced(step: Step): void {
	const {sync, state} = step.machine;
	const {head, tree} = state.project;
	if (arePeersApart(step.machine)) {
		if (sync.syncedHead !== undefined) setSync(step, {syncedHead: undefined});
		return;
	}
	const isAlone = [...state.peers.values()].every((peer) => !isCounted(step.machine, peer));
	if (isAlone || head === undefined || tree === undefined) return;
	if (sync.syncedHead === head || !isInStep(step.machine)) return;
	setSync(step, {syncedHead: head});
	step.effects.push({type: 'emit', event: {event: 'synced', head, tree}});
}

function arePeersApart(machine: Machine): boolean {
	const {project, peers} = machine.state;
	// Two peers without a common tier know each other's heads from those that both are linked with.
	return [...peers.values()].some((peer) => isCounted(machine, peer) && peer.head !== project.head);
}

/** True for who is there. Who was cut off counts again when a head of it is heard: until then nobody waits for it. */
function isCounted({cutOffs}: Machine, {present, peerId, head}: Peer): boolean {
	return present && !(head === undefined && cutOffs.has(peerId));
}

/** Asks how far each peer's head and ours are apart, once for each pair of heads. */
export function noteStandings(step: Step): void {
	const ours = step.machine.state.project.head;
	if (ours === undefined) return;
	for (const {peerId, head: theirs, distance} of step.machine.state.peers.values()) {
		if (theirs === undefined || (distance?.ours === ours && distance.theirs === theirs)) continue;
		if (theirs === ours) {
			setPeer(step, peerId, {distance: {ours, theirs, ahead: 0, behind: 0}});
			continue;
		}
		setPeer(step, peerId, {distance: {ours, theirs}});
		step.effects.push({type: 'measure-distance', peerId, ours, theirs});
	}
}

/** Takes in the answer, if both heads are still what they were. */
export function distanceMeasured(
	step: Step,
	{
		peerId,
		ours,
		theirs,
		ahead,
		behind,
	}: {peerId: PeerId; ours: Oid; theirs: Oid; ahead: number; behind: number},
): void {
	const distance = step.machine.state.peers.get(peerId)?.distance;
	if (distance?.ours === ours && distance.theirs === theirs) {
		setPeer(step, peerId, {distance: {ours, theirs, ahead, behind}});
	}
}
