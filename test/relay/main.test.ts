import {spawn} from 'node:child_process';
import {once} from 'node:events';
import net from 'node:net';
import test from 'ava';
import {type RelayFlags, runRelay} from '../../relay/main.js';
import {RawClient} from './raw-client.js';

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
	};
	t.deepEqual(Object.keys(event), ['event', 'at', 'host', 'port', 'url']);
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
	relay.end();
	t.is(await relay.exitCode, 0);
});

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

const failures: ReadonlyArray<[string, RelayFlags, RegExp]> = [
	['a certificate without its key', {port: 0, tlsCert: 'cert.pem'}, /give both --tls-cert and --tls-key/],
	[
		'a certificate that is not there',
		{port: 0, tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem'},
		/check its path/,
	],
	['an address of another machine', {port: 0, host: '192.0.2.1'}, /give one of its own/],
];

for (const [description, flags, sentence] of failures) {
	test(`${description} ends with 1 and a sentence that says what to do`, async (t) => {
		const relay = run(flags);
		t.is(await relay.exitCode, 1);
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
