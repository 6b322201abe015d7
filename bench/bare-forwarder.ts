/** The simplest forwarder there can be: what one of two sockets says goes to the other, and nothing is looked at. */
import {type AddressInfo} from 'node:net';
import {type WebSocket, WebSocketServer} from 'ws';

/** Runs until its parent is gone; pairs sockets by the path that they ask for. Tells the parent its port. */
export function runBareForwarder(): void {
	const waiting = new Map<string, WebSocket>();
	const server = new WebSocketServer({port: 0, host: '127.0.0.1', perMessageDeflate: false});
	server.on('listening', () => process.send?.({port: (server.address() as AddressInfo).port}));
	server.on('connection', (socket, {url = ''}) => {
		const other = waiting.get(url);
		if (other) {
			join(socket, other);
			join(other, socket);
			waiting.delete(url);
		} else {
			waiting.set(url, socket);
		}
	});
	process.on('disconnect', () => process.exit(0));
}

function join(from: WebSocket, to: WebSocket): void {
	from.on('message', (data: Buffer, isBinary) => to.send(data, {binary: isBinary}));
}
