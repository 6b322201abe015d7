/**
 * Bare programs that prove what the lab's networks do, without any of the project's code. Each says its findings as lines of
 * JSON on stdout and hears what to do next as lines on stdin.
 *
 *     reflect PORT PORT…           answers on each port with the address that the connection came from
 *     punch HOST PORT PORT…        its mapping as each reflector sees it; then opens to the mapping it is told
 *     drain PORT                   reads whatever comes
 *     fill HOST PORT BYTES         how long a connection takes to open, and how many bytes a second it takes
 *     data-channel offer|answer all|relay SERVER…   a data channel; descriptions and candidates as lines
 */
import {once} from 'node:events';
import {createServer, connect, type Socket} from 'node:net';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';

type Address = {readonly ip: string; readonly port: number};
type Candidate = {readonly candidate: string; readonly mid: string};
type Signal = {readonly sdp: string; readonly type: 'offer' | 'answer'} | Candidate | {readonly ready: true};

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
/** Opened only when it is read: lines that nobody hears yet would be lost. */
const hearLines = () => createInterface({input: process.stdin});
/** The library ends what nobody holds any more when garbage is collected, whether or not it has callbacks set. */
const kept = new Set<object>();
const [what, ...rest] = process.argv.slice(2);

if (what === 'reflect') await reflect(rest.map(Number));
else if (what === 'punch') await punch(rest[0]!, rest.slice(1).map(Number));
else if (what === 'drain') await drain(Number(rest[0]));
else if (what === 'fill') await fill(rest[0]!, Number(rest[1]), Number(rest[2]));
else if (what === 'data-channel')
	await openDataChannel(rest[0] === 'offer', rest[1] === 'relay', rest.slice(2));

async function drain(port: number): Promise<void> {
	const server = createServer({allowHalfOpen: true}, (socket) => {
		socket.on('error', () => undefined);
		socket.on('end', () => socket.end('all')).resume();
	});
	server.listen(port, '0.0.0.0');
	await once(server, 'listening');
	say({ready: true});
}

async function fill(host: string, port: number, bytes: number): Promise<void> {
	const startedAt = performance.now();
	const socket = connect(port, host);
	await once(socket, 'connect');
	const connectMs = performance.now() - startedAt;
	socket.end(Buffer.alloc(bytes));
	await once(socket, 'data');
	say({connectMs, bytesPerSecond: (bytes * 1000) / (performance.now() - startedAt)});
	process.exit(0);
}

async function reflect(ports: readonly number[]): Promise<void> {
	for (const port of ports) {
		const server = createServer((socket) => {
			socket.on('error', () => undefined);
			socket.write(`${JSON.stringify({ip: socket.remoteAddress, port: socket.remotePort})}\n`);
		});
		server.listen(port, '0.0.0.0');
		await once(server, 'listening');
	}
	say({ready: true});
}

async function punch(host: string, ports: readonly number[]): Promise<void> {
	// Bound by number from the first connection on, or the others could not share it.
	const localPort = 20_000 + Math.floor(Math.random() * 10_000);
	const mappings: Address[] = [];
	for (const port of ports) {
		const socket = connect({host, port, localPort, localAddress: '0.0.0.0'});
		const [line] = (await once(socket, 'data')) as [Buffer];
		mappings.push(JSON.parse(line.toString()) as Address);
	}
	say({mappings});
	const [line] = (await once(hearLines(), 'line')) as [string];
	const to = JSON.parse(line) as Address;
	const startedAt = Date.now();
	while (Date.now() - startedAt < 3000) {
		const socket = connect({host: to.ip, port: to.port, localPort, localAddress: '0.0.0.0', noDelay: true});
		const data = await firstData(socket);
		if (data === 'hello') {
			say({connected: true, tookMs: Date.now() - startedAt});
			return;
		}
		await delay(100);
	}
	say({connected: false});
	process.exit(0);
}

/** What the other side of a new connection says first; undefined if it never comes to that. */
async function firstData(socket: Socket): Promise<string | undefined> {
	return new Promise((resolve) => {
		socket.setTimeout(1000, () => socket.destroy());
		socket.on('connect', () => socket.write('hello'));
		socket.on('data', (data) => resolve(data.toString()));
		socket.on('error', () => undefined);
		socket.on('close', () => resolve(undefined));
	});
}

async function openDataChannel(offers: boolean, onlyRelay: boolean, iceServers: string[]): Promise<void> {
	const {PeerConnection} = await import('node-datachannel');
	const connection = new PeerConnection(what!, {
		iceServers,
		iceTransportPolicy: onlyRelay ? 'relay' : 'all',
	});
	kept.add(connection);
	const startedAt = Date.now();
	const opened = (channel: ReturnType<typeof connection.createDataChannel>) => {
		kept.add(channel);
		const found = () => {
			const pair = connection.getSelectedCandidatePair();
			say({local: pair?.local.type, remote: pair?.remote.type, tookMs: Date.now() - startedAt});
		};
		channel.onOpen(found);
		if (channel.isOpen()) found();
	};
	connection.onLocalDescription((sdp, type) => say({sdp, type}));
	connection.onLocalCandidate((candidate, mid) => say({candidate, mid}));
	connection.onDataChannel(opened);
	// The library starts ICE before it keeps the fingerprint of a description: a check that comes in that moment ends in a
	// DTLS that fails. So nobody knows an address before both have the other's description.
	let isReady = false;
	const held: Candidate[] = [];
	const add = ({candidate, mid}: Candidate) => connection.addRemoteCandidate(candidate, mid);
	const ready = () => {
		isReady = true;
		for (const candidate of held.splice(0)) add(candidate);
	};
	hearLines().on('line', (line) => {
		const told = JSON.parse(line) as Signal;
		if ('candidate' in told) {
			if (isReady) add(told);
			else held.push(told);
			return;
		}
		if ('sdp' in told) connection.setRemoteDescription(told.sdp, told.type);
		if (offers) say({ready: true});
		if (offers || 'ready' in told) ready();
	});
	if (offers) opened(connection.createDataChannel('lab'));
}
