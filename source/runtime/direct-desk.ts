/**
 * Everything that the direct tier needs beside the attempts themselves: the port that peers connect to, what we know of
 * their addresses, the way to signal, the ICE child. The core says when an attempt is made; here it gets what it needs.
 */
import {type Effect} from '../core/effect.js';
import {type Event} from '../core/event.js';
import {type PeerId, type State} from '../core/state.js';
import {type Candidate, formatCandidate, isSameCandidate, parseCandidate} from '../protocol/candidate.js';
import {Failure} from '../protocol/failure.js';
import {type TurnServer} from '../protocol/ice-server.js';
import {type Hello} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {type Arrival} from '../transport/direct/arrival.js';
import {DirectListener, type DirectListenerOptions} from '../transport/direct/direct-listener.js';
import {HeldArrivals} from '../transport/direct/held-arrivals.js';
import {knock} from '../transport/direct/knock.js';
import {openDirect} from '../transport/direct/open-direct.js';
import {IceHost} from '../transport/ice/ice-host.js';
import {type Identity} from '../transport/identity.js';
import {type PeerCallbacks, type PeerChannel} from '../transport/peer-channel.js';
import {type RateLimiter} from '../transport/rate-limiter.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {type SessionKeys} from '../transport/session-keys.js';
import {AttemptPace} from './attempt-pace.js';
import {directServers, isLoopbackHost} from './direct-servers.js';
import {type EmbeddedRelay} from './embedded-relay.js';
import {localAddresses} from './local-addresses.js';
import {SignalBox} from './signal-box.js';

export type DirectDeskOptions = {
	readonly identity: Identity;
	readonly instance: string;
	readonly keys: SessionKeys;
	readonly founderKey: string;
	readonly limiter?: RateLimiter;
	/** The relay inside this process: its port is the one that peers connect to. */
	readonly embedded?: EmbeddedRelay;
	/** Where people say that the embedded relay is reached. */
	readonly advertised?: Candidate;
	/** Servers of the user's own. */
	readonly stun?: readonly string[];
	readonly turn?: readonly TurnServer[];
	readonly state: () => State;
	readonly relay: () => RelayConnection | undefined;
	readonly hello: (tiers: readonly Tier[]) => Hello;
	readonly dispatch: (event: Event) => void;
	readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

/** What an attempt tells the other side. */
const maxCandidates = 8;
/** Peers whose addresses are remembered. */
const maxKnown = 64;

export class DirectDesk {
	readonly signals: SignalBox;
	readonly #options: DirectDeskOptions;
	readonly #held = new HeldArrivals();
	readonly #ice: IceHost;
	/** Where peers listen, as the local network or they themselves said last. */
	readonly #known = new Map<PeerId, {lan: readonly Candidate[]; told: readonly Candidate[]}>();
	readonly #knocking = new Set<PeerId>();
	readonly #pace = new AttemptPace();
	readonly #stop = new AbortController();
	#listener: DirectListener | undefined;

	constructor(options: DirectDeskOptions) {
		this.#options = options;
		const {keys, relay, dispatch, identity} = options;
		this.signals = new SignalBox({self: identity.peerId, keys, relay, dispatch});
		this.#ice = new IceHost({log: (line) => options.log({message: 'ice', line})});
	}

	/** Opens the port for peers. A machine that gives none only dials. */
	async listen(): Promise<void> {
		const {identity, instance, keys, founderKey, embedded, hello, log} = this.#options;
		const options: DirectListenerOptions = {
			identity,
			instance,
			keys,
			introduction: () => ({...hello(['direct']), founder_key: founderKey}),
			arrived: (arrival) => this.#arrived(arrival),
		};
		try {
			if (embedded) {
				const listener = new DirectListener(options);
				embedded.acceptDirect((socket) => listener.take(socket));
				this.#listener = listener;
			} else {
				this.#listener = await DirectListener.open(options);
			}
		} catch (error) {
			log({message: 'no port for direct connections', error: String(error)});
		}
	}

	/** True where all that we listen on is this machine's own: nobody else can find us. */
	get isLocal(): boolean {
		return this.listening().every(({ip}) => isLoopbackHost(ip)) || this.#usesLoopback;
	}

	/** The port that others in the local network may be told. */
	get port(): number | undefined {
		return this.#options.embedded?.port ?? this.#listener?.port;
	}

	/** Where we can be reached now, best first. */
	listening(): readonly Candidate[] {
		const {port} = this;
		if (!this.#listener || port === undefined) return [];
		const {embedded, advertised} = this.#options;
		const all = embedded === undefined || embedded.host === '::' || embedded.host === '0.0.0.0';
		const hosts = all ? localAddresses() : [embedded.host];
		const own = hosts
			.filter((host) => this.#usesLoopback || !isLoopbackHost(host))
			.map((ip) => ({ip, port, route: 'tcp-lan'}));
		if (this.#usesLoopback && all && !hosts.includes('127.0.0.1')) {
			own.unshift({ip: '127.0.0.1', port, route: 'tcp-lan'});
		}
		return (advertised ? [...own, advertised] : own).slice(0, maxCandidates);
	}

	/** The same as peers are told in `hello`. */
	addresses(): string[] {
		return this.listening().map((candidate) => formatCandidate(candidate));
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
			loopback: this.#usesLoopback,
			listening: this.listening(),
			known: this.#knownOf(peerId),
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
		this.#remember(peerId, {told: channel.hello.addresses.flatMap((text) => parseCandidate(text) ?? [])});
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
		const candidates = this.#knownOf(peerId);
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
				loopback: this.#usesLoopback,
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
		this.#remember(peerId, {lan: addresses});
		this.#options.dispatch({type: 'peer-found', peer: {peerId, instance}});
	}

	/** The local network shows it no longer. */
	lost(peerId: PeerId): void {
		this.#remember(peerId, {lan: []});
		this.#options.dispatch({type: 'peer-lost', peerId});
	}

	async close(): Promise<void> {
		this.#stop.abort(new Failure('closed'));
		this.#held.close();
		this.#listener?.close();
		await this.#ice.close();
	}

	#arrived(arrival: Arrival): void {
		const {state, dispatch, identity} = this.#options;
		const {peerId, instance, publicKey, generation} = arrival;
		if (peerId === identity.peerId) return arrival.refuse('this is the same peer');
		if (!this.#held.hold(arrival)) return;
		const known = state().peers.get(peerId);
		if (!known?.present || known.instance !== instance || known.publicKey !== publicKey) {
			dispatch({type: 'peer-found', peer: {peerId, instance, publicKey}});
		}
		dispatch({type: 'carrier-requested', peerId, tier: 'direct', generation});
	}

	#knownOf(peerId: PeerId): readonly Candidate[] {
		const known = this.#known.get(peerId);
		if (!known) return [];
		const fresh = known.told.filter((told) => !known.lan.some((lan) => isSameCandidate(lan, told)));
		return [...known.lan, ...fresh].slice(0, maxCandidates);
	}

	#remember(peerId: PeerId, change: {lan?: readonly Candidate[]; told?: readonly Candidate[]}): void {
		const known = {lan: [], told: [], ...this.#known.get(peerId), ...change};
		this.#known.delete(peerId);
		this.#known.set(peerId, known);
		const [oldest] = this.#known.keys();
		if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
	}

	/**
	 * Whether peers on this machine are reached over loopback: where our relay is, or where the relay inside this process
	 * can be reached in no other way.
	 */
	get #usesLoopback(): boolean {
		const {embedded, relay, state} = this.#options;
		if (embedded) return isLoopbackHost(embedded.host) || localAddresses().every(isLoopbackHost);
		const url = relay()?.url ?? state().session.relayUrl;
		return url !== '' && isLoopbackHost(new URL(url).hostname.replace(/^\[|\]$/g, ''));
	}
}
