/** One UDP port that answers STUN. */
import {createSocket, type Socket} from 'node:dgram';
import {isIPv6} from 'node:net';
import {Bucket} from './bucket.js';
import {ipBytes} from './ip-bytes.js';
import {RateTable} from './rate-table.js';
import {answerStun} from './stun-message.js';

export type StunSocket = {readonly port: number; close(): void};

/** What all STUN ports of a relay answer together; a client asks a few times for each of its addresses. */
export class StunLimits {
	readonly #all = new Bucket(2_000, performance.now(), 2);
	readonly #byAddress = new RateTable(20, 100);

	mayAnswer(address: string): boolean {
		const now = performance.now();
		return this.#byAddress.tryTake(address, now) && this.#all.trySpend(1, now);
	}
}

/** Opens it on a literal address of this machine, `::` for all, IPv4 included. Rejects with the system's error. */
export async function openStun(options: {
	readonly host: string;
	readonly port: number;
	readonly limits: StunLimits;
}): Promise<StunSocket> {
	const {host, port, limits} = options;
	const socket = createSocket({type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only: false});
	try {
		await bind(socket, host, port);
	} catch (error) {
		socket.close();
		throw error;
	}

	// An answer that cannot be sent is a lost packet: the client asks again.
	socket.on('error', () => undefined);
	socket.on('message', (packet, {address, port: sourcePort}) => {
		const ip = ipBytes(address);
		if (!ip || sourcePort === 0) return;
		const answer = answerStun(packet, {ip, port: sourcePort});
		if (!answer || !limits.mayAnswer(address)) return;
		socket.send(answer, sourcePort, address, () => undefined);
	});
	return {
		port: socket.address().port,
		close() {
			socket.close();
		},
	};
}

async function bind(socket: Socket, address: string, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		socket.once('error', reject);
		socket.bind({address, port}, () => {
			socket.off('error', reject);
			resolve();
		});
	});
}
