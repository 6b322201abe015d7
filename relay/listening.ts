/** What all HTTP listeners of a relay have in common. */
import {type Server} from 'node:http';
import {type Duplex} from 'node:stream';

/** A request here is a few lines; whoever sends it slowly is not a client of ours. */
export const requestLimits = {
	headersTimeout: 5_000,
	requestTimeout: 10_000,
	connectionsCheckingInterval: 2_000,
	maxHeaderSize: 8 * 1024,
} as const;

/** How long who is turned away may take to read why. */
const lastWordMs = 1_000;

/** Refuses an upgrade: no HTTP server looks after such a socket any more, and its client may keep it open for ever. */
export function turnAway(socket: Duplex, status: string): void {
	socket.once('finish', destroy);
	socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
	cutSoon(socket);
}

/** Ends a socket that has its last word, whether it is read or not. */
export function cutSoon(socket: Duplex): void {
	setTimeout(() => socket.destroy(), lastWordMs).unref();
}

/** A listener that remembers nothing: a closure made beside a request keeps the request as long as the socket lives. */
export function destroy(this: Duplex): void {
	this.destroy();
}

/** All interfaces, IPv6 and IPv4 through one socket; IPv4 alone where the machine has no IPv6. */
export async function startListening(
	server: Server,
	{host, port}: {readonly host: string; readonly port: number},
): Promise<{readonly host: string; readonly port: number}> {
	try {
		await listenOn(server, host, port);
	} catch (error) {
		const isWithoutIpv6 = isCode(error, 'EAFNOSUPPORT') || isCode(error, 'EADDRNOTAVAIL');
		if (host !== '::' || !isWithoutIpv6) throw error;
		await listenOn(server, '0.0.0.0', port);
	}

	// Accepting may fail later (no file descriptors left): that client is lost, the relay is not.
	server.on('error', () => undefined);
	server.on('clientError', (_error, socket) => socket.destroy());
	const bound = server.address();
	if (bound === null || typeof bound === 'string') throw new Error('The relay listens on no port.');
	return {host: bound.address, port: bound.port};
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({host, port}, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}
