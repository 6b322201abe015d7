/** Two ends of a relay's wire without a relay: what one hub sends, the other takes, as the relay would pass it on. */
import {decodeFrameHeader, overwritePeerId} from '../../../source/protocol/frame.js';
import {parseClientMessage, parseRelayMessage} from '../../../source/protocol/relay-messages.js';
import {SendLanes} from '../../../source/transport/send-lanes.js';
import {type CarrierRequest, TunnelHub} from '../../../source/transport/tunnel-hub.js';

export type WiredHubs = {
	readonly hubs: readonly [TunnelHub, TunnelHub];
	/** Every byte that passed, as the relay would have seen it. */
	readonly seen: Buffer[];
	readonly requests: CarrierRequest[];
};

const sessionId = 's'.repeat(26);
const peerIds = ['a'.repeat(26), 'b'.repeat(26)] as const;

/** `bufferedBytes` is what each socket pretends to hold. */
export function wireHubs({keep = false}: {keep?: boolean} = {}): WiredHubs {
	const seen: Buffer[] = [];
	const requests: CarrierRequest[] = [];
	const buffered: [number, number] = [0, 0];
	const make = (own: 0 | 1): TunnelHub =>
		new TunnelHub({
			sessionId,
			self: peerIds[own],
			requested: (request) => requests.push(request),
			lanes: new SendLanes({
				bufferedBytes: () => buffered[own],
				send(data, taken) {
					const bytes = Buffer.from(data);
					if (keep) seen.push(Buffer.from(bytes));
					buffered[own] += bytes.byteLength;
					setImmediate(() => {
						buffered[own] -= bytes.byteLength;
						const other = hubs[own === 0 ? 1 : 0];
						if (typeof data === 'string') passText(data, other);
						else passFrame(bytes, peerIds[own], other);
						taken();
					});
				},
			}),
		});
	const hubs: readonly [TunnelHub, TunnelHub] = [make(0), make(1)];
	return {hubs, seen, requests};
}

function passText(text: string, to: TunnelHub): void {
	const parsed = parseClientMessage(text);
	if (!parsed.ok) throw new Error(`A client sent what no relay takes: ${parsed.message}`);
	const {peer_id: from, ...rest} = parsed.message;
	const passed = parseRelayMessage(JSON.stringify({...rest, from_peer_id: from}));
	if (!passed.ok) throw new Error(`A relay would pass on what no client takes: ${passed.message}`);
	to.receive(passed.message);
}

function passFrame(bytes: Buffer, from: string, to: TunnelHub): void {
	const header = decodeFrameHeader(bytes);
	if ('error' in header) throw new Error(header.error);
	overwritePeerId(bytes, header, from);
	to.receiveFrame(bytes);
}
