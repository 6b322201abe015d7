import {spawn} from 'node:child_process';
import {once} from 'node:events';
import net from 'node:net';
import test from 'ava';
import {type RelayFlags, runRelay} from '../../relay/main.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {createPeer, createSession, RawClient} from './raw-client.js';

/** Runs the program's relay part with its output caught; `end` does what SIGTERM does. */
function run(flags: RelayFlags) {
	const written = {stdout: '', stderr: ''};
	let announce: (line: string) => void;
	const firstLine = new Promise<string>((resolve) => {
		announce = resolve;
	});
	const controller = new AbortController();
	const exitCode = runRelay(flags, {
		stdout: {
			write(text) {
				written.stdout += text;
				announce(text);
			},
		},
		stderr: {
			write(text) {
				written.stderr += text;
				announce(text);
			},
		},
		signal: controller.signal,
	});
	return {written, firstLine, exitCode, end: () => controller.abort()};
}

test('with --json it says where it listens in one line, and ends with 0 when told to', async (t) => {
	const relay = run({port: 0, host: '127.0.0.1', json: true});
	const event = JSON.parse(await relay.firstLine) as {
		event: string;
		at: number;
		host: string;
		port: number;
		url: string;
		stun_ports: number[];
		reflect_port: number;
	};
	t.deepEqual(Object.keys(event), ['event', 'at', 'host', 'port', 'url', 'stun_ports', 'reflect_port']);
	t.deepEqual(event.stun_ports.slice(0, 1), [event.port]);
	t.like(event, {event: 'listening', host: '127.0.0.1', url: `ws://127.0.0.1:${event.port}/ws`});
	const client = new RawClient(event.url);
	await client.message('welcome');
	relay.end();
	t.is(await client.errorCode(), 'shutting_down');
	t.is(await relay.exitCode, 0);
	t.is(relay.written.stdout.split('\n').length, 2);
	t.is(relay.written.stderr, '');
});

test('without --json it says so in words', async (t) => {
	const relay = run({port: 0, host: '127.0.0.1'});
	t.regex(await relay.firstLine, /^The relay listens on port \d+; .* ws:\/\/127\.0\.0\.1:\d+\/ws\n$/);
	t.regex(relay.written.stdout, /\nIt tells peers their addresses on (UDP \d+, ){1,2}TCP \d+\.\n$/);
	relay.end();
	t.is(await relay.exitCode, 0);
});

test('a second port that is in use ends with 1 and names its flag', async (t) => {
	const other = net.createServer().listen(0, '127.0.0.1');
	await once(other, 'listening');
	const {port} = other.address() as net.AddressInfo;
	const relay = run({port: 0, host: '127.0.0.1', reflectPort: port});
	t.is(await relay.exitCode, 1);
	t.is(
		relay.written.stderr,
		`Port ${port} is in use: end what uses it, or give another with --reflect-port.\n`,
	);
	other.close();
});

test('a limit of bytes a second holds per session and in all, where no other is given for all', async (t) => {
	for (const [flags, kept] of [
		[{maxBytesPerSecond: 10_000}, true],
		[{maxBytesPerSecond: 10_000, maxTotalBytesPerSecond: 1_000_000}, false],
	] as const) {
		const relay = run({port: 0, host: '127.0.0.1', json: true, ...flags});
		const {url} = JSON.parse(await relay.firstLine) as {url: string};
		const [one, other] = await Promise.all([openTunnel(url), openTunnel(url)]);
		for (const tunnel of [one, other]) tunnel.send(4_900);
		const startedAt = performance.now();
		for (const tunnel of [one, other]) await tunnel.grant();
		const tookMs = performance.now() - startedAt;
		t.is(tookMs > 400, kept, String(tookMs));
		relay.end();
		await relay.exitCode;
	}
});

/** A session of two with a tunnel: what one sends, and when it may send more. */
async function openTunnel(url: string) {
	const [founder, member] = [createPeer(), createPeer()];
	const session = createSession(founder);
	const from = await RawClient.enter(url, 'create_session', founder, session);
	const to = await RawClient.enter(url, 'join_session', member, session);
	const ids = {session_id: session.sessionId, generation: 1};
	const ask = {...ids, window_bytes: 100_000};
	from.send({type: 'request_binary_proxy', peer_id: founder.peerId, target_peer_id: member.peerId, ...ask});
	await to.message('request_binary_proxy');
	to.send({type: 'binary_proxy_accepted', peer_id: member.peerId, target_peer_id: founder.peerId, ...ask});
	await from.message('binary_proxy_accepted');
	return {
		send(bytes: number) {
			const sequence = {generation: 1, counter: 0};
			const data = new Uint8Array(bytes);
			from.socket.send(encodeFrame({...session, peerId: member.peerId, sequence, data}));
		},
		async grant() {
			await to.frame();
			const grant = {...ids, bytes: 1, peer_id: member.peerId, target_peer_id: founder.peerId};
			to.send({type: 'binary_proxy_credit', ...grant});
			await from.message('binary_proxy_credit');
		},
	};
}

test('a port in use ends with 1 and a sentence that says what to do', async (t) => {
	const other = net.createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => other.once('listening', resolve));
	const {port} = other.address() as net.AddressInfo;
	const relay = run({port, host: '127.0.0.1', json: true});
	t.is(await relay.exitCode, 1);
	t.like(JSON.parse(relay.written.stdout), {event: 'error', code: 'port_in_use'});
	t.is(relay.written.stderr, `Port ${port} is in use: end what uses it, or give another with --port.\n`);
	other.close();
});

const failures: ReadonlyArray<[string, RelayFlags, 1 | 2, RegExp]> = [
	['a certificate without its key', {port: 0, tlsCert: 'cert.pem'}, 2, /give both --tls-cert and --tls-key/],
	['a key without its certificate', {port: 0, tlsKey: 'key.pem'}, 2, /give both --tls-cert and --tls-key/],
	['credentials without a cluster', {port: 0, clusterCreds: 'creds'}, 2, /give --cluster too/],
	[
		'a certificate that is not there',
		{port: 0, tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem'},
		1,
		/--tls-cert: \/nowhere\/cert\.pem does not exist; check its path/,
	],
	['a limits file that is not there', {port: 0, limits: '/nowhere'}, 1, /--limits: \/nowhere does not exist/],
	['a limits file that is none', {port: 0, limits: 'README.md'}, 2, /limits file is no JSON/],
	['a cluster that is no address', {port: 0, host: '127.0.0.1', cluster: 'foo'}, 2, /NATS is named as nats:/],
	['an address of another machine', {port: 0, host: '192.0.2.1'}, 1, /give one of its own/],
];

for (const [description, flags, code, sentence] of failures) {
	test(`${description} ends with ${code} and a sentence that says what to do`, async (t) => {
		const relay = run(flags);
		t.is(await relay.exitCode, code);
		t.regex(relay.written.stderr, sentence);
		t.is(relay.written.stdout, '');
	});
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
	test(`${signal} says shutting_down to the peers and ends the process with 0, with nothing left that runs`, async (t) => {
		const main = new URL('../../relay/main.js', import.meta.url).href;
		const code = `
			const {runRelay} = await import('${main}');
			const {stdout, stderr} = process;
			process.exitCode = await runRelay({port: 0, host: '127.0.0.1', json: true}, {stdout, stderr});
		`;
		const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		t.teardown(() => child.kill('SIGKILL'));
		const [line] = (await once(child.stdout, 'data')) as [Buffer];
		const {url} = JSON.parse(line.toString()) as {url: string};
		const client = new RawClient(url);
		await client.message('welcome');
		child.kill(signal);
		t.is(await client.errorCode(), 'shutting_down');
		t.deepEqual(await once(child, 'exit'), [0, null]);
	});
}
