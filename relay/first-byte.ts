/** Two protocols on one port: the first byte tells a TLS record from the text of HTTP. */
import {type Server} from 'node:http';
import {type Socket} from 'node:net';

/** The type of a TLS record that begins a handshake. */
const tlsHandshake = 0x16;
/** Both kinds of client speak first, at once. */
const firstByteMs = 5_000;

/**
 * Hands each new connection of a plain server that begins with a TLS handshake to `onDirect`, with all its bytes
 * unread, and every other one to the server. Returns how to end those that have not said anything yet.
 */
export function partDirect(server: Server, onDirect: (socket: Socket) => void): () => void {
	const own = server.listeners('connection');
	server.removeAllListeners('connection');
	const silent = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		silent.add(socket);
		const drop = () => socket.destroy();
		const forget = () => silent.delete(socket);
		socket.setTimeout(firstByteMs, drop);
		socket.on('error', drop);
		socket.once('close', forget);
		socket.once('readable', () => {
			const first: unknown = socket.read();
			if (!Buffer.isBuffer(first)) {
				// It closed without a word.
				drop();
				return;
			}

			socket.unshift(first);
			socket.setTimeout(0, drop);
			socket.off('close', forget);
			forget();
			if (first[0] === tlsHandshake) {
				// As on a listener that was made for this alone.
				socket.allowHalfOpen = false;
				onDirect(socket);
			} else {
				for (const listener of own) Reflect.apply(listener, server, [socket]);
			}

			socket.off('error', drop);
		});
	});
	return () => {
		for (const socket of silent) socket.destroy();
	};
}
