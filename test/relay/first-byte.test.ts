/** TLS and HTTP on one port: direct connections of peers come in on the relay's own. */
import {once} from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {type RelayOptions} from '../../relay/relay-options.js';
import {startRelay} from '../../relay/start-relay.js';
import {createPeer, createSession, RawClient} from './raw-client.js';

const founder = createPeer();
const session = createSession(founder);

const secret = {
	ciphers: 'TLS_AES_128_GCM_SHA256:PSK',
	minVersion: 'TLSv1.2',
	maxVersion: 'TLSv1.2',
} as const;
const psk = Buffer.alloc(32, 7);

async function start(t: ExecutionContext, options: Partial<RelayOptions> = {}) {
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

/** A socket that has sent these bytes. */
async function connect(
	t: ExecutionContext,
	port: number,
	bytes: Uint8Array | string = '',
): Promise<net.Socket> {
	const socket = net.connect(port, '127.0.0.1');
	t.teardown(() => socket.destroy());
	socket.on('error', () => undefined);
	await once(socket, 'connect');
	if (bytes.length > 0) socket.write(bytes);
	return socket;
}

test('a TLS handshake goes to the taker, unread, and works there', async (t) => {
	const taker = tls.createServer({...secret, pskCallback: () => psk}, (secure) => secure.pipe(secure));
	const relay = await start(t, {onDirect: (socket) => taker.emit('connection', socket)});
	const client = tls.connect({
		...secret,
		port: relay.port,
		host: '127.0.0.1',
		checkServerIdentity: () => undefined,
		pskCallback: () => ({psk, identity: 'test'}),
	});
	t.teardown(() => client.destroy());
	await once(client, 'secureConnect');
	client.end('through the relay port');
	t.is((await client.toArray()).join(''), 'through the relay port');
});

test('the taker reads the very bytes that were sent, in however many pieces they came', async (t) => {
	const taken: Promise<string>[] = [];
	const relay = await start(t, {
		onDirect(socket) {
			taken.push(socket.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]).toString('hex')));
		},
	});
	const socket = await connect(t, relay.port, Buffer.from('16', 'hex'));
	socket.setNoDelay(true);
	for (const byte of ['03', '01', 'ff00']) socket.write(Buffer.from(byte, 'hex'));
	socket.end();
	await once(socket, 'close');
	t.deepEqual(await Promise.all(taken), ['160301ff00']);
});

test('HTTP and WebSockets go on beside it, several requests on one connection too', async (t) => {
	const relay = await start(t, {onDirect: (socket) => socket.destroy()});
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	t.is(client.closed, undefined);
	t.is((await fetch(`http://127.0.0.1:${relay.port}/healthz`)).status, 200);
	const socket = await connect(t, relay.port, 'GET /reflect HTTP/1.1\r\nHost: a\r\n\r\n');
	let text = '';
	socket.setEncoding('utf8').on('data', (chunk: string) => {
		text += chunk;
		if (text.split('HTTP/1.1 200').length === 2 && text.endsWith('}\n')) {
			socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
		}
	});
	await once(socket, 'end');
	t.regex(text, new RegExp(`"port":${socket.localPort}\\}[^]*\\nok\\n$`));
});

test('a request that comes byte by byte is answered', async (t) => {
	const relay = await start(t, {onDirect: (socket) => socket.destroy()});
	const socket = await connect(t, relay.port);
	socket.setNoDelay(true);
	for (const character of 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n') {
		await new Promise((resolve) => socket.write(character, resolve));
	}

	t.regex((await socket.toArray()).join(''), /200 OK[^]*ok\n$/);
});

test('without a taker, and on a relay that speaks TLS itself, nothing is handed over', async (t) => {
	const relay = await start(t);
	const socket = await connect(t, relay.port, Buffer.from('1603010005', 'hex'));
	socket.resume();
	await once(socket, 'close');
	t.pass();
});

test('closing ends those that have said nothing, and leaves alone what was handed over', async (t) => {
	const taken: net.Socket[] = [];
	const relay = await start(t, {onDirect: (socket) => taken.push(socket)});
	const silent = await connect(t, relay.port);
	silent.resume();
	const direct = await connect(t, relay.port, Buffer.from('1603', 'hex'));
	const silentEnd = once(silent, 'close');
	while (taken.length === 0) await new Promise((resolve) => setImmediate(resolve));
	await relay.close();
	await silentEnd;
	const [own] = taken;
	own!.write('still here');
	t.is(String((await once(direct, 'data'))[0]), 'still here');
	own!.destroy();
});

test('who says nothing is let go after five seconds', async (t) => {
	const relay = await start(t, {onDirect: (socket) => socket.destroy()});
	const socket = await connect(t, relay.port);
	const startedAt = performance.now();
	socket.resume();
	await once(socket, 'close');
	const tookMs = performance.now() - startedAt;
	t.true(tookMs > 4_000 && tookMs < 9_000, String(tookMs));
});
