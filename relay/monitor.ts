/** Who may see a relay's numbers, and the listener that shows them to others than its own machine. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {answerHttp, type HttpFacts} from './http-answers.js';
import {requestLimits, startListening} from './listening.js';

/** What every answer is made from but the request. */
export type MonitorFacts = () => Omit<HttpFacts, 'method' | 'url' | 'isInside'>;

export type Monitor = {readonly port: number; close(): void};

/** A probe every second from some places is all that is asked of it. */
const maxConnections = 64;

/** Writes the answer to one request, or none. Never rejects. */
export async function respond(
	request: IncomingMessage,
	response: ServerResponse,
	facts: ReturnType<MonitorFacts> & {readonly isInside: boolean},
): Promise<void> {
	const {method = '', url = ''} = request;
	const answer = await answerHttp({...facts, method, url}).catch(() => undefined);
	if (!answer) {
		response.destroy();
		return;
	}

	const {status, type, body} = answer;
	response.writeHead(status, {
		'content-length': Buffer.byteLength(body),
		'content-type': type,
		'cache-control': 'no-store',
		connection: 'close',
	});
	response.end(method === 'HEAD' ? undefined : body);
}

/** True for who asks from this machine itself, and not through a proxy on it. */
export function isFromHere(request: IncomingMessage): boolean {
	const {remoteAddress = '', localAddress} = request.socket;
	// Who asks an address of this machine from that very address is on it, too.
	const isLocal =
		/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(remoteAddress) ||
		(remoteAddress !== '' && remoteAddress === localAddress);
	return (
		isLocal && request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined
	);
}

/** Opens a listener for the numbers alone. Rejects with the system's error where it cannot. */
export async function openMonitor(options: {
	readonly host: string;
	readonly port: number;
	readonly facts: MonitorFacts;
}): Promise<Monitor> {
	const server = createServer(requestLimits, (request, response) => {
		void respond(request, response, {...options.facts(), isInside: true});
	});
	server.maxConnections = maxConnections;
	const {port} = await startListening(server, options);
	return {
		port,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
