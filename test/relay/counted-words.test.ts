/**
 * Each word that a hub counts by has something here that moves it by one and no other with it; metrics.test.ts has those
 * that a plain session moves, unfinished.test.ts, shared-accounts.test.ts and pauses.test.ts the ones they are about. What is refused before a WebSocket is open is the server's (abuse-before-entering.test.ts, sockets-and-limits.test.ts).
 */
import test from 'ava';
import {type SomeLimits, withDefaults} from '../../relay/relay-limits.js';
import {type Tally} from '../../relay/tally.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {choke, hubWith, nonce} from './fake-hub.js';
import {createPeer, createSession, handshake} from './raw-client.js';

const [founder, guest, third] = [createPeer(), createPeer(), createPeer()];
const session = createSession(founder);
const own = {session_id: session.sessionId, peer_id: founder.peerId};
const toGuest = {...own, target_peer_id: guest.peerId};
const join = handshake('join_session', guest, session, nonce);
const create = handshake('create_session', founder, session, nonce);
const data = {type: 'peer_message', channel: '1', sequence: 0, body: 'A'.repeat(80_000)};

function sceneWith(limits: SomeLimits = {}) {
	const made = hubWith({limits: withDefaults({maxHandshakesOfNetwork: 10_000}, limits)});
	const {enter, open, hub} = made;
	return {
		...made,
		enterBoth: () => [enter(founder, session, 'create_session'), enter(guest, session)] as const,
		/** A new socket that has said this. */
		say: (message: object) => {
			const socket = open();
			socket.say(message);
			return socket;
		},
		/** All that was counted by these, as plain numbers. */
		counted: (names: readonly Counted[]) =>
			Object.fromEntries(names.map((name) => [name, (hub.counts[name] satisfies Tally).all()])),
	};
}

type Counted = 'closed' | 'dropped' | 'errors' | 'handshakes' | 'held';
type Scene = ReturnType<typeof sceneWith>;

type Case = {
	readonly what: string;
	readonly limits?: SomeLimits;
	readonly run: (scene: Scene) => unknown;
	/** All that is counted by then, of each tally that is named. */
	readonly counts: Partial<Record<Counted, Record<string, number>>>;
};

const cases: readonly Case[] = [
	{
		what: 'a message that is none',
		run: ({say}) => say({type: 1}),
		counts: {errors: {bad_message: 1}},
	},
	{
		what: 'a message of another program',
		run: ({say}) => say({type: 'of_a_later_version'}),
		counts: {errors: {unknown_type: 1}},
	},
	{
		what: 'a message before entering',
		run: ({say}) => say({type: 'ping', ...own, sent_at_ms: 1}),
		counts: {errors: {peer_id_mismatch: 1}, handshakes: {}},
	},
	{
		what: 'a message to nobody',
		run: ({enter}) => enter(founder, session, 'create_session').say({...data, ...toGuest}),
		counts: {errors: {unknown_peer: 1}, handshakes: {admitted: 1}},
	},
	{
		what: 'a message above every limit',
		run: ({open}) => open().events.tooLarge(),
		counts: {errors: {frame_too_large: 1}},
	},
	{
		what: 'a frame without a tunnel',
		run({enterBoth}) {
			const sequence = {generation: 1, counter: 0};
			const bytes = encodeFrame({...session, peerId: guest.peerId, sequence, data: new Uint8Array(10)});
			enterBoth()[0].events.binary(bytes);
		},
		counts: {errors: {no_tunnel: 1}, dropped: {}},
	},
	{
		what: "another's key",
		run: ({say}) => say({...create, peer_id: guest.peerId}),
		counts: {errors: {peer_id_mismatch: 1}, handshakes: {peer_id_mismatch: 1}},
	},
	{
		what: 'another version',
		run: ({say}) => say({...create, protocol_version: 2}),
		counts: {errors: {unsupported_version: 1}, handshakes: {unsupported_version: 1}},
	},
	{
		what: 'a session that is full',
		limits: {maxPeers: 2},
		run({enterBoth, enter}) {
			enterBoth();
			enter(third, session);
		},
		counts: {errors: {session_full: 1}, handshakes: {admitted: 2, session_full: 1}, closed: {}},
	},
	{
		what: 'one session too many',
		limits: {maxSessions: 1},
		run({enter}) {
			enter(founder, session, 'create_session');
			enter(third, createSession(third), 'create_session');
		},
		counts: {errors: {relay_full: 1}, handshakes: {admitted: 1, relay_full: 1}, closed: {}},
	},
	{
		what: 'one socket too many',
		limits: {maxHandshakes: 1},
		run({open}) {
			open();
			open().events.closed();
		},
		counts: {errors: {relay_full: 1}, closed: {relay_full: 1}, handshakes: {}},
	},
	{
		what: 'a fifth handshake',
		run({open, clock}) {
			const socket = open();
			for (let attempt = 0; attempt < 5; attempt++) socket.say(join);
			clock.advance(1000);
			socket.events.closed();
		},
		counts: {
			handshakes: {not_admitted: 4, too_many_attempts: 1},
			closed: {too_many_attempts: 1},
			// It was closed before its refusals were due.
			dropped: {gone: 4},
		},
	},
	{
		what: 'failing too often from one address',
		run({say}) {
			for (let attempt = 0; attempt < 121; attempt++) say(join);
		},
		counts: {handshakes: {not_admitted: 120, rate_limited: 1}, errors: {rate_limited: 1}},
	},
	{
		what: 'a handshake that does not come',
		run({open, clock}) {
			const socket = open();
			clock.advance(10_000);
			socket.events.closed();
		},
		counts: {closed: {no_handshake_in_time: 1}, handshakes: {}},
	},
	{
		what: 'a peer that connects again',
		run({enter}) {
			const older = enter(founder, session, 'create_session');
			enter(founder, session, 'create_session');
			older.events.closed();
		},
		counts: {closed: {replaced: 1}, handshakes: {admitted: 2}},
	},
	{
		what: 'a handshake that comes later than one on a newer socket',
		run({open, enter}) {
			const older = open();
			enter(founder, session, 'create_session');
			older.say(create);
			older.events.closed();
		},
		counts: {
			closed: {a_later_connection_is_in_use: 1},
			handshakes: {admitted: 1, later_in_use: 1},
			errors: {},
		},
	},
	{
		what: 'a socket that is gone before it is told',
		run({say, clock}) {
			say(join).events.closed();
			clock.advance(1000);
		},
		counts: {closed: {lost: 1}, dropped: {gone: 1}, errors: {}},
	},
	{
		what: 'a socket that is gone with what waited for it',
		run({enterBoth}) {
			const [from, to] = enterBoth();
			to.stalled = true;
			for (let sequence = 0; sequence < 9; sequence++) from.say({...data, ...toGuest, sequence});
			to.events.closed();
		},
		// Some 256 KiB were handed over to the socket by then.
		counts: {closed: {lost: 1}, dropped: {gone: 5}},
	},
	{
		what: 'a silent socket',
		run({enter, pass}) {
			enter(founder, session, 'create_session');
			pass(17);
		},
		counts: {closed: {silent: 1}},
	},
	{
		what: 'a goodbye',
		run({enter}) {
			const socket = enter(founder, session, 'create_session');
			socket.say({type: 'leave_session', ...own});
			socket.events.closed();
		},
		counts: {closed: {left: 1}, errors: {}},
	},
	{
		what: 'the end of the relay',
		run({enter, open, hub}) {
			const sockets = [enter(founder, session, 'create_session'), open()];
			hub.shutDown();
			for (const socket of [...sockets, open()]) socket.events.closed();
		},
		counts: {closed: {shutting_down: 3}, errors: {shutting_down: 3}},
	},
	{
		what: 'data when the bytes of the day are used up',
		limits: {bytesPerDay: {session: 1000}},
		run({enterBoth}) {
			const [from] = enterBoth();
			for (let sequence = 0; sequence < 2; sequence++) from.say({...data, ...toGuest, sequence});
		},
		counts: {dropped: {over_limit: 1}, errors: {rate_limited: 1}},
	},
];

for (const {what, limits, run, counts} of cases) {
	test(`${what} is counted: ${JSON.stringify(counts)}`, (t) => {
		const scene = sceneWith(limits);
		run(scene);
		t.deepEqual(scene.counted(Object.keys(counts) as Counted[]), counts);
	});
}

test('what does not fit into the queue of who does not read is counted, and all that waited there', (t) => {
	const {enter, counted} = sceneWith();
	const socket = enter(founder, session, 'create_session');
	const sent = choke(socket, founder, session);
	const waited = sent - 1 - socket.frames.length;
	t.true(waited > 100);
	t.deepEqual(counted(['closed', 'dropped']), {
		closed: {too_slow: 1},
		dropped: {too_slow: 1, gone: waited},
	});
});
