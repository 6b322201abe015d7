import {spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {TurnCredentials} from '../../relay/turn-credentials.js';
import {type TurnServer} from '../../source/protocol/ice-server.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

const peerId = 'abcdefghijklmnopqrstuvwxyz';
const deadlineMs = 15_000;
const maxStarts = 3;
const hourMs = 60 * 60 * 1000;

test('credentials end after eight hours and are what openssl makes of their name', (t) => {
	const wallClock = () => 1_900_000_000_000 - 8 * hourMs;
	const credentials = new TurnCredentials({servers: ['turn:turn.example'], secret: 'north', wallClock});
	t.deepEqual(credentials.serversFor(peerId), [
		{
			url: 'turn:turn.example:3478',
			username: `1900000000:${peerId}`,
			// printf 1900000000:abcdefghijklmnopqrstuvwxyz | openssl dgst -sha1 -hmac north -binary | base64
			credential: 'fuFisAf9MmVaI3DhRuCUl6vSnI4=',
		},
	]);
	t.is(credentials.renewAfterMs, 4 * hourMs);
});

test('a server that names a user keeps it, and without a secret nothing is made up or renewed', (t) => {
	const servers = ['turn:ada:love%20lace@one.example:5000', 'turn:two.example'];
	const wallClock = () => 0;
	const named = {url: 'turn:one.example:5000', username: 'ada', credential: 'love lace'};
	const plain = new TurnCredentials({servers, wallClock});
	t.deepEqual(plain.serversFor(peerId), [named, {url: 'turn:two.example:3478'}]);
	t.is(plain.renewAfterMs, undefined);
	const both = new TurnCredentials({servers, secret: 'north', wallClock});
	t.deepEqual(both.serversFor(peerId)[0], named);
	t.is(both.serversFor(peerId)[1]?.username, `28800:${peerId}`);
	const fixed = new TurnCredentials({servers: servers.slice(0, 1), secret: 'north', wallClock});
	t.is(fixed.renewAfterMs, undefined);
});

test('members get credentials of their own, strangers get none', async (t) => {
	const relay = await startRelay({
		...{port: 0, host: '127.0.0.1'},
		...{turn: ['turn:turn.example'], turnSecret: 'north'},
	});
	t.teardown(() => relay.close());
	const founder = createPeer();
	const session = createSession(founder);
	const given = await turnFor(relay.url, founder, session);
	const other = await turnFor(relay.url, createPeer(), session);
	t.not(given[0]?.credential, other[0]?.credential);
	t.true(given[0]?.username?.endsWith(`:${founder.peerId}`));
	const stranger = new RawClient(relay.url);
	const {nonce} = await stranger.message('welcome');
	stranger.send(handshake('join_session', createPeer(), createSession(createPeer()), nonce));
	t.is(await stranger.errorCode(), 'not_admitted');
	t.false(JSON.stringify(stranger.messages).includes('turn.example'));
});

async function turnFor(
	url: string,
	peer: ReturnType<typeof createPeer>,
	session: ReturnType<typeof createSession>,
): Promise<readonly TurnServer[]> {
	const client = new RawClient(url);
	const {nonce} = await client.message('welcome');
	client.send(handshake('create_session', peer, session, nonce));
	return (await client.message('session_created')).relay.turn;
}

/** Of Debian's package coturn; where it is missing, the test is skipped. */
const isInstalled = existsSync('/usr/bin/turnserver') && existsSync('/usr/bin/turnutils_uclient');

(isInstalled ? test : test.skip)('coturn takes these credentials until their time is over', async (t) => {
	const port = await startTurnServer(t);
	const relay = await startRelay({
		...{port: 0, host: '127.0.0.1'},
		...{turn: [`turn:127.0.0.1:${port}`], turnSecret: 'north'},
	});
	t.teardown(() => relay.close());
	const founder = createPeer();
	const [server] = await turnFor(relay.url, founder, createSession(founder));
	t.regex(await runTurnClient(t, port, server!), /Total lost packets 0 /);
	const wallClock = () => Date.now() - 9 * hourMs;
	const late = new TurnCredentials({servers: [server!.url], secret: 'north', wallClock});
	t.regex(await runTurnClient(t, port, late.serversFor(peerId)[0]!), /Cannot complete Allocation/);
});

async function freeUdpPort(): Promise<number> {
	const socket = createSocket('udp4');
	await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
	const {port} = socket.address();
	await new Promise<void>((resolve) => socket.close(resolve));
	return port;
}

/** Runs coturn with the shared secret; resolves with its port when it answers. Another program may get the port first: then on the next. */
async function startTurnServer(t: ExecutionContext): Promise<number> {
	for (let tries = 1; ; tries++) {
		const port = await freeUdpPort();
		const answers = await startTurnServerOn(t, port).then(
			() => true,
			() => false,
		);
		if (answers) return port;
		if (tries === maxStarts) throw new Error(`coturn did not answer, ${maxStarts} times`);
	}
}

async function startTurnServerOn(t: ExecutionContext, port: number): Promise<void> {
	const options = [
		...['-n', '--no-cli', '--no-tls', '--no-dtls', '--allow-loopback-peers', '--log-file=stdout'],
		...['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`],
		...['--use-auth-secret', '--static-auth-secret=north', '--realm=pulsync', '--pidfile=/dev/null'],
	];
	const server = spawn('/usr/bin/turnserver', options, {stdio: 'ignore'});
	t.teardown(() => server.kill('SIGKILL'));
	const gone = new AbortController();
	server.on('exit', () => gone.abort());
	const socket = createSocket('udp4').on('error', () => undefined);
	const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
	const again = setInterval(() => socket.send(request, port, '127.0.0.1'), 100);
	try {
		await once(socket, 'message', {signal: AbortSignal.any([gone.signal, AbortSignal.timeout(deadlineMs)])});
	} catch (error) {
		server.kill('SIGKILL');
		throw error;
	} finally {
		clearInterval(again);
		socket.close();
	}
}

/** What coturn's client says of one packet through a relayed address; it gives up or is stopped. */
async function runTurnClient(t: ExecutionContext, port: number, server: TurnServer): Promise<string> {
	const {username = '', credential = ''} = server;
	const client = spawn('/usr/bin/turnutils_uclient', [
		...['-y', '-c', '-n', '1', '-m', '1', '-u', username, '-w', credential],
		...['-p', String(port), '127.0.0.1'],
	]);
	const stop = () => client.kill('SIGKILL');
	t.teardown(stop);
	const late = setTimeout(stop, deadlineMs);
	let text = '';
	client.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		text += chunk;
		if (/Total lost packets|Cannot complete Allocation/.test(text)) stop();
	});
	await once(client, 'close');
	clearTimeout(late);
	return text;
}
