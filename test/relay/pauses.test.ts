/** Each limit of bytes a second counts what it holds back, and for how long. */
import test from 'ava';
import {withDefaults} from '../../relay/relay-limits.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {hubWith} from './fake-hub.js';
import {createPeer, createSession} from './raw-client.js';

const [founder, guest] = [createPeer(), createPeer()];
const session = createSession(founder);

for (const limit of ['connection', 'session', 'address', 'relay'] as const) {
	test(`credit that the bytes a second of one ${limit} hold back is counted, with how long it was`, (t) => {
		const {enter, clock, hub} = hubWith({limits: withDefaults({bytesPerSecond: {[limit]: 100_000}})});
		const [from, to] = [enter(founder, session, 'create_session'), enter(guest, session)];
		const ask = {window_bytes: 100_000};
		const ids = {session_id: session.sessionId, generation: 1};
		const there = {...ids, peer_id: founder.peerId, target_peer_id: guest.peerId};
		const back = {...ids, peer_id: guest.peerId, target_peer_id: founder.peerId};
		from.say({type: 'request_binary_proxy', ...there, ...ask});
		to.say({type: 'binary_proxy_accepted', ...back, ...ask});
		clock.advance(10_000);
		const sequence = {generation: 1, counter: 0};
		const data = new Uint8Array(60_000);
		from.events.binary(encodeFrame({...session, peerId: guest.peerId, sequence, data}));
		from.heard();
		to.say({type: 'binary_proxy_credit', ...back, bytes: 60_000});
		const [told] = from.messages;
		if (told?.type !== 'limited') return t.fail(JSON.stringify(told));
		t.deepEqual(hub.counts.held.all(), {[limit]: 1});
		t.deepEqual(hub.counts.heldMs.all(), {[limit]: told.wait_ms});
		clock.advance(told.wait_ms - 1);
		t.deepEqual(from.heard(), ['limited']);
		clock.advance(1);
		t.deepEqual(from.heard(), ['binary_proxy_credit'], 'it was held back as long as it is counted for');
	});
}
