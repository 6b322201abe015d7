/** The relay's sockets: ws and http, each of their events handed to the hub. Decides nothing. */
import {
	createServer as createHttpServer,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from 'node:http';
import {createServer as createHttpsServer, Server as HttpsServer} from 'node:https';
import {type Socket} from 'node:net';
import {type Duplex} from 'node:stream';
import {type RawData, WebSocket, WebSocketServer} from 'ws';
import {maxPayloadBytes} from '../source/protocol/limits.js';
import {clientOf, refusalOf} from './caller.js';
import {type SocketPort} from './connection.js';
import {partDirect} from './first-byte.js';
import {pathOf} from './http-answers.js';
import {cutSoon, destroy, requestLimits, startListening, turnAway} from './listening.js';
import {isFromHere, type MonitorFacts, respond} from './monitor.js';
import {hostOf} from './network-help.js';
import {reflect} from './reflector.js';
import {keepMs, maxKept, type Reflections} from './reflections.js';
import {type Tally} from './tally.js';
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
	/** Origins whose pages may connect; others, and those of no page, are told apart by the header. */
	readonly allowOrigins: readonly string[];
	/** Counts what is refused before a WebSocket is open. */
	readonly turnedAway: Tally;
	/** Instead of the host that clients name, for what they are told of it. */
	readonly advertise?: string;
	readonly reflections: Reflections;
	/** Takes the connections that begin with a TLS record, where this server speaks none. */
	readonly onDirect?: (socket: Socket) => void;
	/** Run when it listens; the first client is let in when it is done. */
	readonly alongside: (bound: {readonly host: string; readonly port: number}) => Promise<void>;
	/** What answers over HTTP are made from. */
	readonly facts: MonitorFacts;
	/** Sees every byte of every WebSocket message, as the client sent it or gets it. */
	readonly tap?: (direction: 'in' | 'out', bytes: Uint8Array) => void;
};

export type RelayServer = {
	readonly host: string;
	readonly port: number;
	/** Closes the listener and what is left of the sockets; they have had their farewell. */
	close(patienceMs?: number): Promise<void>;
	/** Another certificate for new connections. Throws where it does not fit its key. */
	setCertificate(cert: string, key: string): void;
	/** Another number of sockets of peers; those that are open stay. */
	setMaxSockets(maxSockets: number): void;
};

/** How long a socket may take to answer a close. */
const closeTimeoutMs = 1_000;
const maxFragments = 16;
/** The largest message in pieces of the smallest usual packet. */
const maxBufferedChunks = 1_024;
/** And how long a socket that was cut may take to be gone. */
const endTimeoutMs = 100;

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
	const {hub, tap, trustProxy, onDirect} = options;
	let open: (isOpen: boolean) => void = () => {};
	const opened = new Promise<boolean>((resolve) => (open = resolve));
	const server = createServer(options, (request, response) => {
		const {method = '', url = ''} = request;
		if (pathOf(url) === '/reflect' && (method === 'GET' || method === 'HEAD')) {
			return reflect(request, response, clientOf(request, trustProxy), options.reflections);
		}

		void respond(request, response, {...options.facts(), isInside: isFromHere(request)});
	});
	const sockets = new WebSocketServer({
		noServer: true,
		perMessageDeflate: false,
		maxPayload: maxPayloadBytes,
		// Clients of ours send each message in one piece; many tiny ones cost more than they carry.
		maxFragments,
		maxBufferedChunks,
		WebSocket: RelayWebSocket,
	});
	server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		socket.on('error', destroy);
		const refusal = refusalOf(request, options.allowOrigins);
		if (refusal) {
			options.turnedAway.add(refusal.why);
			turnAway(socket, refusal.status);
			return;
		}

		void opened.then((isOpen) => {
			if (!isOpen) {
				socket.destroy();
				return;
			}

			sockets.handleUpgrade(request, socket, head, (webSocket) => {
				request.socket.setNoDelay(true);
				attach(webSocket, hub.connect(portOf(webSocket, request, options)), tap);
			});
			if (!socket.writableEnded) return;
			// ws has refused it.
			options.turnedAway.add('bad_request');
			cutSoon(socket);
		});
	});
	server.on('drop', () => options.turnedAway.add('too_many_sockets'));
	server.on('clientError', (error) => options.turnedAway.add(isLate(error) ? 'slow_request' : 'bad_request'));
	const endSilent = onDirect && !isTls(options) ? partDirect(server, onDirect) : undefined;
	const bound = await startListening(server, options);
	try {
		await options.alongside(bound);
	} catch (error) {
		open(false);
		server.close();
		server.closeAllConnections();
		throw error;
	}

	open(true);
	const ticker = setInterval(() => hub.tick(), tickIntervalMs);
	ticker.unref();
	return {
		...bound,
		setCertificate(cert, key) {
			if (server instanceof HttpsServer) server.setSecureContext({cert, key, minVersion: 'TLSv1.2'});
		},
		setMaxSockets(maxSockets) {
			server.maxConnections = maxConnectionsFor(maxSockets);
		},
		async close(patienceMs = closeTimeoutMs) {
			clearInterval(ticker);
			endSilent?.();
			await new Promise<void>((resolve) => {
				const cut = setTimeout(() => {
					for (const webSocket of sockets.clients) webSocket.terminate();
					server.closeAllConnections();
					// Direct connections that were handed over are not ours to end, nor to wait for.
					setTimeout(resolve, endTimeoutMs);
				}, patienceMs);
				server.close(() => {
					clearTimeout(cut);
					resolve();
				});
				server.closeIdleConnections();
			});
		},
	};
}

function createServer(
	options: ServerOptions,
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
	const limits = {...requestLimits, keepAliveTimeout: keepMs};
	const server = isTls(options)
		? createHttpsServer(
				{
					...limits,
					handshakeTimeout: requestLimits.headersTimeout,
					cert: options.tlsCert,
					key: options.tlsKey,
					minVersion: 'TLSv1.2',
				},
				answer,
			)
		: createHttpServer(limits, answer);
	server.maxConnections = maxConnectionsFor(options.maxSockets);
	return server;
}

/** Some more than the sockets of peers, so that probes are answered when all of those are taken. */
function maxConnectionsFor(maxSockets: number): number {
	return maxSockets + maxKept + 128;
}

function isTls({tlsCert, tlsKey}: ServerOptions): boolean {
	return tlsCert !== undefined && tlsKey !== undefined;
}

/** A handshake of TLS, headers or a request that took too long. */
function isLate(error: Error): boolean {
	return (
		'code' in error &&
		(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT')
	);
}

function portOf(webSocket: WebSocket, request: IncomingMessage, options: ServerOptions): SocketPort {
	const {tap, trustProxy, hub} = options;
	// The request with its headers must not live as long as its socket.
	const {socket} = request;
	return {
		...clientOf(request, trustProxy),
		host: hostOf(request, options),
		write({bytes, binary}, done) {
			tap?.('out', bytes);
			webSocket.send(bytes, {binary}, () => done());
		},
		bufferedBytes: () => webSocket.bufferedAmount,
		bytesRead: () => socket.bytesRead,
		ping: () => webSocket.ping(),
		close(code, reason) {
			webSocket.close(code, reason);
			// ws waits 30 s for an answer; a peer that does not read would keep its memory as long.
			setTimeout(() => webSocket.terminate(), hub.patienceMs ?? closeTimeoutMs).unref();
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
