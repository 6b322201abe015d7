import {readFileSync} from 'node:fs';
import net from 'node:net';
import {Duplex} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {turnAway} from '../../relay/listening.js';
import {type RelayOptions} from '../../relay/relay-options.js';
import {type Relay, startRelay} from '../../relay/start-relay.js';
import {Strangers} from '../../relay/strangers.js';
import {withDefaults} from '../../relay/relay-limits.js';
import {openConnection, type SocketPort} from '../../relay/connection.js';
import {createPeer, createSession, RawClient} from './raw-client.js';

async function start(t: ExecutionContext, options: Partial<RelayOptions> = {}): Promise<Relay> {
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

async function turnedAway({port}: Pick<Relay, 'port'>, reason: string): Promise<number> {
	const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	return Number(new RegExp(`turned_away_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

test('a web page may not connect, unless its origin is allowed', async (t) => {
	const relay = await start(t, {allowOrigins: ['https://good.example']});
	const bad = new RawClient(relay.url, {origin: 'https://bad.example'});
	t.is((await bad.end()).code, 1006);
	const good = new RawClient(relay.url, {origin: 'https://good.example'});
	await good.message('welcome');
	good.socket.terminate();
	t.is(await turnedAway(relay, 'origin'), 1);
});

test('what is no HTTP is closed and counted', async (t) => {
	const relay = await start(t);
	const socket = net.connect(relay.port, '127.0.0.1', () => socket.write('\0\0\0\r\n\r\n'));
	await new Promise((resolve) => socket.on('close', resolve).resume());
	t.is(await turnedAway(relay, 'bad_request'), 1);
});

test('who sends its headers slowly is closed, and the others go on', async (t) => {
	const relay = await start(t);
	const founder = createPeer();
	const session = createSession(founder);
	const member = await RawClient.enter(relay.url, 'create_session', founder, session);
	const socket = net.connect(relay.port, '127.0.0.1', () =>
		socket.write('GET /ws HTTP/1.1\r\nHost: relay\r\n'),
	);
	const trickle = setInterval(() => socket.write('X: y\r\n'), 500);
	await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
	clearInterval(trickle);
	t.is(await turnedAway(relay, 'slow_request'), 1);
	member.send({type: 'ping', session_id: session.sessionId, peer_id: founder.peerId, sent_at_ms: 1});
	await member.message('pong');
});

/** When the relay has closed for good: then what is still sent to it is refused. */
async function untilRefused(socket: net.Socket): Promise<void> {
	const poke = setInterval(() => socket.write('x'), 50);
	await new Promise((resolve) =>
		socket
			.on('error', () => undefined)
			.on('close', resolve)
			.resume(),
	);
	clearInterval(poke);
}

const upgrade = 'Host: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
for (const [what, request, reason] of [
	['at an unknown path', `GET /x HTTP/1.1\r\n${upgrade}`, 'not_found'],
	['of a web page', `GET /ws HTTP/1.1\r\nOrigin: https://bad.example\r\n${upgrade}`, 'origin'],
	['without a key', `GET /ws HTTP/1.1\r\n${upgrade}`, 'bad_request'],
] as const) {
	test(`a WebSocket ${what} is refused and counted, and its connection does not stay`, async (t) => {
		t.timeout(5_000);
		const relay = await start(t);
		const socket = net.connect({port: relay.port, host: '127.0.0.1', allowHalfOpen: true});
		socket.write(request);
		await new Promise((resolve) => socket.once('data', resolve));
		await untilRefused(socket);
		t.is(await turnedAway(relay, reason), 1);
	});
}

test('who is refused and does not read the answer does not stay either', async (t) => {
	t.timeout(5_000);
	const socket = new Duplex({read: () => undefined, write: () => undefined});
	turnAway(socket, '404 Not Found');
	await new Promise((resolve) => socket.once('close', resolve));
	t.pass();
});

test('with a certificate, too, who says nothing is closed after some seconds, and counted', async (t) => {
	t.timeout(20_000);
	const pem = (name: string) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url), 'utf8');
	const [tlsCert, tlsKey] = [pem('tls-test-cert.pem'), pem('tls-test-key.pem')];
	const relay = await start(t, {tlsCert, tlsKey, monitor: {host: '127.0.0.1', port: 0}});
	const socket = net.connect(relay.port, '127.0.0.1');
	await new Promise((resolve) =>
		socket
			.on('error', () => undefined)
			.on('close', resolve)
			.resume(),
	);
	t.is(await turnedAway({port: relay.monitorPort!}, 'slow_request'), 1);
});

test('a message in many tiny fragments closes its socket alone', async (t) => {
	const relay = await start(t);
	const founder = createPeer();
	const session = createSession(founder);
	const member = await RawClient.enter(relay.url, 'create_session', founder, session);
	const rude = new RawClient(relay.url);
	await rude.message('welcome');
	for (let index = 0; index < 40; index++) rude.socket.send('x', {fin: false});
	t.is((await rude.end()).code, 1008);
	member.send({type: 'ping', session_id: session.sessionId, peer_id: founder.peerId, sent_at_ms: 1});
	await member.message('pong');
});

function stranger(id: number, address: string) {
	const port: SocketPort = {
		...{address, port: 1, host: 'relay', write: (_message, done) => done(), bufferedBytes: () => 0},
		...{bytesRead: () => 0, ping: () => undefined, close: () => undefined, terminate: () => undefined},
	};
	return openConnection(
		id,
		port,
		new Uint8Array(2),
		{waitingBytes: 0, maxWaitingBytes: 1, mostWaitingBytes: 1},
		[],
		0,
	);
}

test('few sockets that have not entered are borne, and fewer from one network', (t) => {
	const limits = withDefaults({maxHandshakes: 6, maxHandshakesOfNetwork: 2});
	const strangers = new Strangers();
	const first = stranger(1, '192.0.2.1');
	t.true(strangers.admit(first, limits));
	t.true(strangers.admit(stranger(2, '192.0.2.200'), limits));
	t.false(strangers.admit(stranger(3, '192.0.2.77'), limits), 'a third from the /24');
	t.true(strangers.admit(stranger(4, '2001:db8::1'), limits));
	t.true(strangers.admit(stranger(5, '2001:db8::2:1'), limits));
	t.false(strangers.admit(stranger(6, '2001:db8::3'), limits), 'a third from the /64');
	first.status = 'member';
	t.true(strangers.admit(stranger(7, '192.0.2.77'), limits), 'one has entered');
	t.true(strangers.admit(stranger(8, '127.0.0.1'), limits));
	t.true(strangers.admit(stranger(10, '127.0.0.1'), limits));
	t.false(strangers.admit(stranger(9, '127.0.0.1'), limits), 'a seventh in all');
});
