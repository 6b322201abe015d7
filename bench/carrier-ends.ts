/** One process of bench/carriers.ts: an end of a bare stream or of a carrier of ours, or what stands between them. */
import {randomBytes} from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import {type Duplex} from 'node:stream';
import {createWebSocketStream, WebSocket, WebSocketServer} from 'ws';
import {startRelay} from '../relay/start-relay.js';
import {counting, openOverRelay, openTcp, sendAll} from './carrier-ours.js';
import {beginTransfer, type Task, tell} from './carrier-task.js';

const sliceBytes = 64 * 1024;
/** What a bare WebSocket's writer keeps in its socket, as a careful program would. */
const maxBufferedBytes = 1024 * 1024;
const psk = Buffer.alloc(32, 7);

/** The bare stream that a program would use without us: TLS 1.3 by a pre-shared key, the cipher that ours takes. */
const bareTls = {
	minVersion: 'TLSv1.3',
	ciphers: 'TLS_AES_128_GCM_SHA256',
	pskCallback: () => ({psk, identity: 'bench'}),
} as const;

export async function runEnd(task: Task): Promise<void> {
	if (task.role === 'between') return runBetween(task);
	if (task.role === 'receiver') return runReceiver(task);
	return runSender(task);
}

/** What carries from the sender to the receiver: a bare forwarder, or the relay. */
async function runBetween({kind}: Task): Promise<void> {
	if (kind === 'proxy' || kind === 'json') {
		const relay = await startRelay({host: '127.0.0.1', port: 0});
		return tell({type: 'listening', url: relay.url});
	}
	const server = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate: false});
	const ends: WebSocket[] = [];
	server.on('connection', (socket) => {
		ends.push(socket);
		if (ends.length < 2) return;
		forward(ends[0]!, socket);
		forward(socket, ends[0]!);
	});
	server.on('listening', () => tell({type: 'listening', url: `ws://127.0.0.1:${portOf(server.address())}`}));
}

function forward(from: WebSocket, to: WebSocket): void {
	from.on('message', (data: Buffer) => {
		to.send(data, {binary: true}, () => {
			if (to.bufferedAmount <= maxBufferedBytes) from.resume();
		});
		if (to.bufferedAmount > maxBufferedBytes) from.pause();
	});
}

/** Counts what arrives, from the first byte to the last. */
function counter(bytes: number): (arrived: number) => void {
	let startedAt: number | undefined;
	let left = bytes;
	return (arrived) => {
		startedAt ??= performance.now();
		left -= arrived;
		if (left <= 0) tell({type: 'done', tookMs: performance.now() - startedAt});
	};
}

async function runReceiver(task: Task): Promise<void> {
	const {kind, bytes, url} = task;
	const count = counter(bytes);
	switch (kind) {
		case 'tls': {
			const server = tls.createServer({...bareTls, pskCallback: () => psk}, (stream) => {
				stream.on('data', (chunk: Buffer) => count(chunk.byteLength));
			});
			return listen(server);
		}
		case 'ws': {
			const server = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate: false});
			server.on('connection', (socket) => socket.on('message', (data: Buffer) => count(data.byteLength)));
			server.on('listening', () =>
				tell({type: 'listening', url: `ws://127.0.0.1:${portOf(server.address())}`}),
			);
			return;
		}
		case 'ws-two-hops': {
			const socket = new WebSocket(url, {perMessageDeflate: false});
			socket.on('open', () => tell({type: 'listening', url}));
			socket.on('message', (data: Buffer) => count(data.byteLength));
			return;
		}
		case 'tls-two-hops': {
			const socket = new WebSocket(url, {perMessageDeflate: false});
			socket.on('open', () => {
				tell({type: 'listening', url});
				const options = {...bareTls, isServer: true, pskCallback: () => psk};
				const stream = new tls.TLSSocket(createWebSocketStream(socket), options);
				stream.on('data', (chunk: Buffer) => count(chunk.byteLength));
			});
			return;
		}
		case 'tcp': {
			const server = net.createServer((socket) => void openTcp(task, socket, 'server', counting(count)));
			return listen(server);
		}
		case 'proxy':
		case 'json': {
			const channel = await openOverRelay(task, counting(count));
			channel.send({type: 'want', request: 1, commit: '0'.repeat(40), have: []});
		}
	}
}

async function runSender(task: Task): Promise<void> {
	const {kind, bytes, url} = task;
	const {hostname, port} = new URL(url);
	switch (kind) {
		case 'tls': {
			const stream = tls.connect({
				host: hostname,
				port: Number(port),
				...bareTls,
				checkServerIdentity: () => undefined,
			});
			stream.on('secureConnect', () => void pour(stream, bytes));
			return;
		}
		case 'ws':
		case 'ws-two-hops': {
			const socket = new WebSocket(url, {perMessageDeflate: false});
			socket.on('open', () => pourFrames(socket, bytes));
			return;
		}
		case 'tls-two-hops': {
			const socket = new WebSocket(url, {perMessageDeflate: false});
			socket.on('open', () => {
				const stream = tls.connect({
					socket: createWebSocketStream(socket),
					...bareTls,
					checkServerIdentity: () => undefined,
				});
				stream.on('secureConnect', () => void pour(stream, bytes));
			});
			return;
		}
		case 'tcp': {
			const socket = net.connect(Number(port), hostname);
			socket.on('connect', () => {
				void openTcp(
					task,
					socket,
					'client',
					counting(() => undefined),
				).then(async (channel) => sendAll(channel, bytes));
			});
			return;
		}
		case 'proxy':
		case 'json': {
			let begin: () => void = () => undefined;
			const wanted = new Promise<void>((resolve) => (begin = resolve));
			const callbacks = {...counting(() => undefined), message: () => begin()};
			const channel = await openOverRelay(task, callbacks);
			await wanted;
			await sendAll(channel, bytes);
		}
	}
}

function listen(server: net.Server): void {
	server.listen(0, '127.0.0.1', () =>
		tell({type: 'listening', url: `tcp://127.0.0.1:${portOf(server.address())}`}),
	);
}

function portOf(address: ReturnType<net.Server['address']>): number {
	return typeof address === 'object' && address ? address.port : 0;
}

async function pour(stream: Duplex, bytes: number): Promise<void> {
	const slice = randomBytes(sliceBytes);
	beginTransfer();
	for (let sent = 0; sent < bytes; sent += sliceBytes) {
		if (!stream.write(slice)) await new Promise((resolve) => stream.once('drain', resolve));
	}
}

function pourFrames(socket: WebSocket, bytes: number): void {
	const slice = randomBytes(sliceBytes);
	beginTransfer();
	let sent = 0;
	const more = () => {
		while (sent < bytes && socket.bufferedAmount < maxBufferedBytes) {
			sent += sliceBytes;
			socket.send(slice, {binary: true}, more);
		}
	};
	more();
}
