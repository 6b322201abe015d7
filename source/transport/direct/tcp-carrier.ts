/**
 * Tier direct over TCP: the socket itself is the carrier, with its facts beside it, since TLS is twice as fast on a real
 * socket as on a stream that wraps one. TCP has no words for reasons: the other end learns only that it is over.
 */
import type net from 'node:net';
import {type Route} from '../../protocol/tiers.js';
import {type Carrier, neverUnhandled} from '../carrier.js';

export type TcpCarrier = net.Socket & Carrier;

/** A connected socket as a carrier. It never raises an unhandled error. */
export function createTcpCarrier(
	socket: net.Socket,
	{route, generation}: {readonly route: Route; readonly generation: number},
): TcpCarrier {
	prepareSocket(socket);
	const carrier = Object.assign(socket, {
		tier: 'direct' as const,
		route,
		generation,
		openedAt: Date.now(),
		bytesIn: 0,
		bytesOut: 0,
	});
	Object.defineProperty(carrier, 'bytesIn', {get: () => socket.bytesRead});
	Object.defineProperty(carrier, 'bytesOut', {get: () => socket.bytesWritten});
	return carrier;
}

/** What each of our sockets needs before anything else is done with it. */
export function prepareSocket(socket: net.Socket): void {
	socket.setNoDelay(true);
	neverUnhandled(socket);
}
