/** The second TCP port: it tells clients where they are seen, and nothing else. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {pathOf} from './http-answers.js';
import {requestLimits, startListening} from './listening.js';
import {keepMs, maxKept, type Reflections} from './reflections.js';

export type Reflector = {readonly port: number; close(): void};

/** An IPv4 address that came in over an IPv6 socket, in its own form. */
export function plainAddress(address: string): string {
	return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Answers `{ip, port}` of the connection, and lets it stay open for a while where there is room. */
export function reflect(
	request: IncomingMessage,
	response: ServerResponse,
	client: {readonly address: string; readonly port: number},
	reflections: Reflections,
): void {
	const verdict = reflections.admit(client.port === 0 ? undefined : request.socket, client.address);
	const refusal = typeof verdict === 'object' ? verdict : undefined;
	const body = JSON.stringify(refusal ? {} : {ip: client.address, port: client.port}) + '\n';
	response.writeHead(refusal ? 429 : 200, {
		'content-length': Buffer.byteLength(body),
		'content-type': 'application/json',
		'cache-control': 'no-store',
		...(verdict === 'keep' ? {} : {connection: 'close'}),
		// HTTP counts in whole seconds.
		...(refusal ? {'retry-after': String(Math.ceil(refusal.retryAfterMs / 1000))} : {}),
	});
	response.end(request.method === 'HEAD' ? undefined : body);
}

/** Rejects with the system's error where it cannot listen. */
export async function openReflector(options: {
	readonly host: string;
	readonly port: number;
	readonly reflections: Reflections;
}): Promise<Reflector> {
	const {reflections} = options;
	const server = createServer({...requestLimits, keepAliveTimeout: keepMs}, (request, response) => {
		const isAsked = request.method === 'GET' && pathOf(request.url ?? '') === '/reflect';
		const {remoteAddress = '', remotePort = 0} = request.socket;
		if (isAsked) {
			reflect(request, response, {address: plainAddress(remoteAddress), port: remotePort}, reflections);
		} else {
			response.writeHead(404, {connection: 'close'}).end();
		}
	});
	server.maxConnections = maxKept + 64;
	const {port} = await startListening(server, options);
	return {
		port,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
