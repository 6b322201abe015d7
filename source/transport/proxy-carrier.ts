/** Tier proxy: a tunnel of binary frames, which the relay passes on by their header alone. */
import {FrameWriter} from '../protocol/frame.js';
import {maxWindowBytes} from '../protocol/limits.js';
import {FrameMemory} from './frame-memory.js';
import {type RateShare} from './rate-limiter.js';
import {type TunnelEnd, type TunnelHub} from './tunnel-hub.js';
import {TunnelCarrier} from './tunnel-carrier.js';

export type TunnelOptions = {
	readonly hub: TunnelHub;
	readonly peerId: string;
	readonly generation: number;
	/** What the other end allows at the start, and what we do. */
	readonly creditBytes: number;
	readonly windowBytes?: number;
	/** What the limit down leaves to the peer. */
	readonly share?: RateShare;
};

/** The carrier of a tunnel that both ends have agreed on. */
export function createProxyCarrier({
	hub,
	peerId,
	generation,
	creditBytes,
	windowBytes,
	share,
}: TunnelOptions): TunnelCarrier {
	const address = {target_peer_id: peerId, generation};
	const writer = new FrameWriter({sessionId: hub.sessionId, peerId, generation});
	const memory = new FrameMemory();
	const carrier = new TunnelCarrier({
		tier: 'proxy',
		generation,
		creditBytes,
		...(windowBytes === undefined ? {} : {windowBytes}),
		maxWindowBytes,
		...(share ? {share} : {}),
		port: {
			encode(counter, slices, byteLength) {
				const frame = memory.take(writer.headerBytes + byteLength);
				return frame.subarray(0, writer.write(frame, counter, slices));
			},
			sent: (message) => memory.giveBack(message),
			wake: (source) => hub.lanes.wake(source),
			grant: (bytes) => hub.send({type: 'binary_proxy_credit', ...address, bytes}),
			sayClosed: (reason) => hub.send({type: 'binary_proxy_closed', ...address, reason}),
			detach: () => hub.detach('proxy', peerId, generation, end),
		},
	});
	const end: TunnelEnd = {
		data: (counter, data) => carrier.receive(counter, data),
		credit: (bytes) => carrier.receiveCredit(bytes),
		closed: (failure) => carrier.receiveClosed(failure),
	};
	hub.attach('proxy', peerId, generation, end);
	return carrier;
}
