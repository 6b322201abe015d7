/** Tier proxy: a tunnel of binary frames, which the relay passes on by their header alone. */
import {encodeFrame} from '../protocol/frame.js';
import {maxFrameBytes, maxWindowBytes} from '../protocol/limits.js';
import {type TokenBucket} from './rate-limiter.js';
import {type TunnelHub} from './tunnel-hub.js';
import {TunnelCarrier} from './tunnel-carrier.js';

const noBytes = new Uint8Array(0);

export type TunnelOptions = {
	readonly hub: TunnelHub;
	readonly peerId: string;
	readonly generation: number;
	/** What the other end allows at the start. */
	readonly creditBytes: number;
	readonly limiter?: TokenBucket;
};

/** The carrier of a tunnel that both ends have agreed on. */
export function createProxyCarrier({
	hub,
	peerId,
	generation,
	creditBytes,
	limiter,
}: TunnelOptions): TunnelCarrier {
	const address = {target_peer_id: peerId, generation};
	// One buffer for all frames: a WebSocket client masks into a copy, so each is free again once it is sent. A fresh one
	// a frame costs more in garbage collection than all the rest of this path. (The one key in 2^32 that masks nothing is
	// not copied; TLS would notice the mixed-up bytes, and the carrier would be opened again.)
	const frame = new Uint8Array(maxFrameBytes);
	const carrier = new TunnelCarrier({
		tier: 'proxy',
		generation,
		creditBytes,
		maxWindowBytes,
		...(limiter ? {limiter} : {}),
		port: {
			encode(counter, slices, byteLength) {
				const sequence = {generation, counter};
				const header = encodeFrame({sessionId: hub.sessionId, peerId, sequence, data: noBytes});
				frame.set(header);
				let end = header.byteLength;
				for (const slice of slices) {
					frame.set(slice, end);
					end += slice.byteLength;
				}
				return frame.subarray(0, header.byteLength + byteLength);
			},
			wake: (source) => hub.lanes.wake(source),
			grant: (bytes) => hub.send({type: 'binary_proxy_credit', ...address, bytes}),
			sayClosed: (reason) => hub.send({type: 'binary_proxy_closed', ...address, reason}),
			detach: () => hub.detach('proxy', peerId, generation),
		},
	});
	hub.attach('proxy', peerId, generation, {
		data: (counter, data) => carrier.receive(counter, data),
		credit: (bytes) => carrier.receiveCredit(bytes),
		closed: (failure) => carrier.receiveClosed(failure),
	});
	return carrier;
}
