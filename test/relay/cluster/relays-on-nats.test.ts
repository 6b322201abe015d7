/** Relays in this process on a real NATS server. */
import {type Relay, startRelay} from '../../../relay/start-relay.js';
import {encodeFrame} from '../../../source/protocol/frame.js';
import {maxTextBytes} from '../../../source/protocol/limits.js';
import {NatsServer} from '../../helpers/nats-server.js';
import {natsTest} from '../../helpers/nats-test.js';
import {createPeer, createSession, RawClient} from '../raw-client.js';

natsTest('who learns of a session from its founder finds it at once, on whichever relay', async (t) => {
	const nats = await NatsServer.start(t);
	const relays: Relay[] = [];
	for (let index = 0; index < 3; index++) {
		const relay = await startRelay({port: 0, host: '127.0.0.1', cluster: {url: nats.url}});
		t.teardown(() => relay.close());
		t.is(relay.cluster, 'joined');
		relays.push(relay);
	}

	for (let round = 0; round < 30; round++) {
		const founder = createPeer();
		const session = createSession(founder);
		const [one, other] = [relays[round % 3]!, relays[(round + 1) % 3]!];
		const first = await RawClient.enter(one.url, 'create_session', founder, session);
		const second = await RawClient.enter(other.url, 'join_session', createPeer(), session);
		await first.message('peer_joined');
		for (const {socket} of [first, second]) socket.terminate();
	}
});

natsTest('the largest messages and frames pass between relays', async (t) => {
	const nats = await NatsServer.start(t);
	const [one, two] = await Promise.all(
		[1, 2].map(async () => startRelay({port: 0, host: '127.0.0.1', cluster: {url: nats.url}})),
	);
	t.teardown(async () => Promise.all([one!.close(), two!.close()]));
	const [a, b] = [createPeer(), createPeer()] as const;
	const session = createSession(a);
	const first = await RawClient.enter(one!.url, 'create_session', a, session);
	const second = await RawClient.enter(two!.url, 'join_session', b, session);
	await first.message('peer_joined');
	const own = {session_id: session.sessionId, peer_id: a.peerId, target_peer_id: b.peerId};
	const object = {oid: 'a'.repeat(40), object_type: 'blob', size: 1, encoding: ['aes-256-gcm', 'base64']};
	const chunk = {type: 'git_objects_chunk', ...own, request_id: 1, chunk_index: 0, total_chunks: 0};
	const objects = Array.from({length: 3}, () => ({...object, data: 'A'.repeat(345_000)}));
	const text = JSON.stringify({...chunk, objects});
	first.socket.send(text);
	t.true(text.length <= maxTextBytes && text.length > 0.98 * maxTextBytes, String(text.length));
	t.is((await second.message('git_objects_chunk')).objects.length, 3);
	const window = {session_id: session.sessionId, generation: 1, window_bytes: 1_000_000};
	first.send({type: 'request_binary_proxy', ...window, peer_id: a.peerId, target_peer_id: b.peerId});
	await second.message('request_binary_proxy');
	second.send({type: 'binary_proxy_accepted', ...window, peer_id: b.peerId, target_peer_id: a.peerId});
	await first.message('binary_proxy_accepted');
	const sequence = {generation: 1, counter: 0};
	const data = Buffer.alloc(64 * 1024, 'x');
	first.socket.send(encodeFrame({sessionId: session.sessionId, peerId: b.peerId, sequence, data}));
	t.true((await second.frame()).subarray(-data.length).equals(data));
	for (const {socket} of [first, second]) socket.terminate();
});
