/** What several sockets may send together: each limit that they share, and who else is not held back by it. */
import test from 'ava';
import {type SomeLimits, withDefaults} from '../../relay/relay-limits.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {hubWith} from './fake-hub.js';
import {type FakeSocket} from './fake-sockets.js';
import {createPeer, createSession, type TestPeer, type TestSession} from './raw-client.js';

const here = '192.0.2.1';
const elsewhere = '203.0.113.7';

function limited(limits: SomeLimits) {
	return hubWith({limits: withDefaults({maxHandshakesOfNetwork: 1000}, limits)});
}

type Scene = ReturnType<typeof limited>;
type Pair = {readonly session: TestSession; readonly peers: readonly [TestPeer, TestPeer]};

/** A session, the socket of its founder and the one of another member, each from an address. */
function pairOn({enter}: Scene, from: string, to: string): Pair & {from: FakeSocket; to: FakeSocket} {
	const peers = [createPeer(), createPeer()] as const;
	const session = createSession(peers[0]);
	const sockets = {
		from: enter(peers[0], session, 'create_session', from),
		to: enter(peers[1], session, 'join_session', to),
	};
	return {session, peers, ...sockets};
}

function ids({session, peers}: Pair, sender: 0 | 1) {
	const [self, other] = [peers[sender], peers[sender === 0 ? 1 : 0]];
	return {session_id: session.sessionId, peer_id: self.peerId, target_peer_id: other.peerId};
}

type Says = readonly [FakeSocket, object];

/** Two sockets that together hit a limit, and some that must not feel it. */
const sharers: Record<
	'session' | 'address' | 'relay',
	(scene: Scene) => {own: [Says, Says]; others: Says[]}
> = {
	session(scene) {
		const [pair, other] = [pairOn(scene, here, elsewhere), pairOn(scene, here, elsewhere)];
		return {own: [says(pair, 0), says(pair, 1)], others: [says(other, 0), says(other, 1)]};
	},
	address(scene) {
		const [one, two] = [pairOn(scene, here, elsewhere), pairOn(scene, here, elsewhere)];
		return {own: [says(one, 0), says(two, 0)], others: [says(one, 1), says(two, 1)]};
	},
	relay(scene) {
		const [one, two] = [pairOn(scene, here, here), pairOn(scene, elsewhere, elsewhere)];
		return {own: [says(one, 0), says(two, 0)], others: []};
	},
};

/** A ping, and the socket that may say it. */
function says(pair: ReturnType<typeof pairOn>, sender: 0 | 1): Says {
	const {session_id, peer_id} = ids(pair, sender);
	return [sender === 0 ? pair.from : pair.to, {type: 'ping', session_id, peer_id, sent_at_ms: 1}];
}

const perSecond = 20;
/** What may go at once after a rest. */
const burst = 2 * perSecond;

for (const scope of ['session', 'address', 'relay'] as const) {
	test(`two sockets together hit the messages a second of one ${scope}, and are told when to go on`, (t) => {
		const none = {connection: 0, session: 0, address: 0, relay: 0};
		const scene = limited({messagesPerSecond: {...none, [scope]: perSecond}});
		const {hub, clock} = scene;
		const {own, others} = sharers[scope](scene);
		clock.advance(10_000);
		for (const [socket] of [...own, ...others]) socket.heard();
		for (let sent = 0; sent < burst; sent++) {
			const [socket, message] = own[sent % 2 === 0 ? 0 : 1];
			socket.say(message);
		}

		for (const [socket] of own) t.deepEqual(new Set(socket.heard()), new Set(['pong']));
		t.is(hub.counts.dropped.of('rate_limited'), 0, 'neither is over it by itself');
		for (const [socket, message] of own) {
			socket.say(message);
			const retry = {type: 'error', code: 'rate_limited', retry_after_ms: 1000 / perSecond};
			t.like(socket.messages, [retry]);
			t.is(socket.messages.length, 1);
			socket.heard();
		}

		t.deepEqual(hub.counts.dropped.all(), {rate_limited: 2});
		t.is(hub.counts.errors.of('rate_limited'), 2);
		for (const [socket, message] of others) {
			socket.say(message);
			t.deepEqual(socket.heard(), ['pong']);
		}

		clock.advance(1000 / perSecond);
		const [[first, message], [second, another]] = own;
		first.say(message);
		t.deepEqual(first.heard(), ['pong'], 'after that time one of them may go on');
		second.say(another);
		t.deepEqual(second.heard(), [], 'who was told within the last second is not told again');
		t.is(hub.counts.dropped.of('rate_limited'), 3);
	});
}

const windowBytes = 1_000_000;

function openTunnel(pair: ReturnType<typeof pairOn>): void {
	pair.from.say({type: 'request_binary_proxy', ...ids(pair, 0), generation: 1, window_bytes: windowBytes});
	pair.to.say({type: 'binary_proxy_accepted', ...ids(pair, 1), generation: 1, window_bytes: windowBytes});
	for (const socket of [pair.from, pair.to]) socket.heard();
}

function sendFrame({session, peers, from}: ReturnType<typeof pairOn>, counter: number, bytes: number): void {
	const sequence = {generation: 1, counter};
	const data = new Uint8Array(bytes);
	from.events.binary(encodeFrame({...session, peerId: peers[1].peerId, sequence, data}));
}

test('two sockets of one address share its bytes a second; its /64 is one address, and others are not held back', (t) => {
	for (const [one, two] of [
		[here, here],
		['2001:db8::1', '2001:db8::2:3'],
	] as const) {
		const scene = limited({bytesPerSecond: {address: 100_000}});
		const pairs = [pairOn(scene, one, elsewhere), pairOn(scene, two, elsewhere)] as const;
		const other = pairOn(scene, '198.51.100.9', elsewhere);
		for (const pair of [...pairs, other]) openTunnel(pair);
		scene.clock.advance(10_000);
		// Half a second's worth may go at once: each alone is within it, both together are not.
		for (const pair of [...pairs, other]) sendFrame(pair, 0, 40_000);
		for (const pair of [...pairs, other]) {
			t.is(pair.to.frames.length, 1, 'data goes on at once');
			pair.to.say({type: 'binary_proxy_credit', ...ids(pair, 1), generation: 1, bytes: 40_000});
		}

		for (const {from} of pairs) {
			t.like(from.messages, [{type: 'limited', scope: 'address', bytes_per_second: 100_000}]);
			t.is(from.messages.length, 1, 'and no credit yet');
		}

		t.deepEqual(other.from.heard(), ['binary_proxy_credit']);
		t.is(scene.hub.counts.held.of('address'), 2);
		for (const {from} of pairs) from.heard();
		// 80,000 bytes came, 50,000 were free; then the second credit is given out behind the first, at the rate.
		scene.clock.advance(290);
		t.deepEqual([...pairs[0].from.heard(), ...pairs[1].from.heard()], []);
		scene.clock.advance(1000);
		for (const {from} of pairs) t.deepEqual(from.heard(), ['binary_proxy_credit']);
	}
});

test('the bytes of a day of one address are used up by all of its sockets, and those of others are not', (t) => {
	const dayMs = 24 * 60 * 60 * 1000;
	const scene = limited({bytesPerDay: {address: 100_000}});
	const pairs = [pairOn(scene, here, elsewhere), pairOn(scene, here, elsewhere)] as const;
	const other = pairOn(scene, '198.51.100.9', elsewhere);
	for (const pair of [...pairs, other]) openTunnel(pair);
	for (const pair of [...pairs, other]) sendFrame(pair, 0, 60_000);
	t.is(pairs[0].to.frames.length, 1);
	t.is(pairs[1].to.frames.length, 0, 'together they are over it');
	t.is(other.to.frames.length, 1);
	const refused = {code: 'rate_limited', in_reply_to: 'binary_frame', retry_after_ms: dayMs};
	t.like(pairs[1].from.messages, [refused, {type: 'binary_proxy_closed', reason: 'rate_limited'}]);
	t.deepEqual(pairs[1].to.heard(), ['binary_proxy_closed']);
	sendFrame(pairs[0], 1, 10);
	t.deepEqual(pairs[0].from.heard(), ['rate_limited', 'binary_proxy_closed'], 'the first one neither');
	sendFrame(other, 1, 10);
	t.is(other.to.frames.length, 2);
	t.deepEqual(scene.hub.counts.dropped.all(), {over_limit: 2});
	t.is(scene.hub.counters().tunnels, 1);

	const late = pairOn(scene, here, elsewhere);
	late.from.heard();
	late.from.say({type: 'request_binary_proxy', ...ids(late, 0), generation: 1, window_bytes: 1000});
	t.deepEqual(late.from.heard(), ['rate_limited'], 'a new socket changes nothing');
	late.from.say({type: 'p2p_connection_request', ...ids(late, 0)});
	t.deepEqual(late.to.heard().at(-1), 'p2p_connection_request', 'introductions go on');
	scene.clock.advance(dayMs);
	late.from.say({type: 'request_binary_proxy', ...ids(late, 0), generation: 1, window_bytes: 1000});
	t.deepEqual(late.to.heard(), ['request_binary_proxy'], 'the next day everything does');
});
