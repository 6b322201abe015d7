/** A relay connection after a change of the network: asked at once, and ended where it does not live. */
import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import test from 'ava';
import {waitUntil} from '../helpers/wait.js';
import {createPair} from './support/peers.js';
import {enter, openScene} from './support/relay-peers.js';

/** A wire that can stop carrying without a word, as after a change of networks. */
async function layWire(target: string) {
	const {hostname, port} = new URL(target);
	const sockets: Socket[] = [];
	const server = createServer((near) => {
		const far = connect(Number(port), hostname);
		sockets.push(near, far);
		near.pipe(far).on('error', () => {});
		far.pipe(near).on('error', () => {});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
		hold() {
			for (const socket of sockets) socket.unpipe().pause();
		},
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

async function openWired() {
	const scene = await openScene();
	const wire = await layWire(scene.relay.url);
	const {keys, founderKey} = scene;
	const peer = await enter(wire.url, createPair()[0], {keys, founderKey, mode: 'join'});
	return {
		wire,
		peer,
		stop: async () => {
			peer.connection.close('over');
			await wire.close();
			await scene.stop();
		},
	};
}

test('One that lives goes on, however often it is asked', async (t) => {
	const {peer, stop} = await openWired();
	for (let times = 0; times < 5; times++) peer.connection.probe(['192.0.2.1']);
	const before = peer.connection.rttMs;
	await waitUntil('an answer', () => peer.connection.rttMs !== before);
	t.true(await peer.connection.binaryPasses());
	t.deepEqual(peer.ends, []);
	await stop();
});

test('One that says nothing is ended after three seconds, not fifteen', async (t) => {
	const {peer, wire, stop} = await openWired();
	wire.hold();
	const since = performance.now();
	peer.connection.probe([]);
	t.deepEqual(await peer.ended(), {code: 'relay_closed', reason: 'silent after a change of network'});
	const tookMs = performance.now() - since;
	t.true(tookMs > 2900 && tookMs < 6000, `${tookMs} ms`);
	await stop();
});

test('One over an address that is gone is ended at once', async (t) => {
	const {peer, stop} = await openWired();
	peer.connection.probe(['192.0.2.1', '127.0.0.1']);
	t.deepEqual(peer.ends, [{code: 'relay_closed', reason: 'this machine lost its address'}]);
	await stop();
});
