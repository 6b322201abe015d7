/** Every kind of carrier as a connected pair, for the contract suite and for what stands on carriers. */
import {startWindowBytes} from '../../../source/protocol/limits.js';
import {type Carrier} from '../../../source/transport/carrier.js';
import {startDeadline} from '../../../source/transport/deadline.js';
import {createJsonCarrier} from '../../../source/transport/json-carrier.js';
import {createMemoryCarriers} from '../../../source/transport/memory-carrier.js';
import {createProxyCarrier} from '../../../source/transport/proxy-carrier.js';
import {openSecureChannel} from '../../../source/transport/secure-channel.js';
import {type Duplex} from 'node:stream';
import {wireHubs} from './wired-hubs.js';

export type CarrierKind = 'memory' | 'proxy' | 'json';

export const carrierKinds: readonly CarrierKind[] = ['memory', 'proxy', 'json'];

/** A connected pair of that kind; `seen` gets every byte on the wire below it. */
export function openCarrierPair(kind: CarrierKind): {pair: [Carrier, Carrier]; seen: Buffer[]} {
	if (kind === 'memory') return {pair: createMemoryCarriers(), seen: []};
	const {hubs, seen} = wireHubs({keep: true});
	const create = (own: 0 | 1) => {
		const options = {
			hub: hubs[own],
			peerId: hubs[own === 0 ? 1 : 0].self,
			generation: 7,
			creditBytes: startWindowBytes,
		};
		return kind === 'proxy'
			? createProxyCarrier(options)
			: createJsonCarrier({...options, tiers: ['direct', 'proxy', 'json']});
	};
	return {pair: [create(0), create(1)], seen};
}

/** TLS over such a pair. */
export async function securePair(
	pair: readonly [Duplex, Duplex],
	psk = Buffer.alloc(32, 7),
): Promise<[Duplex, Duplex]> {
	const deadline = startDeadline(60_000, 'no_answer');
	const [client, server] = await Promise.all([
		openSecureChannel({carrier: pair[0], role: 'client', psk, signal: deadline.signal}),
		openSecureChannel({carrier: pair[1], role: 'server', psk, signal: deadline.signal}),
	]);
	deadline.clear();
	return [client.stream, server.stream];
}

/** Resolves when the stream has closed, with an error or without. */
export async function closed(stream: Duplex): Promise<void> {
	if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', () => resolve()));
}
