/** One peer that does not read costs bounded memory and nobody else's speed. */
import test from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {maxDataBytes, maxWindowBytes} from '../../source/protocol/limits.js';
import {createPeer, createSession, RawClient, type TestPeer} from './raw-client.js';

const maxWaitingBytes = 2 * maxWindowBytes;

test('a stalled reader is given up at a bound, while the tunnel beside it goes on', async (t) => {
	const relay = await startRelay({port: 0, host: '127.0.0.1'});
	t.teardown(() => relay.close());
	const [sender, stalled, reader] = [createPeer(), createPeer(), createPeer()] as const;
	const session = createSession(sender);
	const {sessionId} = session;
	const from = await RawClient.enter(relay.url, 'create_session', sender, session);
	const deaf = await RawClient.enter(relay.url, 'join_session', stalled, session);
	const to = await RawClient.enter(relay.url, 'join_session', reader, session);
	t.teardown(() => deaf.socket.terminate());

	const openTunnel = async (client: RawClient, peer: TestPeer) => {
		const window = {session_id: sessionId, generation: 1, window_bytes: maxWindowBytes};
		from.send({type: 'request_binary_proxy', ...window, peer_id: sender.peerId, target_peer_id: peer.peerId});
		await client.message('request_binary_proxy');
		client.send({
			type: 'binary_proxy_accepted',
			...window,
			peer_id: peer.peerId,
			target_peer_id: sender.peerId,
		});
		await from.message('binary_proxy_accepted');
	};

	await openTunnel(deaf, stalled);
	await openTunnel(to, reader);
	deaf.socket.pause();
	const data = new Uint8Array(maxDataBytes);
	const send = (peer: TestPeer, counter: number) => {
		const sequence = {generation: 1, counter};
		from.socket.send(encodeFrame({sessionId, peerId: peer.peerId, sequence, data}));
	};

	const windowFrames = maxWindowBytes / maxDataBytes;
	for (let counter = 0; counter < windowFrames; counter++) {
		send(stalled, counter);
		send(reader, counter);
	}

	for (let counter = 0; counter < windowFrames; counter++) await to.frame();
	t.is(relay.counters().tooSlow, 0, 'what was granted fits');
	t.true(relay.counters().waitingBytes <= maxWaitingBytes);

	const own = {session_id: sessionId, peer_id: sender.peerId, target_peer_id: stalled.peerId};
	const body = Buffer.alloc(maxDataBytes).toString('base64');
	for (let sequence = 0; sequence < 400 && relay.counters().tooSlow === 0; sequence++) {
		from.send({type: 'peer_message', ...own, channel: '1', sequence, body});
		from.send({type: 'ping', session_id: sessionId, peer_id: sender.peerId, sent_at_ms: sequence});
		await from.message('pong');
		t.true(relay.counters().waitingBytes <= maxWaitingBytes);
	}

	t.is(relay.counters().tooSlow, 1);
	t.like(await to.message('peer_left'), {from_peer_id: stalled.peerId, reason: 'too_slow'});
	t.like(await from.message('binary_proxy_closed'), {from_peer_id: stalled.peerId});
	t.is(relay.counters().waitingBytes, 0);
});
