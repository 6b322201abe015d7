/** Several relays as one, on a bus in memory: who is where, what crosses, and what a break takes with it. */
import test from 'ava';
import {decodeFrameHeader, encodeFrame} from '../../../source/protocol/frame.js';
import {createPeer, createSession, handshake} from '../raw-client.js';
import {nonce, Relays, twoApart} from './relays.js';

test('who joins on another relay is told of all, and they of it', async (t) => {
	const world = new Relays(3);
	const [one, two, three] = world.all;
	const [a, b, c] = [createPeer(), createPeer(), createPeer()];
	const session = createSession(a);
	const first = await one!.enter(a, session, {type: 'create_session'});
	const second = await two!.enter(b, session);
	t.like(second.messages, [{type: 'session_joined', founder_key: a.publicKey, peers: [{peer_id: a.peerId}]}]);
	t.deepEqual(first.heard(), ['session_created', 'peer_joined']);
	const third = await three!.enter(c, session);
	const [joined] = third.messages;
	if (joined?.type !== 'session_joined') return t.fail();
	t.deepEqual(joined.peers.map(({peer_id: id}) => id).sort(), [a.peerId, b.peerId].sort());
	t.is(third.messages.length, 1);
	t.deepEqual(first.heard(), ['peer_joined']);
	t.deepEqual(second.heard(), ['session_joined', 'peer_joined']);
	t.is(one!.hub.counters().peers, 1);
});

test('a session, wherever it is, is joined by whoever has its token and by nobody else, after one time', async (t) => {
	const {world, two, session} = await twoApart();
	const third = world.add();
	const stranger = createPeer();
	const wrongs = [
		{session: {...session, token: createSession(stranger).token}, relay: third},
		{session: {...session, token: createSession(stranger).token}, relay: two},
		{session: createSession(stranger), relay: third},
	];
	for (const {session: wrong, relay} of wrongs) {
		const socket = await relay.enter(stranger, wrong);
		world.clock.advance(249);
		t.deepEqual(socket.heard(), []);
		world.clock.advance(1);
		t.deepEqual(socket.heard(), ['not_admitted']);
	}

	t.is(third.hub.counters().sessions, 0, 'nothing is kept of what was asked in vain');
});

test('creating a session that another relay has is joining it', async (t) => {
	const {world, session, a} = await twoApart();
	const socket = await world.add().enter(createPeer(), session, {type: 'create_session'});
	const [created] = socket.messages;
	if (created?.type !== 'session_created') return t.fail();
	t.is(created.peers.length, 2);
	t.true(created.peers.some(({peer_id: id}) => id === a.peerId));
});

test('two who form a session at one moment on two relays find each other', async (t) => {
	const world = new Relays(2);
	const [one, two] = world.all;
	const [a, b] = [createPeer(), createPeer()];
	const session = createSession(a);
	const [first, second] = [one!.open(), two!.open()];
	first.say(handshake('create_session', a, session, nonce));
	second.say(handshake('create_session', b, session, nonce));
	await world.network.settle();
	const known = [first, second].map(({messages}) =>
		messages.flatMap((message) =>
			message.type === 'session_created'
				? message.peers.map(({peer_id: id}) => id)
				: message.type === 'peer_joined'
					? [message.from_peer_id]
					: [],
		),
	);
	t.deepEqual(known, [[b.peerId], [a.peerId]]);
});

test('with a token, who joins elsewhere needs none, and a founder does on each relay', async (t) => {
	const world = new Relays(2, 'secret token');
	const [one, two] = world.all;
	const [a, b] = [createPeer(), createPeer()];
	const session = createSession(a);
	const first = one!.open();
	first.say({...handshake('create_session', a, session, nonce), relay_token: 'secret token'});
	await world.network.settle();
	t.deepEqual(first.heard(), ['session_created']);
	const second = await two!.enter(b, session);
	t.deepEqual(second.heard(), ['session_joined']);
	const third = await two!.enter(createPeer(), createSession(b), {type: 'create_session'});
	world.clock.advance(250);
	t.deepEqual(third.heard(), ['not_admitted']);
});

test('a session takes no more peers than its limit, wherever they are', async (t) => {
	const {two, session} = await twoApart();
	await two.enter(createPeer(), session);
	await two.enter(createPeer(), session);
	const fifth = await two.enter(createPeer(), session);
	t.deepEqual(fifth.heard(), ['session_full']);
});

test('messages cross with their sender, those to all as well', async (t) => {
	const {a, b, first, second, say, one, session} = await twoApart();
	const c = createPeer();
	const third = await one.enter(c, session);
	for (const socket of [first, second, third]) socket.heard();
	await say('a', {type: 'peer_message', channel: '1', sequence: 0, body: 'AAAA'});
	t.like(second.messages, [{type: 'peer_message', from_peer_id: a.peerId, body: 'AAAA'}]);
	t.false('target_peer_id' in second.messages[0]!);
	second.heard();
	await say('b', {type: 'p2p_connection_request', target_peer_id: undefined, generation: 0, candidates: []});
	t.like(first.messages, [{type: 'p2p_connection_request', from_peer_id: b.peerId}]);
	t.like(third.messages, [{type: 'p2p_connection_request', from_peer_id: b.peerId}]);
	t.deepEqual(second.heard(), []);
});

test('frames cross in order with their header, and both relays know the tunnel', async (t) => {
	const {a, world, second, openTunnel, frame, one, two} = await twoApart();
	await openTunnel();
	t.deepEqual([one.hub.counters().tunnels, two.hub.counters().tunnels], [1, 1]);
	for (let counter = 0; counter < 20; counter++) frame('a', counter, Buffer.alloc(1000, counter));
	await world.network.settle();
	t.is(second.frames.length, 20);
	for (const [counter, bytes] of second.frames.entries()) {
		const header = decodeFrameHeader(bytes);
		if ('error' in header) return t.fail();
		t.like(header, {peerId: a.peerId, generation: 1, counter});
		t.is(bytes[header.dataOffset], counter);
	}
});

test('credit counts on both relays', async (t) => {
	const {world, first, second, say, openTunnel, frame} = await twoApart();
	await openTunnel(1, 1500);
	frame('a', 0, new Uint8Array(1000));
	await say('b', {type: 'binary_proxy_credit', generation: 1, bytes: 1000});
	t.true(first.heard().includes('binary_proxy_credit'));
	frame('a', 1, new Uint8Array(1500));
	await world.network.settle();
	t.is(second.frames.length, 2);
	frame('a', 2, new Uint8Array(1));
	await world.network.settle();
	t.like(first.messages, [{type: 'binary_proxy_closed', reason: 'credit_exceeded'}]);
	t.like(second.messages.at(-1), {type: 'binary_proxy_closed', reason: 'credit_exceeded'});
});

test('a frame that got lost on the way ends its tunnel on both sides', async (t) => {
	const {world, first, second, openTunnel, frame, two, one} = await twoApart();
	await openTunnel();
	frame('a', 0, new Uint8Array(10));
	await world.network.settle();
	two.bus.isUp = false;
	frame('a', 1, new Uint8Array(10));
	await world.network.settle();
	two.bus.isUp = true;
	frame('a', 2, new Uint8Array(10));
	await world.network.settle();
	t.is(second.frames.length, 1);
	for (const socket of [first, second]) {
		t.like(socket.messages.at(-1), {type: 'binary_proxy_closed', reason: 'sequence_gap'});
	}

	t.deepEqual([one.hub.counters().tunnels, two.hub.counters().tunnels], [0, 0]);
});

test('a frame to oneself comes back from the relay it was sent to', async (t) => {
	const {world, first, session, a, one} = await twoApart();
	const before = one.hub.counters();
	const own = {sessionId: session.sessionId, peerId: a.peerId, sequence: {generation: 0, counter: 0}};
	first.events.binary(Buffer.from(encodeFrame({...own, data: Buffer.from('echo')})));
	t.is(Buffer.from(first.frames[0]!).subarray(-4).toString(), 'echo');
	await world.network.settle();
	t.is(one.hub.counters().messagesIn, before.messagesIn + 1);
});

test('who leaves is gone for all, with the reason', async (t) => {
	const {world, say, first, second, b, one, two, session} = await twoApart();
	first.heard();
	await say('b', {type: 'leave_session', target_peer_id: undefined});
	t.like(first.messages, [{type: 'peer_left', from_peer_id: b.peerId, reason: 'left'}]);
	t.is(second.ended, 'closed 1000 left');
	t.is(two.hub.counters().sessions, 0);
	first.heard();
	const back = await two.enter(b, session);
	t.deepEqual(back.heard(), ['session_joined']);
	t.deepEqual(first.heard(), ['peer_joined']);
	back.events.closed();
	await world.network.settle();
	t.like(first.messages, [{type: 'peer_left', from_peer_id: b.peerId, reason: 'lost'}]);
	t.is(one.hub.counters().peers, 1);
});

test('a peer that comes again on another relay takes its place there, and the old socket is told', async (t) => {
	const {world, two, b, session, first, second, openTunnel, frame} = await twoApart();
	const three = world.add();
	await openTunnel();
	for (const socket of [first, second]) socket.heard();
	world.clock.advance(10);
	const moved = await three.enter(b, session, {instance: 'i1'});
	t.deepEqual(
		moved.messages.map(({type}) => type),
		['session_joined'],
	);
	t.deepEqual(second.heard(), ['replaced']);
	t.is(second.ended, 'closed 4001 replaced');
	t.deepEqual(first.heard(), ['binary_proxy_closed', 'peer_joined']);
	t.is(two.hub.counters().peers, 0);
	second.events.closed();
	await world.network.settle();
	t.deepEqual(first.heard(), [], 'that the old socket ends is no news');
	frame('a', 0, new Uint8Array(1));
	await world.network.settle();
	t.deepEqual(moved.frames, []);
});

test('a peer that comes back to the relay it was on is taken from the other one', async (t) => {
	const {one, two, a, b, session, first, second} = await twoApart();
	for (const socket of [first, second]) socket.heard();
	const moved = await one.enter(b, session, {instance: 'i2'});
	t.deepEqual(
		moved.messages.map(({type}) => type),
		['session_joined'],
	);
	t.deepEqual(second.heard(), ['replaced']);
	t.like(first.messages, [{type: 'peer_joined', from_peer_id: b.peerId, instance: 'i2'}]);
	const again = await two.enter(a, session, {instance: 'i3'});
	t.deepEqual(first.heard().slice(1), ['replaced']);
	t.deepEqual(again.heard(), ['session_joined']);
	t.like(moved.messages.at(-1), {type: 'peer_joined', from_peer_id: a.peerId, instance: 'i3'});
});

test('a relay that dies takes its own peers with it, within some seconds, and they come back on another', async (t) => {
	const {world, two, a, b, session, first, openTunnel} = await twoApart();
	const three = world.add();
	await openTunnel();
	first.heard();
	world.kill(two);
	await world.pass(3, [first]);
	t.deepEqual(first.heard(), ['binary_proxy_closed', 'peer_left']);
	const back = await three.enter(b, session, {instance: 'i2'});
	t.like(back.messages, [{type: 'session_joined', peers: [{peer_id: a.peerId}]}]);
	t.deepEqual(first.heard(), ['peer_joined']);
});

test('a relay that shuts down says so to the others', async (t) => {
	const {world, two, first} = await twoApart();
	first.heard();
	two.hub.shutDown();
	await world.network.settle();
	t.deepEqual(first.heard(), ['peer_left']);
});

test('without the bus each relay serves its own, and with it all are one again', async (t) => {
	const {world, one, two, first, second, session, openTunnel, say, frame} = await twoApart();
	const c = createPeer();
	const third = await one.enter(c, session);
	await openTunnel();
	for (const socket of [first, second, third]) socket.heard();
	for (const {bus} of world.all) bus.setUp(false);
	await world.network.settle();
	t.deepEqual(first.heard(), ['binary_proxy_closed', 'peer_left']);
	t.deepEqual(second.heard(), ['binary_proxy_closed', 'peer_left', 'peer_left']);
	t.deepEqual(third.heard(), ['peer_left']);
	await say('a', {type: 'peer_message', target_peer_id: c.peerId, channel: '1', sequence: 0, body: 'AAAA'});
	t.deepEqual(third.heard(), ['peer_message']);
	await say('a', {type: 'peer_message', channel: '1', sequence: 0, body: 'AAAA'});
	t.deepEqual(first.heard(), ['unknown_peer']);
	for (const {bus} of world.all) bus.setUp(true);
	await world.network.settle();
	t.deepEqual(first.heard(), ['peer_joined']);
	t.deepEqual(second.heard(), ['peer_joined', 'peer_joined']);
	await openTunnel(2);
	frame('a', 0, Buffer.from('x'), 2);
	await world.network.settle();
	t.is(second.frames.length, 1);
	t.is(two.hub.counters().tunnels, 1);
});

test('a relay that was away alone comes back under a new name: no tunnel of before goes on', async (t) => {
	const {world, two, first, second, openTunnel, frame} = await twoApart();
	await openTunnel();
	for (const socket of [first, second]) socket.heard();
	two.bus.setUp(false);
	await world.network.settle();
	two.bus.setUp(true);
	await world.network.settle();
	t.deepEqual(first.heard(), ['binary_proxy_closed', 'peer_left', 'peer_joined']);
	t.deepEqual(second.heard(), ['binary_proxy_closed', 'peer_left', 'peer_joined']);
	frame('a', 0, new Uint8Array(1));
	await world.network.settle();
	t.deepEqual(second.frames, []);
});

test('a statement that got lost is made good within ten seconds', async (t) => {
	const {world, one, first, session} = await twoApart();
	const three = world.add();
	first.heard();
	one.bus.isUp = false;
	await three.enter(createPeer(), session);
	t.deepEqual(first.heard(), []);
	one.bus.isUp = true;
	await world.pass(11, [first]);
	t.deepEqual(first.heard(), ['peer_joined']);
});

test('what a receiver elsewhere does not read costs its relay no more than a queue, and its senders are not paused', async (t) => {
	const {world, one, two, first, second, openTunnel, frame, say} = await twoApart();
	const window = 8 * 1024 * 1024;
	await openTunnel(1, window);
	second.stalled = true;
	const data = new Uint8Array(64 * 1024);
	let highest = 0;
	for (let counter = 0; counter < window / data.length; counter++) {
		frame('a', counter, data);
		highest = Math.max(highest, world.network.underWay);
		if (counter % 8 === 7) await world.network.settle();
	}

	t.true(highest <= 8.5 * 1024 * 1024, `${highest} bytes under way between relays`);
	t.is(one.hub.counters().waitingBytes, 0);
	t.true(two.hub.counters().waitingBytes <= 16 * 1024 * 1024);
	t.is(second.ended, undefined, 'what was granted fits');
	first.heard();
	await say('a', {type: 'ping', target_peer_id: undefined, sent_at_ms: 1});
	t.deepEqual(first.heard(), ['pong']);
});

test('what a relay does not take in time waits at the sender, in a queue with a bound', async (t) => {
	const {world, one, first, second, openTunnel, frame} = await twoApart();
	const window = 8 * 1024 * 1024;
	await openTunnel(1, window);
	await openTunnel(2, window);
	const data = new Uint8Array(64 * 1024);
	for (let counter = 0; counter < window / data.length; counter++) {
		for (const generation of [1, 2]) frame('a', counter, data, generation);
	}

	t.true(world.network.underWay <= 8.5 * 1024 * 1024, `${world.network.underWay} bytes under way`);
	t.true(one.hub.counters().waitingBytes > 7 * 1024 * 1024);
	await world.network.settle();
	t.is(second.frames.length, 256, 'all of it arrives when it is taken');
	t.is(one.hub.counters().waitingBytes, 0);
	t.is(first.ended, undefined);
});

test('nothing is left of a session whose peers are gone', async (t) => {
	const {world, one, two, first, second} = await twoApart();
	const third = world.add();
	t.is(third.hub.counters().sessions, 0);
	const idle = world.network.listeners.size;
	first.events.closed();
	second.events.closed();
	await world.network.settle();
	await world.pass(12);
	for (const {hub} of [one, two])
		t.like(hub.counters(), {sessions: 0, peers: 0, sockets: 0, waitingBytes: 0});
	t.is(world.network.listeners.size, idle - 4, 'each relay listened to the session in two ways');
});

test('who is refused for want of room leaves no ways to the others behind', async (t) => {
	const {world, two, session} = await twoApart();
	await two.enter(createPeer(), session);
	await two.enter(createPeer(), session);
	const third = world.add();
	const fifth = createPeer();
	for (let times = 0; times < 3; times++) {
		const socket = await third.enter(fifth, session);
		t.deepEqual(socket.heard(), ['session_full']);
		socket.events.closed();
	}

	t.like(third.hub.clusterFigures(), {peersElsewhere: 0});
	t.like(two.hub.clusterFigures(), {peersElsewhere: 1});
});

test('a relay whose last member of a session moves to another has no ways to its peers any more', async (t) => {
	const {world, one, two, a, session} = await twoApart();
	for (const peer of [createPeer(), createPeer()]) await two.enter(peer, session);
	t.like(one.hub.clusterFigures(), {peersElsewhere: 3});
	world.clock.advance(10);
	await two.enter(a, session);
	t.is(one.hub.counters().sessions, 0);
	t.like(one.hub.clusterFigures(), {peersElsewhere: 0});
});
