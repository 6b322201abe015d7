/**
 * Tier json: the same tunnel in `peer_message` text frames, for networks that pass only those. Three channels: the
 * generation's own for bytes, `.credit` (u64, all bytes consumed so far) and `.close` (why, in UTF-8).
 */
import {type Tier} from '../protocol/tiers.js';
import {type TunnelOptions} from './proxy-carrier.js';
import {closeMessage} from './json-channel.js';
import {TunnelCarrier} from './tunnel-carrier.js';
import {type TunnelEnd} from './tunnel-hub.js';

/** The carrier of a json channel; `tiers` are told with its first message. */
export function createJsonCarrier({
	hub,
	peerId,
	generation,
	creditBytes,
	tiers,
}: TunnelOptions & {readonly tiers: readonly Tier[]}): TunnelCarrier {
	let credits = 0;
	const channel = String(generation);
	const message = (name: string, sequence: number, body: Uint8Array) =>
		({
			type: 'peer_message',
			target_peer_id: peerId,
			channel: name,
			sequence,
			body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
		}) as const;
	const carrier = new TunnelCarrier({
		tier: 'json',
		generation,
		creditBytes,
		port: {
			encode(counter, slices, byteLength) {
				const data = message(channel, counter, Buffer.concat(slices, byteLength));
				return hub.format(counter === 0 ? {...data, ext: {tiers}} : data);
			},
			wake: (source) => hub.lanes.wake(source),
			grant(_bytes, total) {
				const body = Buffer.alloc(8);
				body.writeBigUInt64BE(BigInt(total));
				hub.send(message(`${channel}.credit`, credits++, body));
			},
			sayClosed: (reason) => hub.send(closeMessage(peerId, generation, reason)),
			detach: () => hub.detach('json', peerId, generation, end),
		},
	});
	let consumedByOther = 0;
	const end: TunnelEnd = {
		data: (counter, data) => carrier.receive(counter, data),
		credit(total) {
			// A total, not a step: a repeated message changes nothing.
			if (total <= consumedByOther) return;
			carrier.receiveCredit(total - consumedByOther);
			consumedByOther = total;
		},
		closed: (failure) => carrier.receiveClosed(failure),
		lost: (failure) => carrier.destroy(failure),
	};
	hub.attach('json', peerId, generation, end);
	return carrier;
}
