import test from 'ava';
import {withDefaults} from '../../relay/relay-limits.js';
import {defaultTimes} from '../../relay/hub.js';
import {hubWith, nonce} from './fake-hub.js';
import {type FakeSocket} from './fake-sockets.js';
import {createPeer, createSession, handshake} from './raw-client.js';

const founder = createPeer();
const session = createSession(founder);

test('a socket that says nothing is closed after the handshake deadline', (t) => {
	const {open, pass} = hubWith();
	const socket = open();
	pass(9, [socket]);
	t.is(socket.ended, undefined);
	pass(2, [socket]);
	t.is(socket.ended, 'closed 1008 no handshake in time');
});

test('a socket that has entered stays, as long as it is heard', (t) => {
	const {enter, pass} = hubWith();
	const socket = enter(founder, session, 'create_session');
	t.deepEqual(socket.heard(), ['session_created']);
	pass(100, [socket]);
	t.is(socket.ended, undefined);
	t.is(socket.pings, 20);
});

test('a silent socket is given up after 15 s, and the others are told', (t) => {
	const {enter, pass, hub} = hubWith();
	const silent = enter(founder, session, 'create_session');
	const other = enter(createPeer(), session);
	other.heard();
	pass(14, [other]);
	t.is(silent.ended, undefined);
	pass(3, [other]);
	t.is(silent.ended, 'terminated');
	t.like(other.messages, [{type: 'peer_left', from_peer_id: founder.peerId, reason: 'silent'}]);
	t.is(hub.counters().silent, 1);
});

test('after a sleep of the relay everybody gets a fresh period', (t) => {
	const {enter, pass, clock} = hubWith();
	const socket = enter(founder, session, 'create_session');
	pass(10);
	clock.advance(60_000);
	pass(14);
	t.is(socket.ended, undefined);
	pass(2);
	t.is(socket.ended, 'terminated');
});

const stranger = createPeer();
const wrongToken = {...session, token: createSession(founder).token};
const notAdmitted: ReadonlyArray<[string, (type: 'create_session' | 'join_session') => object]> = [
	[
		'an unknown session',
		(type) => handshake(type, stranger, {...createSession(stranger), founderKey: founder.publicKey}, nonce),
	],
	['a wrong token', (type) => handshake(type, stranger, wrongToken, nonce)],
	[
		'the proof for another nonce',
		(type) => handshake(type, stranger, session, Buffer.alloc(32, 1).toString('base64url')),
	],
	['a proof of nothing', (type) => ({...handshake(type, stranger, session, nonce), proof: 'x'.repeat(86)})],
];

for (const type of ['create_session', 'join_session'] as const) {
	for (const [description, make] of notAdmitted) {
		test(`${type} with ${description} is not_admitted, after the same time`, (t) => {
			const {enter, open, clock} = hubWith();
			enter(founder, session, 'create_session');
			const socket = open();
			socket.heard();
			socket.say(make(type));
			clock.advance(defaultTimes.refusalMs - 1);
			t.deepEqual(socket.messages, []);
			clock.advance(1);
			const sentence = 'The session is not known here, or the invite does not fit it.';
			t.deepEqual(socket.messages, [
				{type: 'error', code: 'not_admitted', message: sentence, in_reply_to: type},
			]);
		});
	}
}

test('a join that was not admitted may be followed by a create on the same socket', (t) => {
	const {open, clock} = hubWith();
	const socket = open();
	socket.say(handshake('join_session', founder, session, nonce));
	clock.advance(1000);
	socket.say(handshake('create_session', founder, session, nonce));
	t.deepEqual(socket.heard(), ['welcome', 'not_admitted', 'session_created']);
});

test('a member who is not the founder forms a forgotten session again, under the same id', (t) => {
	const {enter} = hubWith();
	const member = enter(createPeer(), session, 'create_session');
	t.like(member.messages, [{type: 'session_created', session_id: session.sessionId}]);
	const joiner = enter(createPeer(), session);
	t.like(joiner.messages, [{type: 'session_joined', founder_key: founder.publicKey}]);
});

test('a fifth handshake closes the socket', (t) => {
	const {open, clock} = hubWith();
	const socket = open();
	for (let attempt = 0; attempt < 5; attempt++)
		socket.say(handshake('join_session', founder, session, nonce));
	clock.advance(1000);
	t.is(socket.ended, 'closed 1008 too many attempts');
});

test('who fails too often from one address is slowed down for a minute', (t) => {
	const {open, clock, enter} = hubWith();
	for (let attempt = 0; attempt < 120; attempt++)
		open().say(handshake('join_session', founder, session, nonce));
	clock.advance(10_000);
	const refused = enter(founder, session, 'create_session');
	t.like(refused.messages, [{code: 'rate_limited', in_reply_to: 'create_session', retry_after_ms: 50_000}]);
	clock.advance(49_999);
	t.deepEqual(enter(founder, session, 'create_session').heard(), ['rate_limited']);
	clock.advance(1);
	t.deepEqual(enter(founder, session, 'create_session').heard(), ['session_created']);
});

test("a key that is not the peer's is peer_id_mismatch", (t) => {
	const {open} = hubWith();
	const socket = open();
	const forged = {...handshake('create_session', founder, session, nonce), peer_id: stranger.peerId};
	socket.say(forged);
	t.deepEqual(socket.heard(), ['welcome', 'peer_id_mismatch']);
});

for (const [version, who] of [
	[0, 'This program must be updated.'],
	[2, 'The relay must be updated.'],
] as const) {
	test(`protocol version ${version} is unsupported_version, with both ranges: ${who}`, (t) => {
		const {open} = hubWith();
		const socket = open();
		socket.heard();
		socket.say({...handshake('create_session', founder, session, nonce), protocol_version: version});
		t.like(socket.messages[0], {
			code: 'unsupported_version',
			versions: [1, 1],
			message: `The relay speaks versions 1 to 1, you ${version}. ${who}`,
		});
	});
}

test('before it has entered a socket can do nothing else', (t) => {
	const {open} = hubWith();
	const socket = open();
	socket.heard();
	const own = {session_id: session.sessionId, peer_id: founder.peerId};
	socket.say({type: 'ping', ...own, sent_at_ms: 1});
	socket.say({
		type: 'peer_message',
		...own,
		target_peer_id: stranger.peerId,
		channel: '1',
		sequence: 0,
		body: '',
	});
	socket.events.binary(new Uint8Array(50));
	t.deepEqual(socket.heard(), ['peer_id_mismatch', 'peer_id_mismatch', 'peer_id_mismatch']);
});

test('errors are never answered with errors', (t) => {
	const {open} = hubWith();
	const socket = open();
	socket.heard();
	socket.say({type: 'error', code: 'bad_message', message: 'No.'});
	t.deepEqual(socket.heard(), []);
});

test('a relay with a token lets those found who know it, and gives a ticket with which members form it again', (t) => {
	const rules = {token: "the relay's token"};
	const create = handshake('create_session', founder, session, nonce);
	const {open, clock} = hubWith({rules});
	const refused = open();
	refused.say(create);
	refused.say({...create, relay_token: 'another token'});
	refused.say({...create, session_ticket: 'x'.repeat(43)});
	clock.advance(1000);
	t.deepEqual(refused.heard(), ['welcome', 'not_admitted', 'not_admitted', 'not_admitted']);
	const host = open();
	host.heard();
	host.say({...create, relay_token: rules.token});
	const [created] = host.messages;
	if (created?.type !== 'session_created') return t.fail();
	t.truthy(created.session_ticket);

	const restarted = hubWith({rules}).open();
	restarted.heard();
	restarted.say({
		...handshake('create_session', stranger, session, nonce),
		session_ticket: created.session_ticket,
	});
	t.deepEqual(restarted.heard(), ['session_created']);
	const other = createSession(stranger);
	const elsewhere = hubWith({rules});
	const thief = elsewhere.open();
	thief.say({...handshake('create_session', stranger, other, nonce), session_ticket: created.session_ticket});
	elsewhere.clock.advance(1000);
	t.deepEqual(thief.heard(), ['welcome', 'not_admitted'], 'a ticket is for one session');
});

test('an embedded relay knows its own session and no other', (t) => {
	const {enter, clock} = hubWith({rules: {onlySession: session.sessionId}});
	const other = enter(founder, createSession(founder), 'create_session');
	clock.advance(1000);
	t.deepEqual(other.heard(), ['not_admitted']);
	t.deepEqual(enter(founder, session, 'create_session').heard(), ['session_created']);
});

test('a peer that does not read is given up when its queue is full, and its sender goes on', (t) => {
	const {enter, hub} = hubWith();
	const sender = enter(founder, session, 'create_session');
	const stalled = createPeer();
	const reader = enter(stalled, session);
	reader.stalled = true;
	const own = {session_id: session.sessionId, peer_id: founder.peerId, target_peer_id: stalled.peerId};
	const body = 'A'.repeat(87_380);
	let sent = 0;
	while (!reader.ended && sent < 1000) {
		sender.say({type: 'peer_message', ...own, channel: '1', sequence: sent++, body});
		t.true(hub.counters().waitingBytes <= 16 * 1024 * 1024);
	}

	t.is(reader.ended, 'terminated');
	t.true(sent * body.length > 8 * 1024 * 1024, 'a granted window fits');
	t.is(hub.counters().waitingBytes, 0);
	t.is(hub.counters().tooSlow, 1);
	t.deepEqual(sender.heard(), ['session_created', 'peer_joined', 'peer_left']);
});

/** A sender, and as many who stand still as soon as something is sent to them; what waits for each, in all. */
function stalledReaders(count: number) {
	const relay = hubWith();
	const sender = relay.enter(founder, session, 'create_session');
	const peers = Array.from({length: count}, createPeer);
	const readers = peers.map((peer) => relay.enter(peer, session));
	const own = {session_id: session.sessionId, peer_id: founder.peerId, channel: '1'};
	const send = (index: number, bytes: number) => {
		readers[index]!.stalled = true;
		const target = {target_peer_id: peers[index]!.peerId, sequence: 0, body: 'A'.repeat(bytes)};
		sender.say({type: 'peer_message', ...own, ...target});
	};
	return {...relay, sender, readers, send};
}

test('who speaks but takes nothing of what waits for it is given up after a minute', (t) => {
	const {hub, pass, sender, readers, send} = stalledReaders(2);
	const [deaf, slow] = readers as [FakeSocket, FakeSocket];
	pass(60, [sender, ...readers]);
	send(0, 1000);
	send(1, 1000);
	for (let second = 0; second < 60; second++) {
		// A socket tells of whole writes only, and one may take long.
		if (second % 50 === 49) slow.take(500);
		pass(1, [sender, ...readers]);
	}
	t.is(deaf.ended, undefined);
	pass(1, [sender, ...readers]);
	t.is(deaf.ended, 'terminated');
	t.is(hub.counters().tooSlow, 1);
	t.is(slow.ended, undefined);
	slow.take(slow.bufferedBytes());
	pass(120, [sender, slow]);
	t.is(slow.ended, undefined);
});

test('where memory is short, who takes nothing is given up after 15 s', (t) => {
	const {hub, pass, sender, readers, send} = stalledReaders(8);
	pass(1, [sender, ...readers]);
	for (let sent = 0; sent < 15.8 * 1024 * 1024; sent += 80_000)
		for (let index = 0; index < 4; index++) send(index, 80_000);
	for (let sent = 0; sent < 1_000_000; sent += 80_000) for (const index of [4, 5, 6, 7]) send(index, 80_000);
	t.true(hub.counters().waitingBytes > 64 * 1024 * 1024);
	pass(15, [sender, ...readers]);
	t.is(hub.counters().tooSlow, 0);
	readers[0]!.take(1);
	pass(1, [sender, ...readers]);
	t.is(hub.counters().tooSlow, 1, 'after that it is short no more');
	t.true(hub.counters().waitingBytes <= 64 * 1024 * 1024);
	t.deepEqual([readers[0]!.ended, readers[1]!.ended], [undefined, 'terminated']);
});

test('where all together hold too much, those go who stood still for longest, and none who holds little', (t) => {
	const {hub, pass, sender, readers, send} = stalledReaders(60);
	const fill = (index: number, bytes: number) => {
		for (let sent = 0; sent < bytes && !readers[index]!.ended; sent += 80_000) send(index, 80_000);
	};
	for (let index = 0; index < 20; index++) fill(index, 12_000_000);
	const before = hub.counters().tooSlow;
	pass(5, [sender, ...readers]);
	for (const reader of readers.slice(1)) reader.take(1);
	pass(5, [sender, ...readers]);
	fill(59, 160_000);
	for (let index = 20; index < 59; index++) fill(index, 1_000_000);
	const most = 256 * 1024 * 1024;
	t.true(hub.counters().waitingBytes <= most);
	t.true(hub.counters().tooSlow > before || hub.counters().waitingBytes < most);
	t.is(readers[59]!.ended, undefined);
});

test('who floods is told so once a second, and the rest is not looked at', (t) => {
	const {enter, hub, clock} = hubWith();
	const socket = enter(founder, session, 'create_session');
	const ping = {type: 'ping', session_id: session.sessionId, peer_id: founder.peerId, sent_at_ms: 1};
	for (let count = 0; count < 10_500; count++) socket.say(ping);
	t.is(hub.counters().errors['rate_limited'], 1);
	clock.advance(1000);
	socket.heard();
	socket.say(ping);
	t.deepEqual(socket.heard(), ['pong']);
});

test('a fast tunnel may send ten frames for each text message', (t) => {
	const {enter, hub} = hubWith();
	const socket = enter(founder, session, 'create_session');
	for (let count = 0; count < 90_000; count++) socket.events.binary(Uint8Array.of(1));
	t.is(hub.counters().errors['rate_limited'], undefined);
	for (let count = 0; count < 20_000; count++) socket.events.binary(Uint8Array.of(1));
	t.is(hub.counters().errors['rate_limited'], 1);
});

for (const [code, limits] of [
	['session_full', {maxPeers: 1}],
	['relay_full', {maxSessions: 1}],
] as const)
	test(`who finds no room (${code}) is told when to ask again, each another time`, (t) => {
		const nonces = [0, 0x10, 0xf0];
		const {open, enter} = hubWith({
			limits: withDefaults(limits),
			nonce: () => new Uint8Array(32).fill(nonces.shift() ?? 0),
		});
		enter(founder, session, 'create_session');
		const other = code === 'session_full' ? session : createSession(stranger);
		const type = code === 'session_full' ? 'join_session' : 'create_session';
		const waits = [0x10, 0xf0].map((byte) => {
			const socket = open();
			socket.heard();
			const nonceText = Buffer.alloc(32, byte).toString('base64url');
			socket.say(handshake(type, stranger, other, nonceText));
			t.like(socket.messages, [{type: 'error', code, in_reply_to: type}]);
			const [refusal] = socket.messages;
			return refusal?.type === 'error' ? refusal.retry_after_ms : undefined;
		});
		t.deepEqual(waits, [782, 4735]);
	});

test('when all places are taken a socket is told relay_full, until the limits allow more', (t) => {
	const few = {
		maxSessions: 1,
		maxPeers: 2,
		maxHandshakes: 10_000,
		maxHandshakesOfNetwork: 10_000,
		maxSocketsOfAddress: 1000,
	};
	const {open, hub} = hubWith({limits: withDefaults(few)});
	for (let count = 0; count < 1 * 2 + 256; count++) t.deepEqual(open().heard(), ['welcome']);
	const late = open();
	t.deepEqual(late.heard(), ['relay_full']);
	t.is(late.ended, 'closed 1013 relay_full');
	late.events.closed();
	hub.limits = withDefaults({...few, maxPeers: 3});
	t.deepEqual(open().heard(), ['welcome']);
	t.deepEqual(open().heard(), ['relay_full']);
});

test('one address has so many sockets at once, an address of IPv6 shares them with its /64', (t) => {
	const {open} = hubWith({limits: withDefaults({maxSocketsOfAddress: 2, maxHandshakesOfNetwork: 1000})});
	for (const [one, other] of [
		['192.0.2.7', '192.0.2.8'],
		['2001:db8::1', '2001:db8:1::1'],
	] as const) {
		const sockets = [open(one), open(one)];
		const late = open(one);
		t.deepEqual(late.heard(), ['relay_full']);
		t.is(late.ended, 'closed 1013 relay_full');
		late.events.closed();
		t.deepEqual(open(other).heard(), ['welcome']);
		sockets[0]!.events.closed();
		t.deepEqual(open(one).heard(), ['welcome']);
		t.deepEqual(open(one).heard(), ['relay_full']);
	}
	t.deepEqual(open('2001:db8::2').heard(), ['relay_full']);
	for (let count = 0; count < 10; count++) t.deepEqual(open('127.0.0.1').heard(), ['welcome']);
});

test('when the relay shuts down everybody is told, and nobody that the others left', (t) => {
	const {enter, hub, open} = hubWith();
	const members = [enter(founder, session, 'create_session'), enter(stranger, session)];
	for (const member of members) member.heard();
	hub.shutDown();
	for (const member of members) {
		t.deepEqual(member.heard(), ['shutting_down']);
		t.is(member.ended, 'closed 1012 shutting_down');
		member.events.closed();
	}

	t.is(hub.counters().sockets, 0);
	const late = open();
	t.deepEqual(late.heard(), ['shutting_down']);
	t.is(late.ended, 'closed 1012 shutting_down');
});

test('a join that comes late on an older connection does not end the one in use', (t) => {
	const {open, hub} = hubWith();
	const early = open();
	const inUse = open();
	inUse.say(handshake('create_session', founder, session, nonce));
	early.say(handshake('create_session', founder, session, nonce));
	t.is(early.ended, 'closed 1008 a later connection is in use');
	early.events.closed();
	t.deepEqual(inUse.heard(), ['welcome', 'session_created']);
	t.is(inUse.ended, undefined);
	t.is(hub.counters().sessions, 1);
});

test('who connects anew is one peer in the line that its session leaves', (t) => {
	const ended: object[] = [];
	const {enter} = hubWith({
		log: (message, facts) => {
			if (message === 'session ended') ended.push(facts);
		},
	});
	const first = enter(founder, session, 'create_session');
	const again = enter(founder, session, 'create_session');
	first.events.closed();
	again.events.closed();
	t.like(ended, [{outcome: 'lonely', peers: 1}]);
});
