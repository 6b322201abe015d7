import test from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {createPeer, createSession, RawClient} from './raw-client.js';

test('a relay that drains says no at /readyz, ends tunnels, spreads the way back, and is gone within 10 s', async (t) => {
	const relay = await startRelay({port: 0, host: '127.0.0.1'});
	const [founder, guest] = [createPeer(), createPeer()];
	const session = createSession(founder);
	const host = await RawClient.enter(relay.url, 'create_session', founder, session);
	const other = await RawClient.enter(relay.url, 'join_session', guest, session);
	const ask = {session_id: session.sessionId, generation: 1, window_bytes: 1000};
	host.send({type: 'request_binary_proxy', ...ask, peer_id: founder.peerId, target_peer_id: guest.peerId});
	await other.message('request_binary_proxy');
	other.send({type: 'binary_proxy_accepted', ...ask, peer_id: guest.peerId, target_peer_id: founder.peerId});
	await host.message('binary_proxy_accepted');
	const startedAt = performance.now();
	const drained = relay.drain();
	const ready = await fetch(`http://127.0.0.1:${relay.port}/readyz`);
	t.is(ready.status, 503);
	const late = new RawClient(relay.url);
	for (const client of [host, other]) {
		t.is((await client.message('binary_proxy_closed')).reason, 'shutting_down');
		const {code, retry_after_ms: retryAfterMs = 0} = await client.message('error');
		t.is(code, 'shutting_down');
		t.true(retryAfterMs >= 500 && retryAfterMs <= 5_000, String(retryAfterMs));
		t.is((await client.end()).code, 1012);
	}

	t.like(await late.message('error'), {code: 'shutting_down'});
	await drained;
	t.true(performance.now() - startedAt < 10_000);
});

test('a client that does not read cannot hold a drain up', async (t) => {
	const relay = await startRelay({port: 0, host: '127.0.0.1'});
	const founder = createPeer();
	const client = await RawClient.enter(relay.url, 'create_session', founder, createSession(founder));
	client.socket.pause();
	const startedAt = performance.now();
	await relay.drain();
	t.true(performance.now() - startedAt < 10_000);
	client.socket.terminate();
});
