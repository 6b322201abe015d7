/** A network between peers and relay that misbehaves as real ones do: it passes WebSocket text and swallows, or dies of, binary frames. */
import {once} from 'node:events';
import {type AddressInfo} from 'node:net';
import {WebSocket, WebSocketServer} from 'ws';

export type BinaryPolicy = 'pass' | 'swallow' | 'kill';

export type Middlebox = {
	readonly url: string;
	/** What happens to binary frames from now on. */
	binary: BinaryPolicy;
	/** Ends all connections, as a pulled cable does for a moment. */
	cut(): void;
	close(): Promise<void>;
};

/** Listens (on any port of loopback, if nothing else is said) and passes everything on to the relay at `target`. */
export async function startMiddlebox(
	target: string,
	binary: BinaryPolicy,
	{host = '127.0.0.1', port: wanted = 0}: {host?: string; port?: number} = {},
): Promise<Middlebox> {
	const server = new WebSocketServer({host, port: wanted, perMessageDeflate: false});
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const sockets = new Set<WebSocket>();
	const box: Middlebox = {
		url: `ws://${host}:${port}/ws`,
		binary,
		cut() {
			for (const socket of sockets) socket.terminate();
		},
		async close() {
			box.cut();
			server.close();
			await once(server, 'close');
		},
	};
	server.on('connection', (inner) => {
		const outer = new WebSocket(target, {perMessageDeflate: false});
		const pass = (from: WebSocket, to: WebSocket) => {
			sockets.add(from);
			const early: [Buffer, boolean][] = [];
			const send = (data: Buffer, isBinary: boolean) => {
				if (isBinary && box.binary === 'swallow') return;
				if (isBinary && box.binary === 'kill') return from.terminate();
				to.send(data, {binary: isBinary});
			};
			from.on('message', (data: Buffer, isBinary) => {
				if (to.readyState === WebSocket.CONNECTING) early.push([data, isBinary]);
				else if (to.readyState === WebSocket.OPEN) send(data, isBinary);
			});
			to.once('open', () => {
				for (const [data, isBinary] of early) send(data, isBinary);
			});
			from.on('close', () => {
				sockets.delete(from);
				to.terminate();
			});
			from.on('error', () => from.terminate());
		};
		pass(inner, outer);
		pass(outer, inner);
	});
	return box;
}
