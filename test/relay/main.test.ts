import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
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

/** A limits file with this in it. */
function limitsFile(t: ExecutionContext, limits: object): string {
	const made = mkdtempSync(path.join(tmpdir(), 'pulsync-limits-'));
	t.teardown(() => rmSync(made, {recursive: true}));
	const file = path.join(made, 'limits.json');
	writeFileSync(file, JSON.stringify(limits));
	return file;
}

test('a limits file says how many sockets may be about to enter, in all and from one network', async (t) => {
	const limits = limitsFile(t, {max_handshakes: 4, max_handshakes_of_network: 2});
	const relay = run({port: 0, host: '127.0.0.1', json: true, trustProxy: true, limits});
	const {url} = JSON.parse(await relay.firstLine) as {url: string};
	const answers: string[] = [];
	const clients: RawClient[] = [];
	for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.1', '203.0.113.1', '127.0.0.1']) {
		const client = new RawClient(url, {headers: {'x-forwarded-for': address}});
		clients.push(client);
		const {type, ...said} = await client.until('an answer', () => client.messages[0]);
		answers.push('code' in said ? said.code : type);
	}

	t.deepEqual(answers, ['welcome', 'welcome', 'relay_full', 'welcome', 'welcome', 'relay_full']);
	for (const client of clients) client.socket.terminate();
	relay.end();
	t.is(await relay.exitCode, 0);
});

test('flags go before the limits file, and a rate of each session is one of all together as well', async (t) => {
	const inFile = {connection: 1_000_001, session: 1_000_002, address: 1_000_003, relay: 1_000_004};
	const limits = limitsFile(t, {max_peers: 5, max_sessions: 6, bytes_per_second: inFile});
	const cases = [
		[{}, {max_peers: 5, max_sessions: 6, bytes_per_second: inFile}],
		[
			{maxPeers: 7, maxSessions: 8},
			{max_peers: 7, max_sessions: 8, bytes_per_second: inFile},
		],
		[{maxBytesPerSecond: 9}, {max_peers: 5, bytes_per_second: {...inFile, session: 9, relay: 9}}],
		[{maxTotalBytesPerSecond: 9}, {max_peers: 5, bytes_per_second: {...inFile, relay: 9}}],
	] as const;
	const ends = cases.map(async ([flags, said]) => {
		const relay = run({port: 0, host: '127.0.0.1', json: true, limits, ...flags});
		const {port} = JSON.parse(await relay.firstLine) as {port: number};
		const status = (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as {limits: object};
		t.like(status.limits, said);
		relay.end();
		await relay.exitCode;
	});
	await Promise.all(ends);
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
