/** Two ends of a TCP connection on loopback. */
import {once} from 'node:events';
import net from 'node:net';
import {type Carrier} from '../../../../source/transport/carrier.js';
import {createTcpCarrier} from '../../../../source/transport/direct/tcp-carrier.js';

/** A connected pair of carriers, the dialling end first. */
export async function openTcpPair(): Promise<[Carrier, Carrier]> {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
	const socket = net.connect({host: '127.0.0.1', port});
	await once(socket, 'connect');
	const facts = {route: 'tcp-lan', generation: 7} as const;
	const pair: [Carrier, Carrier] = [createTcpCarrier(socket, facts), createTcpCarrier(await accepted, facts)];
	server.close();
	return pair;
}
