/** How far the transfers with a peer are, for screens and scripts. */
import {type Event} from './event.js';
import {setPeer, type Step} from './machine.js';

/** Shows and tells how far a transfer is. */
export function transferProgressed(step: Step, event: Extract<Event, {type: 'transfer-progressed'}>): void {
	const peer = step.machine.state.peers.get(event.peerId);
	if (!peer) return;
	const {peerId, direction, tier, doneBytes, totalBytes, doneObjects, totalObjects, resumedBytes} = event;
	const before = direction === 'in' ? peer.transferIn : peer.transferOut;
	const startedAt = before?.startedAt ?? step.stamp.at;
	const transfer = {tier, startedAt, doneBytes, totalBytes, doneObjects, totalObjects, resumedBytes};
	setPeer(step, peerId, direction === 'in' ? {transferIn: transfer} : {transferOut: transfer});
	step.effects.push({
		type: 'emit',
		event: {
			event: 'transfer',
			peer_id: peerId,
			direction,
			tier,
			done_bytes: doneBytes,
			total_bytes: totalBytes,
			objects: doneObjects,
		},
	});
}
