/** The relay as a whole, on loopback: what clients and probes see. */
import {readFileSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {type RelayOptions} from '../../relay/relay-options.js';
import {startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

async function start(t: ExecutionContext, options: Partial<RelayOptions> = {}) {
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

const founder = createPeer();
const session = createSession(founder);

test('by default it listens on all interfaces, and its URL is for this machine', async (t) => {
	const relay = await start(t, {host: undefined});
	t.true(['::', '0.0.0.0'].includes(relay.host));
	t.is(relay.url, `ws://127.0.0.1:${relay.port}/ws`);
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	t.is(client.closed, undefined);
});

test("a port in use is the caller's to handle", async (t) => {
	const {port} = await start(t);
	await t.throwsAsync(startRelay({port, host: '127.0.0.1'}), {code: 'EADDRINUSE'});
});

test('the reply to a create tells the limits in force and where the client is seen', async (t) => {
	const relay = await start(t, {maxPeers: 7, maxBytesPerSecond: 5_000_000});
	const client = new RawClient(relay.url);
	const {nonce} = await client.message('welcome');
	client.send(handshake('create_session', founder, session, nonce));
	const created = await client.message('session_created');
	t.like(created.relay, {
		max_peers: 7,
		bytes_per_second: 5_000_000,
		observed_ip: '127.0.0.1',
		reflectors: ['/reflect'],
	});
	t.true(created.relay.observed_port > 0);
});

test('a client that connects again takes the place of its older socket', async (t) => {
	const relay = await start(t);
	const older = await RawClient.enter(relay.url, 'create_session', founder, session);
	const newer = await RawClient.enter(relay.url, 'create_session', founder, session);
	await older.message('replaced');
	t.deepEqual(await older.end(), {code: 4001, reason: 'replaced'});
	newer.send({type: 'ping', session_id: session.sessionId, peer_id: founder.peerId, sent_at_ms: 1});
	await newer.message('pong');
	t.is(relay.counters().peers, 1);
});

test('a binary frame to oneself comes back', async (t) => {
	const relay = await start(t);
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	const sequence = {generation: 0, counter: 0};
	const bytes = encodeFrame({...session, peerId: founder.peerId, sequence, data: Buffer.from('echo')});
	client.socket.send(bytes);
	t.deepEqual(await client.frame(), Buffer.from(bytes));
});

test('closing says shutting_down to everybody and resolves soon, whatever a client does', async (t) => {
	const relay = await start(t);
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	const idle = net.connect(relay.port, '127.0.0.1');
	await new Promise((resolve) => idle.once('connect', resolve));
	const deaf = await RawClient.enter(relay.url, 'join_session', createPeer(), session);
	deaf.socket.pause();
	const startedAt = performance.now();
	await relay.close();
	t.true(performance.now() - startedAt < 5_000);
	t.is(await client.errorCode(), 'shutting_down');
	t.is((await client.end()).code, 1012);
	await relay.close();
	idle.destroy();
	deaf.socket.terminate();
});

const probes: ReadonlyArray<[string, number, RegExp]> = [
	['/healthz', 200, /^ok\n$/],
	['/readyz', 200, /^ready\n$/],
	['/status', 200, /^\{"state":"ready","uptime_ms":\d+.*"sessions":1,"peers":1/],
	['/metrics', 200, /^# TYPE pulsync_relay_sessions gauge\npulsync_relay_sessions 1$/m],
	['/reflect', 200, /^\{"ip":"127\.0\.0\.1","port":\d+\}\n$/],
	['/healthz?x=1', 200, /^ok\n$/],
	['/elsewhere', 404, /Not found/],
];

for (const [url, status, body] of probes) {
	test(`GET ${url} is ${status}`, async (t) => {
		const relay = await start(t);
		await RawClient.enter(relay.url, 'create_session', founder, session);
		const response = await fetch(`http://127.0.0.1:${relay.port}${url}`);
		t.is(response.status, status);
		t.regex(await response.text(), body);
	});
}

test('the reflector answers with the port of the connection that it was asked on', async (t) => {
	const relay = await start(t);
	const socket = net.connect(relay.port, '127.0.0.1');
	await new Promise((resolve) => socket.once('connect', resolve));
	const {localPort} = socket;
	socket.write('GET /reflect HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n');
	const chunks = await socket.toArray();
	t.true(chunks.join('').includes(`{"ip":"127.0.0.1","port":${localPort}}`));
});

test('POST is 405, HEAD has no body', async (t) => {
	const {port} = await start(t);
	t.is((await fetch(`http://127.0.0.1:${port}/healthz`, {method: 'POST'})).status, 405);
	const head = await fetch(`http://127.0.0.1:${port}/healthz`, {method: 'HEAD'});
	t.deepEqual([head.status, await head.text()], [200, '']);
});

test('the WebSocket is at /ws, below any prefix of a proxy, and at the bare address', async (t) => {
	const {port} = await start(t);
	for (const place of ['/ws', '/sync/ws', '', '/ws?x=1']) {
		const client = new RawClient(`ws://127.0.0.1:${port}${place}`);
		await client.message('welcome');
		client.socket.terminate();
	}

	const elsewhere = new RawClient(`ws://127.0.0.1:${port}/elsewhere`);
	await elsewhere.end();
	t.deepEqual(elsewhere.messages, []);
});

for (const [trustProxy, observed] of [
	[true, '198.51.100.7'],
	[false, '127.0.0.1'],
] as const) {
	test(`X-Forwarded-For is ${trustProxy ? 'believed, its last address only' : 'not believed'} ${trustProxy ? 'with' : 'without'} trustProxy`, async (t) => {
		const relay = await start(t, {trustProxy});
		const headers = {'x-forwarded-for': '203.0.113.9, 198.51.100.7'};
		const client = new RawClient(relay.url, {headers});
		const {nonce} = await client.message('welcome');
		client.send(handshake('create_session', founder, session, nonce));
		t.is((await client.message('session_created')).relay.observed_ip, observed);
	});
}

for (const [forwarded, observed] of [
	['198.51.100.7:5678', '198.51.100.7'],
	['203.0.113.9:1, 198.51.100.7:65535', '198.51.100.7'],
	['[2001:db8::1]:443', '2001:db8::1'],
	['[2001:db8::1]', '2001:db8::1'],
	['2001:db8::443', '2001:db8::443'],
	['[::ffff:198.51.100.7]:443', '198.51.100.7'],
	['::ffff:198.51.100.7', '198.51.100.7'],
] as const) {
	test(`the client that a proxy names "${forwarded}" is seen at ${observed}`, async (t) => {
		const relay = await start(t, {trustProxy: true});
		const client = new RawClient(relay.url, {headers: {'x-forwarded-for': forwarded}});
		const {nonce} = await client.message('welcome');
		client.send(handshake('create_session', founder, session, nonce));
		t.is((await client.message('session_created')).relay.observed_ip, observed);
	});
}

test('the tap sees every byte of every message, both ways', async (t) => {
	const seen = {in: '', out: ''};
	const relay = await start(t, {
		tap(direction, bytes) {
			seen[direction] += Buffer.from(bytes).toString('latin1');
		},
	});
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	const sequence = {generation: 0, counter: 0};
	client.socket.send(
		encodeFrame({...session, peerId: founder.peerId, sequence, data: Buffer.from('canary')}),
	);
	await client.frame();
	t.true(seen.in.includes('create_session') && seen.in.includes('canary'));
	t.true(seen.out.includes('session_created') && seen.out.includes('canary'));
});

test('an advertised address is in the URL, with the port where it has none', async (t) => {
	const one = await start(t, {advertise: 'relay.example.org'});
	t.is(one.url, `ws://relay.example.org:${one.port}/ws`);
	t.is((await start(t, {advertise: 'relay.example.org:443'})).url, 'ws://relay.example.org:443/ws');
	const six = await start(t, {advertise: '[2001:db8::1]'});
	t.is(six.url, `ws://[2001:db8::1]:${six.port}/ws`);
});

test('with a certificate it speaks TLS', async (t) => {
	const pem = (name: string) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url), 'utf8');
	const [tlsCert, tlsKey] = [pem('tls-test-cert.pem'), pem('tls-test-key.pem')];
	const relay = await start(t, {tlsCert, tlsKey});
	t.regex(relay.url, /^wss:/);
	const client = new RawClient(relay.url, {ca: tlsCert});
	await client.message('welcome');
	client.socket.terminate();
});
