/** How far the transfers with a peer are, for screens and scripts. */
import {type Event} from './event.js';
import {setPeer, type Step} from './machine.js';

/** Shows and tells how far a transfer is. */
export function transferProgressed(step: Step, event: Extract<Event, {type: 'transfer-progressed'}>): void {
	const peer = step.machine.state.peers.get(event.peerId);
	if (!peer) return;
	const {type: _, peerId, direction, ...facts} = event;
	const {tier, doneBytes, totalBytes, doneObjects, resentBytes} = facts;
	const before = direction === 'in' ? peer.transferIn : peer.transferOut;
	const startedAt = before?.startedAt ?? step.stamp.at;
	const transfer = {...facts, startedAt};
	const resentBefore = before?.resentBytes ?? 0;
	if (resentBytes > resentBefore)
		setPeer(step, peerId, {resentBytes: (peer.resentBytes ?? 0) + resentBytes - resentBefore});
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
			...(resentBytes > 0 && {resent_bytes: resentBytes}),
		},
	});
}
