/** How a relay tells clients where they are seen: STUN over UDP, the second TCP port, and what members are told of both. */
import {spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {type RelayOptions} from '../../relay/relay-options.js';
import {startRelay} from '../../relay/start-relay.js';
import {ipBytes} from '../../relay/ip-bytes.js';
import {type RelayFacts} from '../../source/protocol/relay-messages.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';
import {type ClientOptions} from 'ws';

const founder = createPeer();
const session = createSession(founder);
const transaction = '2112a442b7e7a701bc34d686fa87dfae';
const request = Buffer.from(`00010000${transaction}`, 'hex');
const deadlineMs = 5_000;

async function start(t: ExecutionContext, options: Partial<RelayOptions> = {}) {
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

/** A UDP socket on a loopback address. */
async function openUdp(t: ExecutionContext, host: string) {
	const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
	t.teardown(() => socket.close());
	await new Promise<void>((resolve) => socket.bind(0, host, resolve));
	return socket;
}

/** Asks until an answer comes, as every STUN client does; a packet may be lost. */
async function ask(socket: ReturnType<typeof createSocket>, port: number, host: string, packet = request) {
	const again = setInterval(() => socket.send(packet, port, host), 500);
	const answer = once(socket, 'message', {signal: AbortSignal.timeout(deadlineMs)}) as Promise<[Buffer]>;
	socket.send(packet, port, host);
	return answer.then(([bytes]) => bytes).finally(() => clearInterval(again));
}

/** What a member is told when it enters. */
async function factsFor(url: string, options: ClientOptions = {}): Promise<RelayFacts> {
	const client = new RawClient(url, options);
	const {nonce} = await client.message('welcome');
	client.send(handshake('create_session', founder, session, nonce));
	const {relay} = await client.message('session_created');
	client.socket.terminate();
	return relay;
}

/** The mapped address of an answer, unmasked by hand. */
function mappedOf(answer: Buffer): {family: number; port: number; address: string} {
	const mask = Buffer.from(transaction, 'hex');
	const masked = answer.subarray(28);
	return {
		family: answer.readUInt8(25),
		port: answer.readUInt16BE(26) ^ 0x2112,
		address: Buffer.from(masked.map((byte, index) => byte ^ mask[index]!)).toString('hex'),
	};
}

for (const [host, family] of [
	['127.0.0.1', 1],
	['::1', 2],
] as const) {
	test(`a relay on all interfaces answers STUN from ${host} on two ports with the address it sees`, async (t) => {
		const relay = await start(t, {host: '::'});
		t.is(relay.stunPorts.length, 2);
		for (const port of relay.stunPorts) {
			const socket = await openUdp(t, host);
			const answer = await ask(socket, port, host);
			const address = Buffer.from(ipBytes(host)!).toString('hex');
			t.deepEqual(mappedOf(answer), {family, port: socket.address().port, address});
		}
	});
}

test('one socket that asks both ports is seen under one port: no NAT is in between', async (t) => {
	const {stunPorts} = await start(t);
	const socket = await openUdp(t, '127.0.0.1');
	const ports = [];
	for (const port of stunPorts) ports.push(mappedOf(await ask(socket, port, '127.0.0.1')).port);
	t.deepEqual(ports, [socket.address().port, socket.address().port]);
});

const stunClient = '/usr/bin/turnutils_stunclient';
(existsSync(stunClient) ? test : test.skip)("coturn's STUN client takes the answer", async (t) => {
	const relay = await start(t);
	const client = spawn(stunClient, ['-p', String(relay.stunPorts[0]), '127.0.0.1']);
	t.teardown(() => client.kill('SIGKILL'));
	const chunks = await client.stdout.toArray();
	t.regex(chunks.join(''), /UDP reflexive addr: 127\.0\.0\.1:\d+/);
});

test('broken packets are ignored, and the next good one is answered', async (t) => {
	const {stunPorts} = await start(t);
	const socket = await openUdp(t, '127.0.0.1');
	const seen: Buffer[] = [];
	socket.on('message', (bytes: Buffer) => seen.push(bytes));
	for (let length = 0; length < request.length; length++) {
		socket.send(request.subarray(0, length), stunPorts[0], '127.0.0.1');
	}

	for (let index = 0; index < 8; index++) {
		const broken = Buffer.concat([request, Buffer.alloc(1200)]);
		broken[index]! ^= 0xff;
		socket.send(broken, stunPorts[0], '127.0.0.1');
	}

	await ask(socket, stunPorts[0]!, '127.0.0.1');
	t.is(seen.length, 1);
});

test('an address that asks too often is not answered for a while; none of it reaches the others', async (t) => {
	const {stunPorts, url} = await start(t);
	const socket = await openUdp(t, '127.0.0.1');
	let answers = 0;
	socket.on('message', () => answers++);
	for (let count = 0; count < 400; count++) {
		await new Promise((resolve) => socket.send(request, stunPorts[count % 2], '127.0.0.1', resolve));
	}

	const other = await openUdp(t, '127.0.0.2');
	await ask(other, stunPorts[0]!, '127.0.0.1');
	t.true(answers > 0 && answers < 200, String(answers));
	t.is((await factsFor(url)).observed_ip, '127.0.0.1');
});

test('members are told of all that is offered, under the host that they reached the relay by', async (t) => {
	const relay = await start(t, {host: '::', stun: ['stun:stun.example', 'stun:[2001:db8::1]:19302']});
	const {stunPorts, reflectPort} = relay;
	const others = ['stun:stun.example:3478', 'stun:[2001:db8::1]:19302'];
	for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
		const {stun, reflectors} = await factsFor(`ws://${host}:${relay.port}/ws`);
		t.deepEqual(stun, [...stunPorts.map((port) => `stun:${host}:${port}`), ...others]);
		t.deepEqual(reflectors, ['/reflect', `http://${host}:${reflectPort}/reflect`]);
	}
});

const hosts: ReadonlyArray<readonly [host: string, told: string]> = [
	['relay.example', 'relay.example'],
	['relay.example:443', 'relay.example'],
	['[2001:DB8::1]:80', '[2001:db8::1]'],
	['a b', '127.0.0.1'],
	['"><script>', '127.0.0.1'],
	[`${'a'.repeat(60)}.`.repeat(4) + 'example', '127.0.0.1'],
];

for (const [host, told] of hosts) {
	test(`a client that names the relay ${JSON.stringify(host.slice(0, 30))} is told of ${told}`, async (t) => {
		const relay = await start(t);
		const {stun} = await factsFor(relay.url, {headers: {host}});
		t.deepEqual(
			stun,
			relay.stunPorts.map((port) => `stun:${told}:${port}`),
		);
	});
}

test('behind a proxy the forwarded host counts, and the port that the proxy reaches reflects nothing', async (t) => {
	const relay = await start(t, {trustProxy: true});
	const headers = {'x-forwarded-for': '198.51.100.7', 'x-forwarded-host': 'relay.example'};
	const {stun, reflectors} = await factsFor(relay.url, {headers});
	t.is(stun[0], `stun:relay.example:${relay.stunPorts[0]}`);
	t.deepEqual(reflectors, [`http://relay.example:${relay.reflectPort}/reflect`]);
});

test('what is advertised goes before what clients say', async (t) => {
	const relay = await start(t, {advertise: 'relay.example:443'});
	const {stun} = await factsFor(`ws://127.0.0.1:${relay.port}/ws`);
	t.is(stun[0], `stun:relay.example:${relay.stunPorts[0]}`);
});

test('a UDP port that is taken is not offered, and the relay starts all the same', async (t) => {
	const former = await start(t);
	await former.close();
	const taken = createSocket('udp4');
	t.teardown(() => taken.close());
	await new Promise<void>((resolve) => taken.bind(former.port, '127.0.0.1', resolve));
	const relay = await start(t, {port: former.port});
	t.false(relay.stunPorts.includes(former.port));
	t.false((await factsFor(relay.url)).stun.includes(`stun:127.0.0.1:${former.port}`));
});

test('a second port that was asked for by number is had, or the relay does not start and nothing is left open', async (t) => {
	const server = net.createServer().listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	const {port: reflectPort} = server.address() as net.AddressInfo;
	const {port} = await start(t).then(async (relay) => relay.close().then(() => relay));
	await t.throwsAsync(startRelay({port, host: '127.0.0.1', reflectPort}), {code: 'EADDRINUSE'});
	server.close();
	const relay = await start(t, {port, reflectPort});
	t.is(relay.reflectPort, reflectPort);
});

test('the second port tells where it is asked from, and knows nothing else', async (t) => {
	const {reflectPort} = await start(t);
	const socket = net.connect(reflectPort!, '127.0.0.1');
	await once(socket, 'connect');
	const {localPort} = socket;
	socket.write('GET /reflect HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
	t.regex((await socket.toArray()).join(''), new RegExp(`\\{"ip":"127\\.0\\.0\\.1","port":${localPort}\\}`));
	t.is((await fetch(`http://127.0.0.1:${reflectPort}/status`)).status, 404);
	t.is((await fetch(`http://127.0.0.1:${reflectPort}/reflect`, {method: 'POST'})).status, 404);
});

/** A connection that has been told where it is seen, with the headers that came before that. */
async function reflect(t: ExecutionContext, port: number) {
	const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
	t.teardown(() => socket.destroy());
	socket.on('error', () => undefined);
	socket.write('GET /reflect HTTP/1.1\r\nHost: a\r\n\r\n');
	let text = '';
	while (!text.endsWith('}\n')) text += String((await once(socket, 'data'))[0]);
	return {socket, text};
}

for (const which of ['port', 'reflectPort'] as const) {
	test(`a connection that asked on the ${which === 'port' ? "relay's own" : 'second'} port stays open as long as a punch lasts, and no longer`, async (t) => {
		const relay = await start(t);
		const {socket, text} = await reflect(t, relay[which]!);
		const startedAt = performance.now();
		t.regex(text, /connection: keep-alive/i);
		await once(socket, 'close');
		const tookMs = performance.now() - startedAt;
		t.true(tookMs > 15_000 && tookMs < 25_000, String(tookMs));
	});
}

test('one address keeps so many connections and no more, and asks so often and no more', async (t) => {
	const {reflectPort} = await start(t);
	const all = [];
	for (let count = 0; count < 70; count++) all.push(await reflect(t, reflectPort!));
	const kept = all.filter(({text}) => /connection: keep-alive/i.test(text));
	t.is(kept.length, 64);
	kept[0]!.socket.destroy();
	const ask = async () => fetch(`http://127.0.0.1:${reflectPort}/reflect`);
	let answer = await ask();
	for (let count = 0; count < 200 && answer.status === 200; count++) answer = await ask();
	t.is(answer.status, 429);
	t.is(answer.headers.get('retry-after'), '1');
	await new Promise((resolve) => setTimeout(resolve, 1000));
	t.is((await ask()).status, 200, 'then it answers again');
});

test('closing ends STUN, the second port and the connections that it keeps', async (t) => {
	const relay = await start(t);
	const {socket} = await reflect(t, relay.reflectPort!);
	const ended = once(socket, 'close');
	await relay.close();
	await ended;
	const again = await start(t, {port: relay.port, reflectPort: relay.reflectPort});
	t.deepEqual(again.stunPorts, relay.stunPorts);
});

test('a relay server and a host ask members to use no server that is written wrongly', async (t) => {
	await t.throwsAsync(startRelay({port: 0, stun: ['http://stun.example']}), {message: /stun:host/});
	await t.throwsAsync(startRelay({port: 0, turn: ['turns:turn.example']}), {message: /turn:\[user/});
});
