/** A client without manners, on a real socket: each rudeness has its documented answer, and everybody else goes on. */
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {type Relay, startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {maxFrameBytes, maxTextBytes} from '../../source/protocol/limits.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

/** A relay with two well-behaved peers that have a tunnel, and a third one of bad manners. */
async function relayWithPeers(t: ExecutionContext) {
	const relay = await startRelay({port: 0, host: '127.0.0.1'});
	t.teardown(() => relay.close());
	const peers = [createPeer(), createPeer(), createPeer()] as const;
	const session = createSession(peers[0]);
	const host = await RawClient.enter(relay.url, 'create_session', peers[0], session);
	const guest = await RawClient.enter(relay.url, 'join_session', peers[1], session);
	const rude = await RawClient.enter(relay.url, 'join_session', peers[2], session);
	for (const client of [host, host, guest]) await client.message('peer_joined');
	const own = (index: 0 | 1 | 2) => ({session_id: session.sessionId, peer_id: peers[index].peerId});
	const window = {generation: 1, window_bytes: 1_000_000};
	host.send({type: 'request_binary_proxy', ...own(0), target_peer_id: peers[1].peerId, ...window});
	await guest.message('request_binary_proxy');
	guest.send({type: 'binary_proxy_accepted', ...own(1), target_peer_id: peers[0].peerId, ...window});
	await host.message('binary_proxy_accepted');
	let counter = 0;
	/** The two others still reach each other, by text and by frame. */
	const goOn = async () => {
		const data = Buffer.from('still here');
		const sequence = {generation: 1, counter: counter++};
		const {sessionId} = session;
		host.socket.send(encodeFrame({sessionId, peerId: peers[1].peerId, sequence, data}));
		t.true((await guest.frame()).includes('still here'));
		guest.send({
			type: 'peer_message',
			...own(1),
			target_peer_id: peers[0].peerId,
			channel: '1',
			sequence: 0,
			body: '',
		});
		t.is((await host.message('peer_message')).from_peer_id, peers[1].peerId);
		t.is(guest.messages.length + guest.frames.length, 0, 'nothing else reached the guest');
	};

	return {relay, peers, session, host, guest, rude, own, goOn};
}

type Setting = Awaited<ReturnType<typeof relayWithPeers>>;

const oid = '0'.repeat(40);
const object = {oid, object_type: 'blob', size: 3, encoding: ['base64'], data: 'YWJj'};
const chunk = {type: 'git_objects_chunk', request_id: 1, chunk_index: 0, total_chunks: 1, objects: [object]};

const rudeTexts: ReadonlyArray<[string, (setting: Setting) => string, string]> = [
	['no JSON', () => 'hello', 'bad_message'],
	['an empty text', () => '', 'bad_message'],
	['an array', () => '[]', 'bad_message'],
	['deep JSON', () => '{"type":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}', 'bad_message'],
	['deep JSON in ext', ({own}) => withExt(own(2), `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`), 'bad_message'],
	['a large ext', ({own}) => withExt(own(2), JSON.stringify({a: 'x'.repeat(5000)})), 'bad_message'],
	['a type that is a number', () => '{"type":1}', 'bad_message'],
	['an unknown type', () => '{"type":"kick_user"}', 'unknown_type'],
	['a message that only the relay sends', () => '{"type":"welcome"}', 'unknown_type'],
	['missing fields', ({own}) => JSON.stringify({type: 'peer_message', ...own(2)}), 'bad_message'],
	['wrong types', ({own}) => JSON.stringify({type: 'ping', ...own(2), sent_at_ms: 'now'}), 'bad_message'],
	[
		"another's peer_id",
		({own}) => JSON.stringify({type: 'ping', ...own(0), sent_at_ms: 1}),
		'peer_id_mismatch',
	],
	[
		"another's peer_id to leave",
		({own}) => JSON.stringify({type: 'leave_session', ...own(0)}),
		'peer_id_mismatch',
	],
	[
		'another session',
		({own}) => JSON.stringify({type: 'ping', ...own(2), session_id: 'z'.repeat(26), sent_at_ms: 1}),
		'peer_id_mismatch',
	],
	[
		'a message to nobody',
		({own}) => addressed(own(2), 'z'.repeat(26), {type: 'peer_message', channel: '1', sequence: 0, body: ''}),
		'unknown_peer',
	],
	[
		'broken base64',
		({own, peers}) => addressed(own(2), peers[1].peerId, {...chunk, objects: [{...object, data: 'YW*j'}]}),
		'bad_message',
	],
	[
		'an object of another size',
		({own, peers}) => addressed(own(2), peers[1].peerId, {...chunk, objects: [{...object, size: 9}]}),
		'bad_message',
	],
	[
		'a chunk out of range',
		({own, peers}) => addressed(own(2), peers[1].peerId, {...chunk, chunk_index: 1}),
		'bad_message',
	],
	['text above the limit', () => JSON.stringify({type: 'x'.repeat(maxTextBytes)}), 'frame_too_large'],
	[
		'accepting what nobody asked',
		({own, peers}) =>
			addressed(own(2), peers[1].peerId, {type: 'binary_proxy_accepted', generation: 1, window_bytes: 1}),
		'no_tunnel',
	],
];

function withExt(own: object, ext: string): string {
	return JSON.stringify({type: 'ping', ...own, sent_at_ms: 1}).replace(/}$/, `,"ext":${ext}}`);
}

function addressed(own: object, target_peer_id: string, message: object): string {
	return JSON.stringify({...message, ...own, target_peer_id});
}

for (const [description, text, code] of rudeTexts) {
	test(`${description} is ${code}, and the relay, this socket and the others go on`, async (t) => {
		const setting = await relayWithPeers(t);
		setting.rude.socket.send(text(setting));
		t.is(await setting.rude.errorCode(), code);
		setting.rude.send({type: 'ping', ...setting.own(2), sent_at_ms: 7});
		t.is((await setting.rude.message('pong')).sent_at_ms, 7);
		await setting.goOn();
	});
}

const rudeFrames: ReadonlyArray<[string, (setting: Setting) => Uint8Array, string]> = [
	['an empty frame', () => new Uint8Array(), 'bad_message'],
	['random bytes', () => Uint8Array.of(200, 1, 2, 3), 'bad_message'],
	[
		'a frame for a tunnel that others have',
		({session, peers}) => frameTo(session.sessionId, peers[1].peerId),
		'no_tunnel',
	],
	['a frame to nobody', ({session}) => frameTo(session.sessionId, 'z'.repeat(26)), 'unknown_peer'],
	['a frame of another session', ({peers}) => frameTo('z'.repeat(26), peers[1].peerId), 'peer_id_mismatch'],
	['a frame above the limit', () => new Uint8Array(maxFrameBytes + 1), 'frame_too_large'],
];

function frameTo(sessionId: string, peerId: string): Uint8Array {
	return encodeFrame({sessionId, peerId, sequence: {generation: 1, counter: 0}, data: new Uint8Array(10)});
}

for (const [description, bytes, code] of rudeFrames) {
	test(`${description} is ${code}, and the relay, this socket and the others go on`, async (t) => {
		const setting = await relayWithPeers(t);
		setting.rude.socket.send(bytes(setting));
		t.is(await setting.rude.errorCode(), code);
		setting.rude.send({type: 'ping', ...setting.own(2), sent_at_ms: 7});
		t.is((await setting.rude.message('pong')).sent_at_ms, 7);
		await setting.goOn();
	});
}

for (const [kind, payload] of [
	['binary', new Uint8Array(10_000_000)],
	['text', 'x'.repeat(10_000_000)],
] as const) {
	test(`a ${kind} frame of 10 MB is told frame_too_large, then closed with 1009, and the others go on`, async (t) => {
		const setting = await relayWithPeers(t);
		setting.rude.socket.send(payload);
		t.is(await setting.rude.errorCode(), 'frame_too_large');
		t.is((await setting.rude.end()).code, 1009);
		t.is((await setting.guest.message('peer_left')).from_peer_id, setting.peers[2].peerId);
		await setting.host.message('peer_left');
		await setting.goOn();
	});
}

test('a text that is not UTF-8 closes its socket alone', async (t) => {
	const setting = await relayWithPeers(t);
	setting.rude.socket.send(Buffer.from([0xc3, 0x28]), {binary: false});
	t.is((await setting.rude.end()).code, 1007);
	await setting.guest.message('peer_left');
	await setting.goOn();
});

test('bytes that are no WebSocket frame close their socket alone', async (t) => {
	const setting = await relayWithPeers(t);
	const socket = await upgraded(setting.relay);
	socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
	await new Promise((resolve) => socket.on('close', resolve).resume());
	await setting.goOn();
});

test('a socket that is cut in the middle of a frame leaves the session', async (t) => {
	const setting = await relayWithPeers(t);
	setting.rude.socket.send(new Uint8Array(500_000));
	setting.rude.socket.terminate();
	t.is((await setting.guest.message('peer_left')).reason, 'lost');
	await setting.goOn();
});

test("a peer cannot send over a tunnel in another's name", async (t) => {
	const setting = await relayWithPeers(t);
	const {session, peers, rude, guest, own} = setting;
	rude.send({
		type: 'request_binary_proxy',
		...own(2),
		target_peer_id: peers[1].peerId,
		generation: 1,
		window_bytes: 100,
	});
	await guest.message('request_binary_proxy');
	guest.send({
		type: 'binary_proxy_accepted',
		...own(1),
		target_peer_id: peers[2].peerId,
		generation: 1,
		window_bytes: 100,
	});
	await rude.message('binary_proxy_accepted');
	rude.socket.send(frameTo(session.sessionId, peers[1].peerId));
	const frame = await guest.frame();
	t.true(frame.includes(peers[2].peerId));
	t.false(frame.includes(peers[0].peerId));
	await setting.goOn();
});

test('who does not prove its peer_id in time is closed', async (t) => {
	const relay = await startRelay({port: 0, host: '127.0.0.1', times: {handshakeDeadlineMs: 100}});
	t.teardown(() => relay.close());
	const client = new RawClient(relay.url);
	await client.message('welcome');
	t.is((await client.end()).code, 1008);
});

test('a socket that answers no ping is found and given up', async (t) => {
	const times = {pingIntervalMs: 500, deadAfterMs: 1_500};
	const relay = await startRelay({port: 0, host: '127.0.0.1', times});
	t.teardown(() => relay.close());
	const founder = createPeer();
	const session = createSession(founder);
	const living = await RawClient.enter(relay.url, 'create_session', founder, session);
	const dead = new RawClient(relay.url, {autoPong: false});
	const peer = createPeer();
	const {nonce} = await dead.message('welcome');
	dead.send(handshake('join_session', peer, session, nonce));
	await dead.message('session_joined');
	t.is((await living.message('peer_left')).reason, 'silent');
	t.is((await dead.end()).code, 1006);
	t.is(living.closed, undefined);
});

/** A bare TCP connection on which the upgrade to WebSocket has been made. */
async function upgraded({port}: Relay): Promise<net.Socket> {
	const socket = net.connect(port, '127.0.0.1');
	const lines = [
		'GET /ws HTTP/1.1',
		'Host: relay',
		'Connection: Upgrade',
		'Upgrade: websocket',
		'Sec-WebSocket-Version: 13',
		'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
	];
	socket.write(lines.join('\r\n') + '\r\n\r\n');
	await new Promise((resolve) => socket.once('data', resolve));
	return socket;
}
