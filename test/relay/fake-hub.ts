/** A hub without a network, with its sockets and its time. */
import {withDefaults} from '../../relay/relay-limits.js';
import {defaultTimes, Hub, type HubOptions} from '../../relay/hub.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {FakeClock, FakeSocket} from './fake-sockets.js';
import {handshake, type TestPeer, type TestSession} from './raw-client.js';

/** What every socket of such a hub must sign. */
export const nonce = Buffer.alloc(32).toString('base64url');

/** A hub with room for all that a test opens. */
export function hubWith(options: Partial<HubOptions> = {}) {
	const clock = new FakeClock();
	const hub = new Hub({
		rules: {},
		limits: withDefaults({maxSessions: 100, maxPeers: 100, maxHandshakesOfNetwork: 1000}),
		factsFor: ({address, port}) => ({
			max_frame_bytes: 1,
			max_text_bytes: 1,
			max_window_bytes: 1,
			max_peers: 1,
			bytes_per_second: 0,
			stun: [],
			turn: [],
			reflectors: [],
			observed_ip: address,
			observed_port: port,
		}),
		clock,
		nonce: () => new Uint8Array(32),
		log: () => undefined,
		times: defaultTimes,
		...options,
	});
	const open = (address?: string) => {
		const socket = new FakeSocket(address);
		socket.events = hub.connect(socket);
		return socket;
	};

	const enter = (
		peer: TestPeer,
		session: TestSession,
		type: 'create_session' | 'join_session' = 'join_session',
		address?: string,
	) => {
		const socket = open(address);
		socket.heard();
		socket.say(handshake(type, peer, session, nonce));
		return socket;
	};

	/** Ticks for a time; `alive` says something in each second. */
	const pass = (seconds: number, alive: readonly FakeSocket[] = []) => {
		for (let second = 0; second < seconds; second++) {
			clock.advance(1000);
			for (const socket of alive) socket.received++;
			hub.tick();
		}
	};

	return {hub, clock, open, enter, pass};
}

/** A member sends itself so much that it does not read, until it is given up; says how many frames. */
export function choke(socket: FakeSocket, {peerId}: TestPeer, {sessionId}: TestSession): number {
	socket.stalled = true;
	const sequence = {generation: 1, counter: 0};
	const data = new Uint8Array(60_000);
	let count = 0;
	for (; count < 400 && !socket.ended; count++) {
		socket.events.binary(encodeFrame({sessionId, peerId, sequence, data}));
	}

	return count;
}
