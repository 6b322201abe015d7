/** Who merges when heads have parted: the smallest peer online at once, the others after a hold-off that grows with rank. */
import {type Step} from './machine.js';

/** The first in line has this long to merge before the next one does; rank times this for those behind. */
const holdOffMs = 2500;

/** How many peers online come before us when somebody has to merge. */
export function rank(step: Step): number {
	const {self, peers} = step.machine.state;
	let count = 0;
	for (const peer of peers.values()) if (peer.link.status === 'online' && peer.peerId < self.peerId) count++;
	return count;
}

/**
 * When we may merge although a smaller peer is online: it had its time. Counted from when heads first stood apart, not from
 * each new head, so that nobody who saves without pause keeps the others waiting.
 */
export function mergeDueAt(step: Step): number | undefined {
	const {divergedSince} = step.machine.sync;
	return divergedSince === undefined ? undefined : divergedSince + holdOffMs * Math.max(1, rank(step));
}
