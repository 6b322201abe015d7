/** Two members of one session on loopback, with what the direct tier needs of each. */
import {type Candidate} from '../../../../source/protocol/candidate.js';
import {type PeerChannel} from '../../../../source/transport/peer-channel.js';
import {type DirectSignal} from '../../../../source/transport/direct/direct-signal.js';
import {type Arrival} from '../../../../source/transport/direct/arrival.js';
import {DirectListener} from '../../../../source/transport/direct/direct-listener.js';
import {HeldArrivals} from '../../../../source/transport/direct/held-arrivals.js';
import {openDirect, type OpenDirectOptions} from '../../../../source/transport/direct/open-direct.js';
import {type RouteRecord} from '../../../../source/transport/direct/route-log.js';
import {createSecret, deriveSession, type SessionKeys} from '../../../../source/transport/session-keys.js';
import {createPair, helloOf, listen, type Person, type Told} from '../../support/peers.js';

export type DirectPeer = {
	readonly person: Person;
	readonly listener: DirectListener;
	readonly held: HeldArrivals;
	readonly arrivals: Arrival[];
	readonly told: Told;
	readonly records: RouteRecord[];
	readonly at: Candidate;
	/** Resolves with the next arrival. */
	arrived(): Promise<Arrival>;
};

export type DirectScene = {
	readonly keys: SessionKeys;
	readonly leader: DirectPeer;
	readonly follower: DirectPeer;
	stop(): void;
};

export async function openDirectScene(): Promise<DirectScene> {
	const [one, other] = createPair();
	const keys = deriveSession({secret: createSecret(), founderPublicKey: one.identity.publicKey});
	const leader = await createPeer(one, keys);
	const follower = await createPeer(other, keys);
	return {
		keys,
		leader,
		follower,
		stop() {
			for (const {listener, held} of [leader, follower]) {
				listener.close();
				held.close();
			}
		},
	};
}

async function createPeer(person: Person, keys: SessionKeys): Promise<DirectPeer> {
	const held = new HeldArrivals();
	const arrivals: Arrival[] = [];
	const waiting: (() => void)[] = [];
	const listener = await DirectListener.open({
		identity: person.identity,
		instance: person.instance,
		keys,
		host: '127.0.0.1',
		introduction: () => ({...helloOf(person.name), founder_key: person.identity.publicKey}),
		arrived(arrival) {
			arrivals.push(arrival);
			held.hold(arrival);
			for (const resolve of waiting.splice(0)) resolve();
		},
	});
	return {
		person,
		listener,
		held,
		arrivals,
		told: listen(),
		records: [],
		at: {ip: '127.0.0.1', port: listener.port ?? 0},
		async arrived() {
			if (arrivals.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
			return arrivals.shift()!;
		},
	};
}

/** One side's half of an attempt; nothing is known and nothing can be told unless the overrides say so. */
export function attempt(
	scene: DirectScene,
	who: 'leader' | 'follower',
	overrides: Partial<OpenDirectOptions> = {},
): Promise<PeerChannel> {
	const self = scene[who];
	const other = scene[who === 'leader' ? 'follower' : 'leader'].person;
	const {generation = 3} = overrides;
	const peer = {peerId: other.identity.peerId, instance: other.instance};
	return openDirect({
		peer,
		generation,
		leader: who === 'leader',
		identity: self.person.identity,
		instance: self.person.instance,
		keys: scene.keys,
		hello: helloOf(self.person.name),
		callbacks: self.told.callbacks,
		signal: new AbortController().signal,
		routes: 'all',
		loopback: true,
		listening: [],
		known: [],
		arrivals: self.held.of(peer.peerId, generation),
		reflectors: [],
		route: (record) => self.records.push(record),
		...overrides,
	});
}

/** A way for two peers to tell each other signals; what comes before somebody listens is kept. */
export function createSignalling() {
	const sides = [createSide(), createSide()] as const;
	const end = (own: 0 | 1) => ({
		send: (signal: DirectSignal) => void setImmediate(() => sides[own === 0 ? 1 : 0].tell(signal)),
		receive: (listener: (signal: DirectSignal) => void) => sides[own].listen(listener),
	});
	return {leader: end(0), follower: end(1), told: sides.map(({signals}) => signals)};
}

function createSide() {
	const signals: DirectSignal[] = [];
	const listeners = new Set<(signal: DirectSignal) => void>();
	return {
		signals,
		tell(signal: DirectSignal) {
			signals.push(signal);
			for (const listener of listeners) listener(signal);
		},
		listen(listener: (signal: DirectSignal) => void) {
			listeners.add(listener);
			for (const signal of [...signals]) listener(signal);
			return () => void listeners.delete(listener);
		},
	};
}

/** How many TCP sockets and servers this process has open. */
export function countSockets(): number {
	return process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length;
}
