import {once} from 'node:events';
import {type AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {type WebSocket, WebSocketServer} from 'ws';
import {startRelay} from '../../relay/start-relay.js';
import {Failure} from '../../source/protocol/failure.js';
import {createIdentity} from '../../source/transport/identity.js';
import {
	connectRelay,
	type RelayConnection,
	type RelayOptions,
	RelaySocket,
} from '../../source/transport/relay-socket.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';
import {createPerson} from './support/peers.js';
import {enter, openScene} from './support/relay-peers.js';

function optionsFor(url: string, changes: Partial<RelayOptions> = {}): RelayOptions {
	const identity = createIdentity();
	const {sessionId, admissionToken} = deriveSession({
		secret: createSecret(),
		founderPublicKey: identity.publicKey,
	});
	return {
		url,
		identity,
		instance: 'f00d',
		name: 'Ada',
		session: {sessionId, admissionToken, founderKey: identity.publicKey},
		mode: 'create',
		callbacks: {message: () => {}, carrierRequested: () => {}, closed: () => {}},
		...changes,
	};
}

const rejection = async (connecting: Promise<unknown>): Promise<Failure> => {
	try {
		await connecting;
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
	throw new Error('It connected.');
};

test('Founder and member meet: each learns of the other, and who founded', async (t) => {
	const scene = await openScene();
	const {leader, follower} = scene;
	t.is(leader.connection.founderKey, scene.founderKey);
	t.is(follower.connection.founderKey, scene.founderKey);
	t.deepEqual(leader.connection.peers, []);
	t.deepEqual(follower.connection.peers, [
		{
			peerId: leader.person.identity.peerId,
			publicKey: leader.person.identity.publicKey,
			name: leader.person.name,
			instance: leader.person.instance,
		},
	]);
	t.like(leader.messages[0], {type: 'peer_joined', from_peer_id: follower.person.identity.peerId});
	t.is(leader.connection.observed.ip, '127.0.0.1');
	t.true(leader.connection.rttMs >= 0);
	follower.connection.close('over');
	await leader.heard('peer_left');
	t.deepEqual(follower.ends, [{code: 'closed', reason: 'over'}]);
	await scene.stop();
});

test('Binary frames come back from a relay that passes them', async (t) => {
	const scene = await openScene();
	t.true(await scene.leader.connection.binaryPasses());
	t.true(await scene.leader.connection.binaryPasses());
	await scene.stop();
});

test('A later socket of the same peer replaces the earlier, which is told so', async (t) => {
	const scene = await openScene();
	const {keys, founderKey, leader} = scene;
	const elsewhere = {...leader.person, instance: 'elsewhere'};
	const again = await enter(scene.relay.url, elsewhere, {keys, founderKey, mode: 'create'});
	t.is((await leader.ended()).code, 'replaced');
	again.connection.close('over');
	await scene.stop();
});

test('Who is replaced by a connection of its own has lost one, and may connect again', async (t) => {
	const scene = await openScene();
	const {keys, founderKey, leader} = scene;
	const again = await enter(scene.relay.url, leader.person, {keys, founderKey, mode: 'create'});
	const reason = 'another connection of this program took its place';
	t.deepEqual(await leader.ended(), {code: 'relay_closed', reason});
	again.connection.close('over');
	await scene.stop();
});

test('A relay that shuts down says so', async (t) => {
	const scene = await openScene();
	await scene.relay.close();
	t.is((await scene.follower.ended()).code, 'shutting_down');
	await scene.stop();
});

test('Who has another secret, or names an unknown session, is not admitted, for good', async (t) => {
	const scene = await openScene();
	const stranger = createPerson('Mallory');
	const wrong = deriveSession({secret: createSecret(), founderPublicKey: scene.founderKey});
	for (const sessionId of [scene.keys.sessionId, wrong.sessionId]) {
		const failure = await rejection(
			connectRelay(
				optionsFor(scene.relay.url, {
					identity: stranger.identity,
					session: {sessionId, admissionToken: wrong.admissionToken},
					mode: 'join',
				}),
			),
		);
		t.like(failure, {code: 'not_admitted', severity: 'fatal'});
	}
	await scene.stop();
});

test('A relay that nobody runs is unreachable, and so is what is no address', async (t) => {
	const relay = await startRelay({host: '127.0.0.1', port: 0});
	const {url} = relay;
	await relay.close();
	t.like(await rejection(connectRelay(optionsFor(url))), {
		code: 'relay_unreachable',
		details: {reason: 'ECONNREFUSED'},
	});
	t.is((await rejection(connectRelay(optionsFor('not a url')))).code, 'relay_unreachable');
	t.is((await rejection(connectRelay(optionsFor('http://[')))).code, 'relay_unreachable');
});

test('A server that is no relay is unreachable too', async (t) => {
	const relay = await startRelay({host: '127.0.0.1', port: 0});
	const failure = await rejection(connectRelay(optionsFor(relay.url.replace('/ws', '/healthz'))));
	t.is(failure.code, 'relay_unreachable');
	await relay.close();
});

test('Aborting while it connects rejects with the reason', async (t) => {
	const relay = await startRelay({host: '127.0.0.1', port: 0});
	const abort = new AbortController();
	const connecting = rejection(connectRelay(optionsFor(relay.url, {signal: abort.signal})));
	abort.abort(new Failure('aborted', {details: {reason: 'test'}}));
	t.like(await connecting, {code: 'aborted', details: {reason: 'test'}});
	const late = await rejection(connectRelay(optionsFor(relay.url, {signal: abort.signal})));
	t.is(late.code, 'aborted');
	await relay.close();
});

test('TURN credentials that come with a pong take the place of those before', async (t) => {
	const server = new WebSocketServer({host: '127.0.0.1', port: 0});
	t.teardown(() => server.close());
	const relay = {
		...{max_frame_bytes: 1, max_text_bytes: 1, max_window_bytes: 1, max_peers: 2, bytes_per_second: 0},
		...{stun: ['stun:a:1'], turn: [{url: 'turn:a:1', credential: 'old'}], reflectors: []},
		...{observed_ip: '127.0.0.1', observed_port: 1},
	};
	server.on('connection', (socket: WebSocket) => {
		const say = (message: object) => socket.send(JSON.stringify(message));
		say({type: 'welcome', nonce: 'n'.repeat(43), versions: [1, 1]});
		socket.once('message', (text: Buffer) => {
			const {session_id, peer_id} = JSON.parse(text.toString()) as Record<string, string>;
			say({type: 'session_created', session_id, peer_id, peers: [], relay});
			say({type: 'pong', sent_at_ms: 0, turn: [{url: 'turn:a:1', credential: 'new'}]});
			say({type: 'pong', sent_at_ms: 0});
			say({type: 'peer_left', session_id, from_peer_id: peer_id, reason: 'done'});
		});
	});
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	let heard = () => {};
	const left = new Promise<void>((resolve) => (heard = resolve));
	const callbacks = {message: () => heard(), carrierRequested: () => {}, closed: () => {}};
	const connection = await connectRelay(optionsFor(`ws://127.0.0.1:${port}/ws`, {callbacks}));
	await left;
	t.deepEqual(connection.limits.turn, [{url: 'turn:a:1', credential: 'new'}]);
	t.deepEqual(connection.limits.stun, ['stun:a:1']);
	connection.close('over');
});

test('Text is masked anew each time, sealed bytes are not: both arrive as they were', async (t) => {
	const server = new WebSocketServer({host: '127.0.0.1', port: 0});
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const wire: Buffer[] = [];
	const messages: string[] = [];
	const arrived = new Promise<void>((resolve) => {
		server.on('connection', (peer, request) => {
			request.socket.on('data', (chunk: Buffer) => wire.push(chunk));
			peer.on('message', (data: Buffer) => {
				if (messages.push(data.toString()) === 4) resolve();
			});
		});
	});
	const socket = new RelaySocket(`ws://127.0.0.1:${port}/ws`);
	const opened = once(server, 'connection');
	socket.onText = () => {};
	await opened;
	const sent = ['"text"', '"more"'];
	while (socket.localAddress === undefined) await new Promise((resolve) => setImmediate(resolve));
	for (const [at, text] of sent.entries()) {
		socket.send(text);
		socket.send(Buffer.from(`bytes${at}`));
	}
	await arrived;
	t.deepEqual(messages, ['"text"', 'bytes0', '"more"', 'bytes1']);
	// [FIN and opcode][mask bit and length][mask:4][6 bytes]
	const frames = Buffer.concat(wire);
	const masks = [0, 1, 2, 3].map((index) => frames.toString('hex', index * 12 + 2, index * 12 + 6));
	t.deepEqual([masks[1], masks[3]], ['00000000', '00000000']);
	t.not(masks[0], '00000000');
	t.not(masks[0], masks[2]);
	socket.terminate();
	server.close();
});

/** A relay that says all this behind its answer, in one write; `after` are bytes as they are. */
async function relayThatSays(
	t: ExecutionContext,
	messages: readonly object[],
	after = Buffer.alloc(0),
): Promise<string> {
	const server = new WebSocketServer({host: '127.0.0.1', port: 0});
	t.teardown(() => {
		for (const socket of server.clients) socket.terminate();
		server.close();
	});
	const relay = {
		...{max_frame_bytes: 1, max_text_bytes: 1, max_window_bytes: 1, max_peers: 2, bytes_per_second: 0},
		...{stun: [], turn: [], reflectors: [], observed_ip: '127.0.0.1', observed_port: 1},
	};
	server.on('connection', (socket: WebSocket, request) => {
		const say = (message: object) => socket.send(JSON.stringify(message));
		say({type: 'welcome', nonce: 'n'.repeat(43), versions: [1, 1]});
		socket.once('message', (text: Buffer) => {
			const {session_id, peer_id} = JSON.parse(text.toString()) as Record<string, string>;
			request.socket.cork();
			say({type: 'session_created', session_id, peer_id, peers: [], relay});
			for (const message of messages) say({session_id, ...message});
			request.socket.write(after);
			request.socket.uncork();
		});
	});
	await once(server, 'listening');
	return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
}

test('What comes in several reads behind the answer is told in its order', async (t) => {
	const other = createIdentity();
	const {publicKey: public_key, peerId: from_peer_id} = other;
	const joined = {type: 'peer_joined', from_peer_id, public_key, name: 'Bob', instance: 'one'};
	// More than one read of a socket takes.
	const filling = {type: 'of_a_later_version', text: 'x'.repeat(70_000)};
	const url = await relayThatSays(t, [joined, filling, {type: 'peer_left', from_peer_id, reason: 'left'}]);
	const told: string[] = [];
	const connection = await new Promise<RelayConnection>((resolve, reject) => {
		let opened: RelayConnection | undefined;
		const message = ({type}: {type: string}) => {
			told.push(type);
			if (told.length === 2 && opened) resolve(opened);
		};
		const callbacks = {message, carrierRequested: () => {}, closed: () => {}};
		connectRelay(optionsFor(url, {callbacks})).then((open) => (opened = open), reject);
	});
	t.deepEqual(told, ['peer_joined', 'peer_left']);
	connection.close('over');
});

test('A connection that ends by what comes behind the answer was never one', async (t) => {
	const url = await relayThatSays(t, [], Buffer.from([0xff, 0xff, 0xff, 0xff]));
	let ends = 0;
	const callbacks = {message: () => {}, carrierRequested: () => {}, closed: () => ends++};
	t.is((await rejection(connectRelay(optionsFor(url, {callbacks})))).code, 'relay_closed');
	t.is(ends, 0);
});
