/** The bus on a real NATS server. */
import {writeFileSync, mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseNatsAddress} from '../../../relay/cluster/nats-address.js';
import {openNatsBus} from '../../../relay/cluster/nats-bus.js';
import {NatsServer} from '../../helpers/nats-server.js';
import {natsTest} from '../../helpers/nats-test.js';
import {waitUntil} from '../../helpers/wait.js';

async function open(t: ExecutionContext, url: string, patienceMs?: number) {
	const address = parseNatsAddress(url);
	if (!address) throw new Error(url);
	const logged: string[] = [];
	const bus = await openNatsBus({address, log: (message) => logged.push(message), patienceMs});
	t.teardown(() => bus.close());
	return Object.assign(bus, {logged});
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

natsTest('what one publishes reaches all others who listen, in order, and not itself', async (t) => {
	const server = await NatsServer.start(t);
	const [one, two] = await Promise.all([open(t, server.url), open(t, server.url)]);
	const heard: string[] = [];
	two.subscribe('a.*', ({subject, bytes}) => heard.push(`${subject} ${text(bytes)}`));
	two.subscribe('b', ({bytes}) => heard.push(text(bytes)));
	one.subscribe('a.*', () => heard.push('echo'));
	t.is(await one.request('nobody.here', Buffer.from('?'), 5000), 'nobody');
	// What it subscribes to is known to the server once it has answered.
	await two.request('nobody.here', Buffer.from('?'), 5000);
	for (let index = 0; index < 100; index++) one.publish(index % 2 ? 'b' : 'a.x', Buffer.from(String(index)));
	await waitUntil('all of it', () => heard.length >= 100);
	t.deepEqual(
		heard,
		Array.from({length: 100}, (_, index) => (index % 2 ? `${index}` : `a.x ${index}`)),
	);
});

natsTest('a request is answered, late, or known to reach nobody', async (t) => {
	const server = await NatsServer.start(t);
	const [one, two] = await Promise.all([open(t, server.url), open(t, server.url)]);
	two.subscribe('polite', ({answer}) => answer(Buffer.from('yes')));
	two.subscribe('deaf', () => undefined);
	await two.request('nobody.here', Buffer.from('?'), 5000);
	t.is(await one.request('polite', new Uint8Array(), 5000), 'answered');
	t.is(await one.request('deaf', new Uint8Array(), 50), 'late');
	t.is(await one.request('nobody', new Uint8Array(), 5000), 'nobody');
	const answers: string[] = [];
	await one.gather('polite', new Uint8Array(), 5000, (bytes) => answers.push(text(bytes)) === 1);
	await one.gather('nobody', new Uint8Array(), 5000, () => false);
	t.deepEqual(answers, ['yes']);
});

natsTest('a server that dies is noticed, and what listened listens again when it is back', async (t) => {
	const server = await NatsServer.start(t);
	const [one, two] = await Promise.all([open(t, server.url), open(t, server.url)]);
	const heard: string[] = [];
	const stop = two.subscribe('kept', ({bytes}) => heard.push(text(bytes)));
	two.subscribe('dropped', () => heard.push('dropped'))();
	let changes = 0;
	one.onChange = () => changes++;
	await server.kill();
	await waitUntil('both down', () => !one.isUp && !two.isUp);
	one.publish('kept', Buffer.from('lost'));
	t.is(await one.request('kept', new Uint8Array(), 50), 'late');
	await server.restart();
	await waitUntil('both up', () => one.isUp && two.isUp);
	await two.request('nobody', new Uint8Array(), 5000);
	one.publish('dropped', new Uint8Array());
	one.publish('kept', Buffer.from('back'));
	await waitUntil('the message', () => heard.includes('back'));
	t.deepEqual(heard, ['back']);
	t.is(changes, 2);
	stop();
});

natsTest('without a server it starts all the same, and is there when the server is', async (t) => {
	const server = await NatsServer.start(t);
	await server.kill();
	const bus = await open(t, server.url, 100);
	t.false(bus.isUp);
	t.regex(bus.logged[0] ?? '', /does not answer/);
	await server.restart();
	await waitUntil('the bus', () => bus.isUp);
	t.is(bus.maxBytes, 1024 * 1024);
});

natsTest('who is not let in by user, token or password is told at once', async (t) => {
	const secure = await NatsServer.start(t, ['--user', 'relay', '--pass', 'a b@c']);
	const host = `127.0.0.1:${secure.port}`;
	t.true((await open(t, `nats://relay:a%20b%40c@${host}`)).isUp);
	for (const who of ['', 'relay:wrong@', 'other:a%20b%40c@']) {
		await t.throwsAsync(open(t, `nats://${who}${host}`, 20_000), {name: 'AuthorizationError'});
	}

	const byToken = await NatsServer.start(t, ['--auth', 'secret']);
	t.true((await open(t, `nats://secret@127.0.0.1:${byToken.port}`)).isUp);
});

natsTest('tls:// does not speak to a server without TLS', async (t) => {
	const server = await NatsServer.start(t);
	const bus = await open(t, `tls://127.0.0.1:${server.port}`, 1000);
	t.false(bus.isUp);
});

natsTest('a server that takes only small messages is named', async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'nats-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const file = path.join(folder, 'nats.conf');
	writeFileSync(file, 'max_payload: 64KB\n');
	const server = await NatsServer.start(t, ['-c', file]);
	const bus = await open(t, server.url);
	t.is(bus.maxBytes, 64 * 1024);
	t.regex(bus.logged.join(), /max_payload/);
});
