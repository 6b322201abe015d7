/**
 * The direct tier: each attempt gets what it needs of the port that peers connect to, what we know of their addresses, the
 * way to signal and the ICE child. The core says when an attempt is made.
 */
import {type Effect} from '../core/effect.js';
import {type Event} from '../core/event.js';
import {type PeerId} from '../core/state.js';
import {type Candidate, parseCandidate} from '../protocol/candidate.js';
import {Failure} from '../protocol/failure.js';
import {type TurnServer} from '../protocol/ice-server.js';
import {type Hello} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {type Arrival} from '../transport/direct/arrival.js';
import {HeldArrivals} from '../transport/direct/held-arrivals.js';
import {knock} from '../transport/direct/knock.js';
import {openDirect} from '../transport/direct/open-direct.js';
import {IceHost} from '../transport/ice/ice-host.js';
import {type Identity} from '../transport/identity.js';
import {type PeerCallbacks, type PeerChannel} from '../transport/peer-channel.js';
import {type RateLimiter} from '../transport/rate-limiter.js';
import {type SessionKeys} from '../transport/session-keys.js';
import {AttemptPace} from './attempt-pace.js';
import {DirectPort, type DirectPortOptions} from './direct-port.js';
import {directServers} from './direct-servers.js';
import {KnownAddresses} from './known-addresses.js';
import {sessionWords} from './session-words.js';
import {SignalBox} from './signal-box.js';

export type DirectDeskOptions = DirectPortOptions & {
	readonly identity: Identity;
	readonly instance: string;
	readonly keys: SessionKeys;
	readonly founderKey: string;
	readonly limiter?: RateLimiter;
	/** Servers of the user's own. */
	readonly stun?: readonly string[];
	readonly turn?: readonly TurnServer[];
	readonly hello: (tiers: readonly Tier[]) => Hello;
	readonly dispatch: (event: Event) => void;
};

export class DirectDesk {
	readonly signals: SignalBox;
	readonly port: DirectPort;
	readonly #options: DirectDeskOptions;
	readonly #held = new HeldArrivals();
	readonly #ice: IceHost;
	readonly #known = new KnownAddresses();
	readonly #knocking = new Set<PeerId>();
	readonly #pace = new AttemptPace();
	readonly #stop = new AbortController();

	constructor(options: DirectDeskOptions) {
		this.#options = options;
		const {keys, relay, dispatch, identity} = options;
		this.port = new DirectPort(options);
		this.signals = new SignalBox({self: identity.peerId, keys, relay, dispatch});
		this.#ice = new IceHost({log: (line) => options.log({message: 'ice', line})});
	}

	/** Opens the port for peers. A machine that gives none only dials. */
	async listen(): Promise<void> {
		const {identity, instance, keys, founderKey, hello} = this.#options;
		await this.port.open({
			identity,
			instance,
			keys,
			introduction: () => ({...hello(['direct']), founder_key: founderKey}),
			arrived: (arrival) => this.#arrived(arrival),
		});
	}

	/** One attempt, with all that is known. Rejects as `openDirect` does. */
	async open(
		effect: Extract<Effect, {type: 'open-carrier'}>,
		{callbacks, signal}: {callbacks: PeerCallbacks; signal: AbortSignal},
	): Promise<PeerChannel> {
		const {identity, instance, keys, hello, limiter, dispatch} = this.#options;
		const {peerId, generation, leader, tiers, routes} = effect;
		const peer = this.#options.state().peers.get(peerId);
		if (!peer) throw new Failure('no_path');
		if (!this.#pace.take(peerId)) {
			const reason = 'rate_limited';
			if (!leader) this.refuse({type: 'refuse-carrier', peerId, tier: 'direct', generation, reason, tiers});
			throw new Failure(reason, {message: reason});
		}
		const refused = new AbortController();
		const relay = this.#options.relay();
		const isOwnRelay = this.#options.embedded !== undefined;
		const {stun, turn, reflectors} = directServers(this.#options, isOwnRelay ? undefined : relay);
		const channel = await openDirect({
			peer: {peerId, instance: peer.instance},
			generation,
			leader,
			identity,
			instance,
			keys,
			hello: hello(tiers),
			limiter,
			callbacks,
			signal: AbortSignal.any([signal, refused.signal]),
			routes,
			loopback: this.port.usesLoopback,
			listening: this.port.listening(),
			known: this.#known.of(peerId),
			arrivals: this.#held.of(peerId, generation),
			reflectors,
			ice: {host: this.#ice, servers: {stun, turn}},
			signalling: this.signals.open(effect, (failure) => refused.abort(failure)),
			route: ({route, outcome, reason}) => {
				dispatch(
					outcome === undefined
						? {type: 'route-started', peerId, generation, route}
						: {type: 'route-ended', peerId, generation, route, outcome, reason},
				);
			},
		});
		this.#known.remember(peerId, {
			told: channel.hello.addresses.flatMap((text) => parseCandidate(text) ?? []),
		});
		return channel;
	}

	/** The core wants no attempt of this peer now. */
	refuse({peerId, generation, reason, tiers}: Extract<Effect, {type: 'refuse-carrier'}>): void {
		this.#held.drop(reason, peerId);
		this.signals.refuse(peerId, generation, reason, tiers);
	}

	/** Asks the leader for an attempt by dialling it. */
	async knock(peerId: PeerId, tiers: readonly Tier[]): Promise<void> {
		const peer = this.#options.state().peers.get(peerId);
		const candidates = this.#known.of(peerId);
		if (!peer || candidates.length === 0 || this.#knocking.has(peerId)) return;
		this.#knocking.add(peerId);
		const {identity, instance, keys, hello, log} = this.#options;
		try {
			const arrival = await knock({
				candidates,
				peer: {peerId, instance: peer.instance},
				identity,
				instance,
				keys,
				hello: hello(tiers),
				loopback: this.port.usesLoopback,
				signal: this.#stop.signal,
			});
			this.#arrived(arrival);
		} catch (error) {
			// The core asks again; what the attempt itself would have said, the next one says.
			log({message: 'a knock failed', peer: peerId.slice(0, 6), error: String(error)});
		} finally {
			this.#knocking.delete(peerId);
		}
	}

	/** The local network shows a member. */
	found(peer: {peerId: PeerId; instance: string; addresses: readonly Candidate[]}): void {
		const {peerId, instance, addresses} = peer;
		if (peerId === this.#options.identity.peerId) return;
		this.#known.remember(peerId, {lan: addresses});
		this.#options.dispatch({type: 'peer-found', peer: {peerId, instance}});
	}

	/** The local network shows it no longer. */
	lost(peerId: PeerId): void {
		this.#known.remember(peerId, {lan: []});
		this.#options.dispatch({type: 'peer-lost', peerId});
	}

	async close(): Promise<void> {
		this.#stop.abort(new Failure('closed'));
		this.#held.close();
		this.port.close();
		await this.#ice.close();
	}

	#arrived(arrival: Arrival): void {
		const {state, dispatch, identity} = this.#options;
		const {peerId, instance, publicKey, generation} = arrival;
		if (peerId === identity.peerId) return arrival.refuse(sessionWords.samePeer);
		if (!this.#held.hold(arrival)) return;
		const known = state().peers.get(peerId);
		if (!known?.present || known.instance !== instance || known.publicKey !== publicKey) {
			dispatch({type: 'peer-found', peer: {peerId, instance, publicKey}});
		}
		dispatch({type: 'carrier-requested', peerId, tier: 'direct', generation});
	}
}
