/** Several relays as one in memory: hubs on a bus, with one clock. */
import {withDefaults} from '../../../relay/relay-limits.js';
import {type ClusterOptions} from '../../../relay/cluster/cluster.js';
import {defaultTimes, Hub} from '../../../relay/hub.js';
import {encodeFrame} from '../../../source/protocol/frame.js';
import {type MemoryBus, MemoryNetwork} from '../../helpers/memory-bus.js';
import {FakeClock, FakeSocket} from '../fake-sockets.js';
import {createPeer, createSession, handshake, type TestPeer, type TestSession} from '../raw-client.js';

export class TestRelay {
	readonly hub: Hub;
	readonly bus: MemoryBus;
	readonly logged: string[] = [];
	readonly #world: Relays;
	#ids = 0;

	constructor(world: Relays, digit: number) {
		this.#world = world;
		this.bus = world.network.party();
		const newRelayId: ClusterOptions['newRelayId'] = () =>
			`${digit}${(this.#ids++).toString(16)}`.padEnd(16, '0');
		this.hub = new Hub({
			rules: world.token === undefined ? {} : {token: world.token},
			limits: withDefaults({maxSessions: 100, maxPeers: 4}),
			factsFor: () => facts,
			cluster: {bus: this.bus, newRelayId, epochMs: 1_000_000},
			clock: world.clock,
			nonce: () => new Uint8Array(32),
			log: (message) => this.logged.push(message),
			times: defaultTimes,
		});
	}

	open(): FakeSocket {
		const socket = new FakeSocket();
		socket.events = this.hub.connect(socket);
		socket.heard();
		return socket;
	}

	/** A peer that enters here; it has what it was told since. */
	async enter(
		peer: TestPeer,
		session: TestSession,
		{
			type = 'join_session',
			instance = 'i1',
		}: {type?: 'create_session' | 'join_session'; instance?: string} = {},
	): Promise<FakeSocket> {
		const socket = this.open();
		socket.say({...handshake(type, peer, session, nonce), instance});
		await this.#world.network.settle();
		return socket;
	}
}

export class Relays {
	readonly network = new MemoryNetwork();
	readonly clock = new FakeClock();
	readonly token: string | undefined;
	readonly all: TestRelay[];
	readonly #dead = new Set<TestRelay>();

	constructor(count: number, token?: string) {
		this.token = token;
		this.all = Array.from({length: count}, (_, digit) => new TestRelay(this, digit));
	}

	add(): TestRelay {
		const relay = new TestRelay(this, this.all.length);
		this.all.push(relay);
		return relay;
	}

	/** Lets time pass, second by second; those named say something in each. */
	async pass(seconds: number, alive: readonly FakeSocket[] = []): Promise<void> {
		for (let second = 0; second < seconds; second++) {
			this.clock.advance(1000);
			for (const socket of alive) socket.received++;
			for (const relay of this.all) if (!this.#dead.has(relay)) relay.hub.tick();
			await this.network.settle();
		}
	}

	/** As a machine that lost its power. */
	kill(relay: TestRelay): void {
		this.#dead.add(relay);
		relay.bus.die();
	}
}

/** A session of two, a on the first relay and b on the second, who know of each other. */
export async function twoApart(world = new Relays(2)) {
	const [one, two] = world.all as [TestRelay, TestRelay];
	const [a, b] = [createPeer(), createPeer()] as const;
	const session = createSession(a);
	const first = await one.enter(a, session, {type: 'create_session'});
	const second = await two.enter(b, session);
	const peers = {a: {peer: a, socket: first, to: b}, b: {peer: b, socket: second, to: a}};
	const say = async (who: 'a' | 'b', message: object) => {
		const {peer, socket, to} = peers[who];
		socket.say({session_id: session.sessionId, peer_id: peer.peerId, target_peer_id: to.peerId, ...message});
		await world.network.settle();
	};

	const openTunnel = async (generation = 1, windowBytes = 1024 * 1024) => {
		const window = {generation, window_bytes: windowBytes};
		await say('a', {type: 'request_binary_proxy', ...window});
		await say('b', {type: 'binary_proxy_accepted', ...window});
	};

	const frame = (who: 'a' | 'b', counter: number, data: Uint8Array, generation = 1) => {
		const {socket, to} = peers[who];
		const {sessionId} = session;
		socket.events.binary(
			Buffer.from(encodeFrame({sessionId, peerId: to.peerId, sequence: {generation, counter}, data})),
		);
	};

	return {world, one, two, a, b, session, first, second, say, openTunnel, frame};
}

export const nonce = Buffer.alloc(32).toString('base64url');

const facts = {
	max_frame_bytes: 1,
	max_text_bytes: 1,
	max_window_bytes: 1,
	max_peers: 1,
	bytes_per_second: 0,
	stun: [],
	turn: [],
	reflectors: [],
	observed_ip: '192.0.2.1',
	observed_port: 5000,
};
