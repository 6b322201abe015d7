import test from 'ava';
import {withDefaults} from '../../relay/relay-limits.js';
import {type RelayEffect} from '../../relay/effect.js';
import {type Entry} from '../../relay/entry.js';
import {Rooms} from '../../relay/rooms.js';
import {errorCodes} from '../../source/protocol/codes.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {type ClientMessage, parseClientMessage} from '../../source/protocol/relay-messages.js';

const sessionId = 's'.repeat(26);
const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(26)) as [string, string, string];
const sockets = new Map([
	[a, 1],
	[b, 2],
	[c, 3],
]);
const unlimited = withDefaults({maxSessions: 10, maxPeers: 10});
const facts: Entry['facts'] = {
	max_frame_bytes: 1,
	max_text_bytes: 1,
	max_window_bytes: 1,
	max_peers: 1,
	bytes_per_second: 0,
	stun: [],
	turn: [],
	reflectors: [],
	observed_ip: '',
	observed_port: 0,
};

function entry(
	peerId: string,
	options: Partial<{create: boolean; socket: number; session: string}> = {},
): Entry {
	const {create = peerId === a, socket = sockets.get(peerId)!, session = sessionId} = options;
	return {
		member: {socket, peerId, publicKey: 'k'.repeat(20), name: peerId[0]!, instance: 'i'},
		sessionId: session,
		admissionHash: new Uint8Array(32),
		...(create ? {founderKey: 'f'.repeat(20)} : {}),
		facts,
		comeBackMs: 700,
	};
}

/** A session of a, b and c on the sockets 1, 2 and 3. */
function roomOfThree(limits = unlimited): Rooms {
	const rooms = new Rooms(limits, 0);
	for (const peerId of [a, b, c]) rooms.enter(entry(peerId), 0);
	return rooms;
}

/** Effects in short: `2<pong`, `1<error:no_tunnel`, `2<frame`, `close 1 replaced`. */
function brief(effects: readonly RelayEffect[]): string[] {
	return effects.map((effect) => {
		switch (effect.type) {
			case 'send': {
				const {message} = effect;
				return `${effect.to}<${message.type}${message.type === 'error' ? `:${message.code}` : ''}`;
			}

			case 'send-frame': {
				return `${effect.to}<frame`;
			}

			case 'close': {
				return `close ${effect.socket} ${effect.reason}`;
			}

			case 'limited': {
				return `limited ${effect.to} ${effect.scope} ${effect.waitMs}`;
			}

			case 'drop': {
				return `drop ${effect.reason}`;
			}

			case 'wake': {
				return `wake ${effect.at}`;
			}

			case 'announce': {
				return `announce ${effect.sessionId[0]}${effect.left ? ` ${effect.left.reason}` : ''}`;
			}
		}
	});
}

function message(fields: Record<string, unknown>): ClientMessage {
	const parsed = parseClientMessage(JSON.stringify({session_id: sessionId, ...fields}));
	if (!parsed.ok) throw new Error(parsed.message);
	return parsed.message;
}

const send = (rooms: Rooms, fields: Record<string, unknown> & {peer_id: string}, now = 0, bytes = 100) =>
	rooms.receive(sockets.get(fields.peer_id)!, message(fields), bytes, now);

const frame = (
	to: string,
	counter: number,
	options: Partial<{generation: number; session: string; bytes: number}> = {},
) =>
	encodeFrame({
		sessionId: options.session ?? sessionId,
		peerId: to,
		sequence: {generation: options.generation ?? 1, counter},
		data: new Uint8Array(options.bytes ?? 4),
	});

function openTunnel(rooms: Rooms): void {
	send(rooms, {
		type: 'request_binary_proxy',
		peer_id: a,
		target_peer_id: b,
		generation: 1,
		window_bytes: 100,
	});
	send(rooms, {
		type: 'binary_proxy_accepted',
		peer_id: b,
		target_peer_id: a,
		generation: 1,
		window_bytes: 100,
	});
}

test('a founder is told that the session is made, a joiner who is there, and the others who came', (t) => {
	const rooms = new Rooms(unlimited, 0);
	t.deepEqual(brief(rooms.enter(entry(a), 0)), ['1<session_created']);
	const effects = rooms.enter(entry(b), 0);
	t.deepEqual(brief(effects), ['2<session_joined', '1<peer_joined']);
	const [joined, told] = effects;
	t.like(joined, {message: {founder_key: 'f'.repeat(20), peers: [{peer_id: a, name: 'a', instance: 'i'}]}});
	t.like(told, {message: {from_peer_id: b, name: 'b'}});
});

test('creating a session that exists is joining it', (t) => {
	const rooms = roomOfThree();
	rooms.leave(2, 'left', 0);
	const effects = rooms.enter(entry(b, {create: true}), 0);
	t.deepEqual(brief(effects), ['2<session_created', '1<peer_joined', '3<peer_joined']);
	t.like(effects[0], {message: {peers: [{peer_id: a}, {peer_id: c}]}});
	t.is(rooms.sessionCount, 1);
});

test('a session whose last member left is forgotten: joining is refused, a member forms it again', (t) => {
	const rooms = roomOfThree();
	t.deepEqual(brief(rooms.leave(1, 'lost', 0)), ['2<peer_left', '3<peer_left']);
	t.deepEqual(brief(rooms.leave(2, 'lost', 0)), ['3<peer_left']);
	t.deepEqual(brief(rooms.leave(3, 'lost', 0)), []);
	t.is(rooms.sessionCount, 0);
	t.is(rooms.admissionHashOf(sessionId), undefined);
	t.deepEqual(brief(rooms.enter(entry(b), 0)), ['2<error:not_admitted']);
	t.deepEqual(brief(rooms.enter(entry(b, {create: true}), 0)), ['2<session_created']);
});

test("a peer that connects again replaces its older socket, whose end is then nobody's loss", (t) => {
	const rooms = roomOfThree();
	openTunnel(rooms);
	t.deepEqual(brief(rooms.enter(entry(a, {socket: 9}), 0)), [
		'9<session_created',
		'2<binary_proxy_closed',
		'1<replaced',
		'close 1 replaced',
		'2<peer_joined',
		'3<peer_joined',
	]);
	t.deepEqual(rooms.leave(1, 'lost', 0), []);
	t.deepEqual(brief(rooms.enter(entry(a, {socket: 8}), 0)), ['close 8 a later connection is in use']);
	t.deepEqual(brief(rooms.receiveFrame(1, frame(b, 0), 0)), ['1<error:peer_id_mismatch']);
	t.is(rooms.peerCount, 3);
});

test('a full session and a full relay take nobody in, but let a member come back', (t) => {
	const rooms = new Rooms({...unlimited, maxSessions: 1, maxPeers: 2}, 0);
	rooms.enter(entry(a), 0);
	rooms.enter(entry(b), 0);
	t.deepEqual(brief(rooms.enter(entry(c), 0)), ['3<error:session_full']);
	t.deepEqual(brief(rooms.enter(entry(c, {create: true, session: 'x'.repeat(26)}), 0)), [
		'3<error:relay_full',
	]);
	t.is(brief(rooms.enter(entry(b, {socket: 9}), 0))[0], '9<session_joined');
	t.is(rooms.identityOf(3), undefined);
});

const chunk = {request_id: 1, chunk_index: 0, total_chunks: 1, objects: []};
const signal = {generation: 1, candidates: []};
const want = {request_id: 1, commit_hash: '0'.repeat(40), have: [], window_bytes: 1};
const relayed: ReadonlyArray<Record<string, unknown>> = [
	{type: 'p2p_connection_request', ...signal},
	{type: 'p2p_connection_response', ...signal},
	{type: 'request_binary_proxy', generation: 1, window_bytes: 1},
	{type: 'binary_proxy_rejected', generation: 1, reason: 'text_only'},
	{type: 'binary_proxy_closed', generation: 1, reason: 'done'},
	{type: 'request_git_objects', ...want},
	{type: 'git_objects_chunk', ...chunk},
	{type: 'git_objects_ack', request_id: 1, bytes: 1},
	{type: 'git_objects_failed', request_id: 1, code: 'not_found'},
	{type: 'peer_message', channel: '1', sequence: 0, body: ''},
];

for (const payload of relayed) {
	test(`${String(payload['type'])} reaches its target alone, with from_peer_id for peer_id`, (t) => {
		const rooms = roomOfThree();
		const ext = {later: true};
		const effects = send(rooms, {...payload, ext, peer_id: a, target_peer_id: b});
		const passedOn = {...payload, ext, session_id: sessionId, from_peer_id: a};
		t.is(effects.length, 1);
		t.like(effects[0], {type: 'send', to: 2, message: passedOn});
		const [effect] = effects;
		if (effect?.type !== 'send') return t.fail();
		t.false('peer_id' in effect.message);
		t.false('target_peer_id' in effect.message);
	});

	test(`${String(payload['type'])} without a target goes to every other peer`, (t) => {
		const effects = send(roomOfThree(), {...payload, peer_id: a});
		const type = String(payload['type']);
		t.deepEqual(brief(effects), [`2<${type}`, `3<${type}`]);
		for (const effect of effects) {
			t.like(effect, {message: {...payload, session_id: sessionId, from_peer_id: a}});
		}
	});

	test(`${String(payload['type'])} to nobody, or to oneself, is unknown_peer`, (t) => {
		const rooms = roomOfThree();
		for (const target of ['d'.repeat(26), a]) {
			const effects = send(rooms, {...payload, peer_id: a, target_peer_id: target});
			t.deepEqual(brief(effects), ['1<error:unknown_peer']);
			t.like(effects[0], {message: {in_reply_to: payload['type'], target_peer_id: target}});
		}
	});

	test(`${String(payload['type'])} in another's name is peer_id_mismatch and goes nowhere`, (t) => {
		const rooms = roomOfThree();
		const forged = [
			{...payload, peer_id: c, target_peer_id: b},
			{...payload, peer_id: a, target_peer_id: b, session_id: 'x'.repeat(26)},
		];
		for (const given of forged) {
			t.deepEqual(brief(rooms.receive(1, message(given), 100, 0)), ['1<error:peer_id_mismatch']);
		}
	});
}

test('a follower asks its leader with generation 0, which makes no tunnel', (t) => {
	const rooms = roomOfThree();
	const ask = {type: 'request_binary_proxy', generation: 0, window_bytes: 1, peer_id: b, target_peer_id: a};
	t.deepEqual(brief(send(rooms, ask)), ['1<request_binary_proxy']);
	t.deepEqual(brief(send(rooms, ask)), ['1<request_binary_proxy']);
	t.deepEqual(brief(rooms.receiveFrame(2, frame(a, 0, {generation: 0}), 0)), ['2<error:no_tunnel']);
});

test('a tunnel that was asked of all is open to each who accepts', (t) => {
	const rooms = roomOfThree();
	send(rooms, {type: 'request_binary_proxy', generation: 1, window_bytes: 100, peer_id: a});
	send(rooms, {
		type: 'binary_proxy_accepted',
		generation: 1,
		window_bytes: 100,
		peer_id: b,
		target_peer_id: a,
	});
	t.deepEqual(brief(rooms.receiveFrame(1, frame(b, 0), 0)), ['2<frame']);
	t.deepEqual(brief(rooms.receiveFrame(1, frame(c, 0), 0)), ['1<error:no_tunnel']);
});

test('a fifth tunnel of two peers is refused for a while, and one that ends makes room', (t) => {
	const rooms = roomOfThree();
	const open = (generation: number) => [
		...send(rooms, {
			...{type: 'request_binary_proxy', generation, window_bytes: 1},
			...{peer_id: a, target_peer_id: b},
		}),
		...send(rooms, {
			...{type: 'binary_proxy_accepted', generation, window_bytes: 1},
			...{peer_id: b, target_peer_id: a},
		}),
	];
	for (let generation = 1; generation <= 4; generation++) open(generation);
	t.like(open(5)[0], {
		to: 1,
		message: {
			code: 'rate_limited',
			...{in_reply_to: 'request_binary_proxy', target_peer_id: b, generation: 5, retry_after_ms: 5000},
		},
	});
	const closed = {
		type: 'binary_proxy_closed',
		generation: 2,
		reason: 'closed',
		peer_id: a,
		target_peer_id: b,
	};
	send(rooms, closed);
	t.deepEqual(brief(open(5)), ['2<request_binary_proxy', '1<binary_proxy_accepted']);
});

test('a frame goes through an accepted tunnel, with its source in place of its target', (t) => {
	const rooms = roomOfThree();
	openTunnel(rooms);
	const [effect] = rooms.receiveFrame(1, frame(b, 0), 0);
	t.deepEqual(effect, {type: 'send-frame', to: 2, lane: a, bytes: frame(a, 0)});
	const [back] = rooms.receiveFrame(2, frame(a, 0), 0);
	t.deepEqual(back, {type: 'send-frame', to: 1, lane: b, bytes: frame(b, 0)});
});

test('a frame to oneself comes back as it is', (t) => {
	const echo = frame(a, 0, {generation: 0});
	t.deepEqual(roomOfThree().receiveFrame(1, echo, 0), [{type: 'send-frame', to: 1, lane: a, bytes: echo}]);
});

const badFrames: ReadonlyArray<[string, Uint8Array, string]> = [
	['no frame at all', Uint8Array.of(1, 2, 3), 'bad_message'],
	['no bytes', new Uint8Array(), 'bad_message'],
	['a frame of another session', frame(b, 0, {session: 'x'.repeat(26)}), 'peer_id_mismatch'],
	['a frame without a tunnel', frame(c, 0), 'no_tunnel'],
	['a frame of another generation', frame(b, 0, {generation: 2}), 'no_tunnel'],
	['a frame to nobody', frame('d'.repeat(26), 0), 'unknown_peer'],
	['a frame to what is no peer_id', frame('d', 0), 'unknown_peer'],
];

for (const [description, bytes, code] of badFrames) {
	test(`${description} is ${code}`, (t) => {
		const rooms = roomOfThree();
		openTunnel(rooms);
		const effects = rooms.receiveFrame(1, bytes, 0);
		t.deepEqual(brief(effects), [`1<error:${code}`]);
		t.like(effects[0], {message: {in_reply_to: 'binary_frame'}});
		t.deepEqual(brief(rooms.receiveFrame(1, frame(b, 0), 0)), ['2<frame'], 'the tunnel goes on');
	});
}

for (const [reason, bytes] of [
	['sequence_gap', frame(b, 1)],
	['credit_exceeded', frame(b, 0, {bytes: 101})],
] as const) {
	test(`a tunnel that ends by ${reason} is closed on both sides, and later frames are dropped in silence`, (t) => {
		const rooms = roomOfThree();
		openTunnel(rooms);
		const effects = rooms.receiveFrame(1, bytes, 0);
		t.deepEqual(brief(effects), ['1<binary_proxy_closed', '2<binary_proxy_closed']);
		t.like(effects[0], {message: {from_peer_id: b, generation: 1, reason}});
		t.like(effects[1], {message: {from_peer_id: a, generation: 1, reason}});
		t.deepEqual(rooms.receiveFrame(1, frame(b, 2), 1), [{type: 'drop', reason: 'late_frame'}]);
		t.deepEqual(rooms.receiveFrame(2, frame(a, 0), 1), [{type: 'drop', reason: 'late_frame'}]);
		t.deepEqual(brief(rooms.receiveFrame(1, frame(b, 3), 30_001)), ['1<error:no_tunnel']);
	});
}

test('a peer that leaves ends its tunnels', (t) => {
	const rooms = roomOfThree();
	openTunnel(rooms);
	const effects = send(rooms, {type: 'leave_session', peer_id: a});
	t.deepEqual(brief(effects), ['2<binary_proxy_closed', '2<peer_left', '3<peer_left', 'close 1 left']);
	t.like(effects[1], {message: {from_peer_id: a, reason: 'left'}});
	t.deepEqual(
		rooms.receiveFrame(2, frame(a, 0), 0),
		[{type: 'drop', reason: 'late_frame'}],
		'what was under way is dropped in silence',
	);
});

const misuses: ReadonlyArray<[string, Record<string, unknown>, string]> = [
	[
		'accepting what nobody asked for',
		{type: 'binary_proxy_accepted', generation: 2, window_bytes: 1},
		'no_tunnel',
	],
	['credit for no tunnel', {type: 'binary_proxy_credit', generation: 2, bytes: 1}, 'no_tunnel'],
	[
		'credit above the largest window',
		{type: 'binary_proxy_credit', generation: 1, bytes: 8_388_608},
		'bad_message',
	],
	[
		'asking for an open generation',
		{type: 'request_binary_proxy', generation: 1, window_bytes: 1},
		'bad_message',
	],
];

for (const [description, payload, code] of misuses) {
	test(`${description} is ${code} and goes nowhere`, (t) => {
		const rooms = roomOfThree();
		openTunnel(rooms);
		const effects = send(rooms, {...payload, peer_id: a, target_peer_id: b});
		t.deepEqual(brief(effects), [`1<error:${code}`]);
		t.like(effects[0], {message: {target_peer_id: b, generation: payload['generation']}});
	});
}

test('a limit of bytes a second delays credit and nothing else', (t) => {
	const rooms = roomOfThree(withDefaults({...unlimited, bytesPerSecond: {session: 1000}}));
	openTunnel(rooms);
	const credit = {type: 'binary_proxy_credit', peer_id: b, target_peer_id: a, generation: 1, bytes: 1};
	t.deepEqual(brief(send(rooms, credit, 1000, 0)), ['1<binary_proxy_credit']);
	send(
		rooms,
		{type: 'peer_message', peer_id: a, target_peer_id: b, channel: '1', sequence: 0, body: ''},
		1000,
		3000,
	);
	t.deepEqual(brief(send(rooms, credit, 1000, 0)), ['limited 1 session 2500', 'wake 3500']);
	t.deepEqual(brief(rooms.receiveFrame(1, frame(b, 0), 1500)), ['2<frame']);
	t.deepEqual(brief(rooms.release(3500)), ['wake 3566']);
	t.deepEqual(brief(rooms.release(3566)), ['1<binary_proxy_credit']);
	t.deepEqual(brief(rooms.release(4000)), []);
});

test('a ping is answered, and a second handshake on one socket is bad_message', (t) => {
	const rooms = roomOfThree();
	t.deepEqual(send(rooms, {type: 'ping', peer_id: a, sent_at_ms: 5}), [
		{type: 'send', to: 1, lane: 'control', message: {type: 'pong', sent_at_ms: 5}},
	]);
	const again = {
		type: 'join_session',
		peer_id: a,
		public_key: 'k'.repeat(20),
		proof: 'p'.repeat(20),
		name: 'a',
		instance: 'i',
		protocol_version: 1,
		admission_token: 't'.repeat(20),
	};
	t.deepEqual(brief(send(rooms, again)), ['1<error:bad_message']);
});

test('limits that have changed are told in the next pong, once', (t) => {
	const rooms = roomOfThree();
	const ping = () => {
		const [effect] = send(rooms, {type: 'ping', peer_id: a, sent_at_ms: 1});
		return effect?.type === 'send' ? effect.message : undefined;
	};
	t.deepEqual(ping(), {type: 'pong', sent_at_ms: 1});
	const {bytesPerSecond, bytesPerDay} = unlimited;
	const messagesPerSecond = {connection: 7, session: 8, address: 9, relay: 10};
	rooms.limits = {...unlimited, messagesPerSecond};
	t.deepEqual(ping(), {
		...{type: 'pong', sent_at_ms: 1},
		limits: {
			...{bytes_per_second: bytesPerSecond, messages_per_second: messagesPerSecond},
			bytes_per_day: bytesPerDay,
		},
	});
	t.deepEqual(ping(), {type: 'pong', sent_at_ms: 1});
});

const attempt = {type: 'p2p_connection_request', generation: 7};

test('a member that makes others look for it too often is told so, and others are not held back', (t) => {
	const rooms = roomOfThree();
	const ask = (peerId: string, now: number) =>
		brief(send(rooms, {...attempt, peer_id: peerId, target_peer_id: b}, now));
	for (let count = 0; count < 400; count++) t.deepEqual(ask(a, 0), ['2<p2p_connection_request']);
	t.deepEqual(send(rooms, {...attempt, peer_id: a, target_peer_id: b}), [
		{
			type: 'send',
			to: 1,
			lane: 'control',
			message: {
				type: 'error',
				code: 'rate_limited',
				message: errorCodes.rate_limited,
				in_reply_to: 'p2p_connection_request',
				target_peer_id: b,
				generation: 7,
				retry_after_ms: 1_000,
			},
		},
	]);
	t.deepEqual(ask(c, 0), ['2<p2p_connection_request']);
	t.deepEqual(ask(a, 49), ['1<error:rate_limited']);
	t.deepEqual(ask(a, 50), ['2<p2p_connection_request']);
	t.deepEqual(brief(send(rooms, {type: 'ping', peer_id: a, sent_at_ms: 1}, 50)), ['1<pong']);
});

test('a message to all others counts once for each of them', (t) => {
	const rooms = roomOfThree();
	for (let count = 0; count < 200; count++) send(rooms, {...attempt, peer_id: a});
	t.deepEqual(brief(send(rooms, {...attempt, peer_id: a})), ['1<error:rate_limited']);
});

test('what leads to a direct way reaches members of the same session alone', (t) => {
	const rooms = roomOfThree();
	const other = 'o'.repeat(26);
	const stranger = 'd'.repeat(26);
	rooms.enter(entry(stranger, {create: true, socket: 4, session: other}), 0);
	const across = {...attempt, peer_id: a, target_peer_id: stranger};
	t.deepEqual(brief(send(rooms, across)), ['1<error:unknown_peer']);
	t.deepEqual(brief(send(rooms, {...attempt, peer_id: a})), [
		'2<p2p_connection_request',
		'3<p2p_connection_request',
	]);
	const forged = message({...attempt, session_id: other, peer_id: a, target_peer_id: stranger});
	t.deepEqual(brief(rooms.receive(1, forged, 100, 0)), ['1<error:peer_id_mismatch']);
});

test('a member that stays gets new TURN credentials in its pong when half the time of the old ones is over', (t) => {
	const turn = {renewAfterMs: 1000, serversFor: (peerId: string) => [{url: 'turn:t:1', username: peerId}]};
	const rooms = new Rooms(unlimited, 0, turn);
	for (const peerId of [a, b]) rooms.enter(entry(peerId), 0);
	const pong = (peerId: string, now: number) => {
		const [effect] = send(rooms, {type: 'ping', peer_id: peerId, sent_at_ms: 1}, now);
		return effect?.type === 'send' && effect.message.type === 'pong' ? effect.message.turn : 'no pong';
	};
	t.is(pong(a, 999), undefined);
	t.deepEqual(pong(a, 1000), [{url: 'turn:t:1', username: a}]);
	t.is(pong(a, 1001), undefined);
	t.deepEqual(pong(b, 1500), [{url: 'turn:t:1', username: b}]);
	t.deepEqual(pong(a, 2000), [{url: 'turn:t:1', username: a}]);
});
