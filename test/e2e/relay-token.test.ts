/** The token that lets somebody host at a relay is for that relay, and for nobody else's. */
import {once} from 'node:events';
import {type AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {WebSocket, WebSocketServer} from 'ws';
import {Lab} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const token = 'the-token-of-another-relay';

/** Passes on what clients and a relay say to each other; gives its own address, and all texts of clients. */
async function listenBetween(t: ExecutionContext, relayUrl: string): Promise<{url: string; heard: string[]}> {
	const heard: string[] = [];
	const server = new WebSocketServer({host: '127.0.0.1', port: 0});
	t.teardown(() => {
		for (const client of server.clients) client.terminate();
		server.close();
	});
	server.on('connection', (client) => {
		const relay = new WebSocket(relayUrl);
		const early: [Buffer, boolean][] = [];
		client.on('message', (data: Buffer, isBinary) => {
			if (!isBinary) heard.push(String(data));
			if (relay.readyState === WebSocket.OPEN) relay.send(data, {binary: isBinary});
			else early.push([data, isBinary]);
		});
		relay.on('open', () => {
			for (const [data, binary] of early.splice(0)) relay.send(data, {binary});
		});
		relay.on('message', (data: Buffer, binary) => client.send(data, {binary}));
		relay.on('close', () => client.close()).on('error', () => client.close());
		client.on('close', () => relay.close()).on('error', () => relay.close());
	});
	await once(server, 'listening');
	return {url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`, heard};
}

test('a host gives the token to its relay, and a member that comes back gives it to nobody', async (t) => {
	const lab = new Lab(t);
	const relay = await lab.relay();
	const {url, heard} = await listenBetween(t, relay.url);
	const env = {PULSYNC_RELAY_TOKEN: token};
	const host = lab.start('ada', ['host', '--relay-url', url], env);
	const {invite} = await host.waitFor('ready');
	t.true(heard.some((text) => text.includes(token)));
	const member = await lab.join('bob', invite ?? '');
	await member.stop();
	heard.length = 0;
	const again = lab.start('bob', [], env);
	await again.waitFor('ready');
	// A member is ready before its relay is.
	await waitUntil('its word to the relay', () => heard.some((text) => text.includes('create_session')));
	t.false(heard.some((text) => text.includes(token)));
});
