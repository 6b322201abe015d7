/** The relay's sockets: ws and http, each of their events handed to the hub. Decides nothing. */
import {
	createServer as createHttpServer,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import {type Duplex} from 'node:stream';
import {type RawData, WebSocket, WebSocketServer} from 'ws';
import {maxPayloadBytes} from '../source/protocol/limits.js';
import {answerHttp} from './http-answers.js';
import {type SocketPort} from './connection.js';
import {type Hub, type SocketEvents, tickIntervalMs} from './hub.js';

export type ServerOptions = {
	readonly hub: Hub;
	readonly host: string;
	/** 0: any free one. */
	readonly port: number;
	/** PEM. Both or none. */
	readonly tlsCert?: string;
	readonly tlsKey?: string;
	/** Believe the last address of X-Forwarded-For. */
	readonly trustProxy: boolean;
	readonly maxSockets: number;
	/** Sees every byte of every WebSocket message, as the client sent it or gets it. */
	readonly tap?: (direction: 'in' | 'out', bytes: Uint8Array) => void;
};

export type RelayServer = {
	readonly host: string;
	readonly port: number;
	/** Closes the listener and what is left of the sockets; they have had their farewell. */
	close(): Promise<void>;
};

/** How long a socket may take to answer a close. */
const closeTimeoutMs = 1_000;

/** A WebSocket that gets a last word in before ws itself closes it for a message above every limit. */
class RelayWebSocket extends WebSocket {
	onTooLarge?: () => void;

	override close(code?: number, data?: string | Buffer): void {
		if (code === 1009) this.onTooLarge?.();
		super.close(code, data);
	}
}

/** Listens, and returns when it does. Rejects with the listener's own error (EADDRINUSE, EACCES, a bad certificate). */
export async function listen(options: ServerOptions): Promise<RelayServer> {
	const {hub, tap, trustProxy} = options;
	const startedAt = Date.now();
	const server = createServer(options, (request, response) => {
		const {address, port} = clientOf(request, trustProxy);
		const answer = answerHttp({
			method: request.method ?? '',
			url: request.url ?? '',
			ip: address,
			port,
			isDraining: hub.isDraining,
			startedAt,
			now: Date.now(),
			counters: () => hub.counters(),
		});
		response.writeHead(answer.status, {'content-type': answer.type, 'cache-control': 'no-store'});
		response.end(request.method === 'HEAD' ? undefined : answer.body);
	});
	const sockets = new WebSocketServer({
		noServer: true,
		perMessageDeflate: false,
		maxPayload: maxPayloadBytes,
		WebSocket: RelayWebSocket,
	});
	server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		socket.on('error', () => socket.destroy());
		if (!isRelayPath(request.url ?? '')) {
			socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
			return;
		}

		sockets.handleUpgrade(request, socket, head, (webSocket) => {
			request.socket.setNoDelay(true);
			attach(webSocket, hub.connect(portOf(webSocket, request, trustProxy, tap)), tap);
		});
	});
	await startListening(server, options);
	const ticker = setInterval(() => hub.tick(), tickIntervalMs);
	ticker.unref();
	const bound = server.address();
	if (bound === null || typeof bound === 'string') throw new Error('The relay listens on no port.');
	return {
		host: bound.address,
		port: bound.port,
		async close() {
			clearInterval(ticker);
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			server.closeIdleConnections();
			const cut = setTimeout(() => {
				for (const webSocket of sockets.clients) webSocket.terminate();
				server.closeAllConnections();
			}, closeTimeoutMs);
			await closed;
			clearTimeout(cut);
		},
	};
}

function createServer(
	{tlsCert, tlsKey, maxSockets}: ServerOptions,
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
	const limits = {
		// A request here is a few lines; whoever sends it slowly is not a client of ours.
		headersTimeout: 5_000,
		requestTimeout: 10_000,
		keepAliveTimeout: 5_000,
		connectionsCheckingInterval: 2_000,
		maxHeaderSize: 8 * 1024,
	};
	const server =
		tlsCert !== undefined && tlsKey !== undefined
			? createHttpsServer({...limits, cert: tlsCert, key: tlsKey, minVersion: 'TLSv1.2'}, answer)
			: createHttpServer(limits, answer);
	// Some more than the sockets of peers, so that probes are answered when all of those are taken.
	server.maxConnections = maxSockets + 64;
	server.on('clientError', (_error, socket) => socket.destroy());
	return server;
}

/** All interfaces, IPv6 and IPv4 through one socket; IPv4 alone where the machine has no IPv6. */
async function startListening(server: Server, {host, port}: ServerOptions): Promise<void> {
	try {
		await listenOn(server, host, port);
	} catch (error) {
		const isWithoutIpv6 = isCode(error, 'EAFNOSUPPORT') || isCode(error, 'EADDRNOTAVAIL');
		if (host !== '::' || !isWithoutIpv6) throw error;
		await listenOn(server, '0.0.0.0', port);
	}
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({host, port}, () => {
			server.off('error', reject);
			resolve();
		});
	});
	// Accepting may fail later (no file descriptors left): that client is lost, the relay is not.
	server.on('error', () => undefined);
}

function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}

/** `/ws`, also below the path of a reverse proxy, and the bare address. */
function isRelayPath(url: string): boolean {
	const path = url.split('?', 1)[0] ?? '';
	return path === '/' || path.endsWith('/ws');
}

function clientOf(request: IncomingMessage, trustProxy: boolean): {address: string; port: number} {
	const {remoteAddress = '', remotePort = 0} = request.socket;
	const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
	// The last entry is what our own proxy saw; those before it are the client's claim.
	const last = (Array.isArray(forwarded) ? forwarded.at(-1) : forwarded)?.split(',').at(-1)?.trim();
	const address = (last ?? remoteAddress).replace(/^::ffff:(?=\d+\.)/, '').slice(0, 64);
	return {address, port: last === undefined ? remotePort : 0};
}

function portOf(
	webSocket: WebSocket,
	request: IncomingMessage,
	trustProxy: boolean,
	tap: ServerOptions['tap'],
): SocketPort {
	return {
		...clientOf(request, trustProxy),
		write({bytes, binary}, done) {
			tap?.('out', bytes);
			webSocket.send(bytes, {binary}, () => done());
		},
		bufferedBytes: () => webSocket.bufferedAmount,
		bytesRead: () => request.socket.bytesRead,
		ping: () => webSocket.ping(),
		close(code, reason) {
			webSocket.close(code, reason);
			// ws waits 30 s for an answer; a peer that does not read would keep its memory as long.
			setTimeout(() => webSocket.terminate(), closeTimeoutMs).unref();
		},
		terminate: () => webSocket.terminate(),
	};
}

function attach(webSocket: RelayWebSocket, events: SocketEvents, tap: ServerOptions['tap']): void {
	webSocket.onTooLarge = events.tooLarge;
	webSocket.on('message', (data: RawData, isBinary: boolean) => {
		const bytes = toBuffer(data);
		tap?.('in', bytes);
		if (isBinary) events.binary(bytes);
		else events.text(bytes);
	});
	// What ws objects to (broken frames, text that is not UTF-8) ends in `close`, with its own code.
	webSocket.on('error', () => undefined);
	webSocket.on('close', events.closed);
}

function toBuffer(data: RawData): Buffer {
	if (Buffer.isBuffer(data)) return data;
	return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
