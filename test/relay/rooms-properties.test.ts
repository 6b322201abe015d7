/** What holds in any order of events: nobody speaks in another's name, and nothing goes where it should not. */
import test from 'ava';
import fc from 'fast-check';
import {withDefaults} from '../../relay/relay-limits.js';
import {Rooms} from '../../relay/rooms.js';
import {type RelayEffect} from '../../relay/effect.js';
import {decodeFrameHeader, encodeFrame} from '../../source/protocol/frame.js';
import {parseClientMessage} from '../../source/protocol/relay-messages.js';

const sessions = ['s', 't'].map((letter) => letter.repeat(26));
const peers = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(26));
const facts = {
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

const sockets = [1, 2, 3, 4];
const socket = fc.constantFrom(...sockets);
const session = fc.constantFrom(...sessions);
const peer = fc.constantFrom(...peers);
const generation = fc.constantFrom(1, 1, 1, 2, 0);
const payload = fc.oneof(
	fc.record({type: fc.constant('request_binary_proxy'), generation, window_bytes: fc.constant(100)}),
	fc.record({type: fc.constant('binary_proxy_accepted'), generation, window_bytes: fc.constant(100)}),
	fc.record({type: fc.constant('binary_proxy_credit'), generation, bytes: fc.constant(50)}),
	fc.record({type: fc.constant('binary_proxy_closed'), generation, reason: fc.constant('done')}),
	fc.constant({type: 'peer_message', channel: '1', sequence: 0, body: ''}),
	fc.constant({type: 'p2p_connection_request'}),
	fc.constant({type: 'ping', sent_at_ms: 1}),
);
const claim = fc.record({session_id: session, peer_id: peer});
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>) =>
	fc.oneof({weight: 7, arbitrary: fc.constant(undefined)}, {weight: 1, arbitrary});
const event = fc.oneof(
	{
		weight: 2,
		arbitrary: fc.record({kind: fc.constant('enter' as const), socket, session, peer, create: fc.boolean()}),
	},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('leave' as const), socket})},
	{weight: 4, arbitrary: fc.record({kind: fc.constant('tunnel' as const), socket, target: peer, generation})},
	{
		weight: 8,
		arbitrary: fc.record({
			kind: fc.constant('text' as const),
			socket,
			/** In whose name; its own where none is given. */
			claim: rarely(claim),
			target: fc.option(peer, {nil: undefined}),
			payload,
		}),
	},
	{
		weight: 12,
		arbitrary: fc.record({
			kind: fc.constant('frame' as const),
			socket,
			session: rarely(session),
			target: peer,
			generation,
			counter: fc.constantFrom(0, 0, 1, 2),
			bytes: fc.nat(60),
		}),
	},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('pass' as const), ms: fc.nat(20_000)})},
);

type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

/** Three peers of one session on the first three sockets. */
function startRooms(): Rooms {
	const rooms = new Rooms(withDefaults({maxSessions: 5, maxPeers: 3}), 0);
	for (const id of [1, 2, 3]) {
		run(rooms, {kind: 'enter', socket: id, session: sessions[0]!, peer: peers[id - 1]!, create: true}, 0);
	}

	return rooms;
}

/** Runs one event. */
function run(rooms: Rooms, given: Event, now: number): readonly RelayEffect[] {
	switch (given.kind) {
		case 'enter': {
			if (rooms.identityOf(given.socket)) return [];
			const {socket: id, peer: peerId, session: sessionId} = given;
			const member = {socket: id, peerId, publicKey: 'k'.repeat(20), name: 'n', instance: 'i'};
			const founder = given.create ? {founderKey: 'f'.repeat(20)} : {};
			const place = {sessionId, admissionHash: new Uint8Array(32), comeBackMs: 0};
			return rooms.enter({member, ...place, ...founder, facts}, now);
		}

		case 'leave': {
			return rooms.leave(given.socket, 'lost', now);
		}

		case 'text': {
			return say(rooms, given.socket, {...given.payload, target_peer_id: given.target, ...given.claim}, now);
		}

		case 'tunnel': {
			const own = rooms.identityOf(given.socket);
			const other = sockets.find((id) => {
				const identity = rooms.identityOf(id);
				return identity?.sessionId === own?.sessionId && identity?.peerId === given.target;
			});
			if (!own || other === undefined) return [];
			const window = {generation: given.generation, window_bytes: 100};
			say(rooms, given.socket, {type: 'request_binary_proxy', target_peer_id: given.target, ...window}, now);
			say(rooms, other, {type: 'binary_proxy_accepted', target_peer_id: own.peerId, ...window}, now);
			return [];
		}

		case 'frame': {
			const sequence = {generation: given.generation, counter: given.counter};
			const data = new Uint8Array(given.bytes);
			const sessionId = given.session ?? rooms.identityOf(given.socket)?.sessionId ?? sessions[0]!;
			const bytes = encodeFrame({sessionId, peerId: given.target, sequence, data});
			return rooms.receiveFrame(given.socket, bytes, now);
		}

		case 'pass': {
			rooms.expire(now);
			return rooms.release(now);
		}
	}
}

/** A message in the socket's own name, unless the message says otherwise. */
function say(rooms: Rooms, id: number, message: object, now: number): readonly RelayEffect[] {
	const {sessionId = sessions[0], peerId = peers[0]} = rooms.identityOf(id) ?? {};
	const parsed = parseClientMessage(JSON.stringify({session_id: sessionId, peer_id: peerId, ...message}));
	return parsed.ok ? rooms.receive(id, parsed.message, 100, now) : [];
}

test('what is passed on carries the name of who sent it, and stays in the session', (t) => {
	let frames = 0;
	let texts = 0;
	fc.assert(
		fc.property(fc.array(event, {minLength: 20, maxLength: 80}), (events) => {
			const rooms = startRooms();
			let now = 0;
			for (const given of events) {
				if (given.kind === 'pass') now += given.ms;
				const before = 'socket' in given ? rooms.identityOf(given.socket) : undefined;
				for (const effect of run(rooms, given, now)) {
					if (effect.type === 'send-frame') {
						const header = decodeFrameHeader(effect.bytes);
						if ('error' in header) return false;
						t.like(before, {peerId: header.peerId, sessionId: header.sessionId});
						t.like(rooms.identityOf(effect.to), {sessionId: header.sessionId});
						if (effect.to !== ('socket' in given ? given.socket : 0)) frames++;
					} else if (effect.type === 'send' && given.kind === 'text' && 'from_peer_id' in effect.message) {
						t.like(before, {peerId: effect.message.from_peer_id, sessionId: effect.message.session_id});
						t.like(rooms.identityOf(effect.to), {sessionId: effect.message.session_id});
						texts++;
					}
				}
			}

			return true;
		}),
		{numRuns: 1000},
	);
	t.true(frames > 20 && texts > 200, `seen: ${frames} frames, ${texts} texts`);
});

test('a peer has one socket, a socket one peer, and nothing is left of those that are gone', (t) => {
	fc.assert(
		fc.property(fc.array(event, {maxLength: 80}), (events) => {
			const rooms = startRooms();
			for (const given of events) {
				run(rooms, given, 0);
				const identities = [1, 2, 3, 4, 5, 6]
					.map((id) => rooms.identityOf(id))
					.filter((identity) => identity !== undefined);
				const names = new Set(identities.map(({sessionId, peerId}) => `${sessionId} ${peerId}`));
				t.is(names.size, identities.length);
				t.is(rooms.peerCount, identities.length);
				t.is(rooms.sessionCount, new Set(identities.map(({sessionId}) => sessionId)).size);
				for (const id of sessions.flatMap((sessionId) => [...(rooms.roomOf(sessionId)?.sockets ?? [])])) {
					t.true(rooms.identityOf(id) !== undefined, `socket ${id} is gone`);
				}
			}

			for (const id of sockets) rooms.leave(id, 'lost', 0);
			t.deepEqual([rooms.peerCount, rooms.sessionCount, rooms.tunnelCount], [0, 0, 0]);
		}),
		{numRuns: 300},
	);
});
