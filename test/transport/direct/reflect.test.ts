/** What is learned of our own address, from reflectors that are on this machine. */
import {once} from 'node:events';
import http from 'node:http';
import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {reflect} from '../../../source/transport/direct/reflect.js';
import {waitUntil} from '../../helpers/wait.js';
import {countSockets} from './support/direct-peers.js';

async function serve(
	answer: (request: http.IncomingMessage) => string,
): Promise<{url: string; close(): void}> {
	const server = http.createServer((request, response) => response.end(answer(request)));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	return {
		url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/reflect`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}

const honest = ({socket}: http.IncomingMessage) =>
	JSON.stringify({ip: socket.remoteAddress, port: socket.remotePort});

const {signal} = new AbortController();

test.serial(
	'without a NAT the mapping is the port itself, which stays bound until it is let go',
	async (t) => {
		const server = await serve(honest);
		const reflection = await reflect([server.url, server.url], 4, signal);
		t.deepEqual(reflection.mapping, {ip: '127.0.0.1', port: reflection.localPort});
		t.is(reflection.natKind, 'open');
		reflection.close();
		reflection.close();
		server.close();
		await waitUntil('all is closed', () => countSockets() === 0);
	},
);

const kinds = [
	{kind: 'independent', ports: [5000, 5000]},
	{kind: 'symmetric', ports: [5000, 5001]},
	{kind: 'unknown', ports: [5000]},
] as const;

for (const {kind, ports} of kinds) {
	test.serial(`a NAT that shows the ports ${ports.join(' and ')} is ${kind}`, async (t) => {
		const servers = await Promise.all(
			ports.map((port) => serve(() => JSON.stringify({ip: '198.51.100.1', port}))),
		);
		const reflection = await reflect(
			servers.map(({url}) => url),
			4,
			signal,
		);
		t.is(reflection.natKind, kind);
		t.deepEqual(reflection.mapping, {ip: '198.51.100.1', port: 5000});
		reflection.close();
		for (const server of servers) server.close();
		await waitUntil('all is closed', () => countSockets() === 0);
	});
}

for (const answer of [
	'',
	'hello',
	'{}',
	'{"ip":"x","port":1}',
	'{"ip":"1.2.3.4","port":"5"}',
	'x'.repeat(100_000),
]) {
	test.serial(
		`an answer of ${answer.length} bytes that is none (${answer.slice(0, 24)}) is a reason`,
		async (t) => {
			const server = await serve(() => answer);
			const error: unknown = await reflect([server.url], 4, signal).catch((cause: unknown) => cause);
			t.true(
				error instanceof Failure && error.message.startsWith('the server that tells public addresses: '),
			);
			server.close();
			await waitUntil('all is closed', () => countSockets() === 0);
		},
	);
}

/** Refuses the first question, and says when the next may come. */
async function serveBusy(retryAfter: string) {
	const askedAt: number[] = [];
	const server = http.createServer((request, response) => {
		askedAt.push(performance.now());
		const isBusy = askedAt.length === 1;
		response.writeHead(isBusy ? 429 : 200, isBusy ? {'retry-after': retryAfter, connection: 'close'} : {});
		response.end(isBusy ? '{}' : honest(request));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/reflect`;
	return {server, url, askedAt};
}

test.serial('a reflector that asks to wait a moment is asked again after that, and not before', async (t) => {
	const {server, url, askedAt} = await serveBusy('1');
	const reflection = await reflect([url], 4, signal);
	t.deepEqual(reflection.mapping, {ip: '127.0.0.1', port: reflection.localPort});
	t.is(askedAt.length, 2);
	t.true(askedAt[1]! - askedAt[0]! >= 990, String(askedAt));
	reflection.close();
	server.closeAllConnections();
	server.close();
	await waitUntil('all is closed', () => countSockets() === 0);
});

for (const retryAfter of ['600', 'Fri, 31 Dec 1999 23:59:59 GMT', '-1'])
	test.serial(
		`a reflector that asks for a wait that no attempt lasts is left alone (${retryAfter})`,
		async (t) => {
			const {server, url, askedAt} = await serveBusy(retryAfter);
			await t.throwsAsync(reflect([url], 4, signal), {message: /told none|no address|public/});
			t.is(askedAt.length, 1);
			server.closeAllConnections();
			server.close();
			await waitUntil('all is closed', () => countSockets() === 0);
		},
	);

test.serial('a reflector that has no address of a family is not asked over it', async (t) => {
	const error: unknown = await reflect(['http://127.0.0.1:9/reflect'], 6, signal).catch(
		(cause: unknown) => cause,
	);
	t.is(
		error instanceof Failure ? error.message : '',
		'the server that tells public addresses: it has no IPv6 address',
	);
});
