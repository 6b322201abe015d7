/**
 * The routes of one direct attempt and what becomes of them. Whatever opens a connection, on either side, ends in
 * `#contend`, which makes a channel of it or a reason; the first channel ends all the rest.
 */
import type net from 'node:net';
import {
	type Candidate,
	type CandidateRules,
	filterSdp,
	formatCandidate,
	isSameCandidate,
	refuseCandidate,
} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {maxCandidates} from '../../protocol/limits.js';
import {type Route} from '../../protocol/tiers.js';
import {type Carrier} from '../carrier.js';
import {failureOf} from '../deadline.js';
import {type IceAttempt} from '../ice/ice-host.js';
import {openPeerChannel} from '../open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from '../peer-channel.js';
import {type Arrival} from './arrival.js';
import {dial} from './dial.js';
import {type DirectSignal} from './direct-signal.js';
import {type OpenDirectOptions} from './open-direct.js';
import {PunchRoute} from './punch-route.js';
import {type Contender, isTcp, Race} from './race.js';
import {RouteLog} from './route-log.js';
import {wordsOf} from './socket-words.js';
import {createTcpCarrier} from './tcp-carrier.js';

/** Connections that we take from the other side in one attempt: what it dials at most, and a knock. */
const maxArrivals = maxCandidates + 1;

/** Where nobody has measured how long the relay takes. */
const presumedRttMs = 100;

/** What a connection needs to take part. */
type Place = {
	readonly beforeHello: (() => Promise<void>) | undefined;
	/** It turned out to run another way than it set out. */
	enter(route: Route): void;
};

/** Reasons that hold for every connection to this peer, so there is no point in another one. */
const decisiveCodes: ReadonlySet<string> = new Set(['pinned', 'unsupported_version']);

export class DirectAttempt {
	readonly #options: OpenDirectOptions;
	readonly #outer: AbortSignal;
	readonly #stop = new AbortController();
	readonly #log: RouteLog;
	readonly #race = new Race(() => this.#tcpRunning > 0 || this.#punch?.isRunning === true);
	readonly #rules: CandidateRules;
	readonly #dialled: Candidate[] = [];
	#tcpRunning = 0;
	#iceRunning = 0;
	#settle: {resolve(channel: PeerChannel): void; reject(failure: Failure): void} | undefined;
	#winner: PeerChannel | undefined;
	#arrivals = 0;
	#punch: PunchRoute | undefined;
	#ice: IceAttempt | undefined;
	readonly #startedAt = performance.now();
	#rttMs: number | undefined;
	/** What both sides said of having nothing left to try. */
	#ourOver: string | undefined;
	#theirOver: string | undefined;
	#hasHeard = false;

	constructor(options: OpenDirectOptions, outer: AbortSignal) {
		this.#options = options;
		this.#outer = outer;
		this.#log = new RouteLog((record) => options.route(record));
		this.#rules = {own: options.listening, loopback: options.loopback};
		this.#rttMs = options.signalling?.rttMs;
	}

	async run(): Promise<PeerChannel> {
		const {arrivals, signalling, known, listening, generation} = this.#options;
		if (this.#outer.aborted) throw failureOf(this.#outer.reason);
		const stops: (() => void)[] = [];
		const timedOut = () => this.#fail(failureOf(this.#outer.reason));
		this.#outer.addEventListener('abort', timedOut, {once: true});
		try {
			return await new Promise<PeerChannel>((resolve, reject) => {
				this.#settle = {resolve, reject};
				stops.push(arrivals.take((arrival) => this.#takeArrival(arrival)));
				this.#dialAll(known);
				const mayPunch = signalling !== undefined && this.#options.reflectors.length > 0;
				signalling?.send({generation, candidates: listening, ...(!mayPunch && {mappings: []})});
				if (mayPunch) this.#startPunch();
				this.#startIce();
				if (signalling) stops.push(signalling.receive((signal) => this.#hear(signal)));
				this.#review();
			});
		} finally {
			for (const stop of stops) stop();
			this.#outer.removeEventListener('abort', timedOut);
			this.#race.close();
			this.#stop.abort(new Failure('closed', {message: 'not needed'}));
			if (!this.#winner?.route.startsWith('ice-')) this.#ice?.close();
		}
	}

	#hear(signal: DirectSignal): void {
		if (!this.#settle || signal.generation !== this.#options.generation) return;
		// An answer to our first signal took a round trip, or more.
		if (!this.#hasHeard && this.#options.leader) this.#rttMs ??= performance.now() - this.#startedAt;
		this.#hasHeard = true;
		this.#theirOver = signal.over;
		if (signal.over === undefined) this.#ourOver = undefined;
		if (signal.candidates) this.#dialAll(signal.candidates);
		this.#punch?.hear(signal);
		if (signal.sdp !== undefined) {
			this.#startIce(true);
			this.#ice?.remote(filterSdp(signal.sdp, this.#rules));
		}
		this.#review();
	}

	#dialAll(candidates: readonly Candidate[]): void {
		for (const candidate of candidates) {
			if (this.#dialled.length >= maxCandidates) return;
			if (this.#dialled.some((one) => isSameCandidate(one, candidate))) continue;
			if (refuseCandidate(candidate, this.#rules) !== undefined) continue;
			this.#dialled.push(candidate);
			void this.#contend('tcp-lan', async (place) => {
				try {
					const socket = await dial(candidate, {signal: this.#stop.signal});
					return await this.#openOver(createTcpCarrier(socket, this.#facts('tcp-lan')), 'client', place);
				} catch (error) {
					throw named(candidate, error);
				}
			});
		}
	}

	#takeArrival(arrival: Arrival): void {
		const {peer, hello, limiter, generation} = this.#options;
		if (!this.#settle || arrival.instance !== peer.instance || ++this.#arrivals > maxArrivals) {
			arrival.refuse('closed');
			return;
		}
		void this.#contend('tcp-lan', async ({beforeHello}) =>
			arrival.accept({
				generation,
				hello,
				limiter,
				callbacks: this.#callbacks(),
				beforeHello,
				signal: this.#stop.signal,
			}),
		);
	}

	#startPunch(): void {
		const {generation, leader, reflectors} = this.#options;
		this.#punch = new PunchRoute({
			generation,
			leader,
			reflectors,
			rules: this.#rules,
			rttMs: () => this.#rttMs ?? presumedRttMs,
			signal: this.#stop.signal,
			send: (signal) => this.#send(signal),
			started: () => this.#log.begin('tcp-punched'),
			connected: async (socket: net.Socket) =>
				this.#contend('tcp-punched', async (place) => {
					const carrier = createTcpCarrier(socket, this.#facts('tcp-punched'));
					return this.#openOver(carrier, leader ? 'client' : 'server', place);
				}),
			failed: (reason) => {
				this.#log.fail('tcp-punched', reason);
				this.#review();
			},
		});
	}

	/** The leader offers at once; the follower joins in when it is offered something. */
	#startIce(isOffered = false): void {
		const {ice, routes, signalling, leader, generation, loopback} = this.#options;
		if (this.#ice || !ice || !signalling || routes === 'tcp' || !(leader || isOffered)) return;
		const {stun, turn} = ice.servers;
		const farthest: Route = turn.length > 0 ? 'ice-turn' : stun.length > 0 ? 'ice-srflx' : 'ice-host';
		const attempt = ice.host.connect({
			initiator: leader,
			generation,
			servers: ice.servers,
			loopback,
			signal: this.#stop.signal,
			described: (sdp) => this.#send({generation, sdp}),
		});
		this.#ice = attempt;
		void this.#contend(farthest, async (place) => {
			const carrier = await attempt.opened;
			place.enter(carrier.route);
			return this.#openOver(carrier, leader ? 'client' : 'server', place);
		});
	}

	#openOver(carrier: Carrier, role: 'client' | 'server', {beforeHello}: Place): Promise<PeerChannel> {
		const {peer, identity, instance, keys, hello, limiter} = this.#options;
		return openPeerChannel({
			carrier,
			role,
			psk: keys.psk,
			sessionId: keys.sessionId,
			identity,
			instance,
			peer,
			hello,
			limiter,
			callbacks: this.#callbacks(),
			saysWho: true,
			beforeHello,
			signal: this.#stop.signal,
		});
	}

	/** Makes a channel of a connection, or a reason; false if it became none. */
	async #contend(route: Route, open: (place: Place) => Promise<PeerChannel>): Promise<boolean> {
		let current = route;
		let contender: Contender | undefined;
		const beforeHello = async () => {
			contender = this.#race.enter(current);
			await contender.chosen();
		};
		this.#log.begin(route);
		const isIce = !isTcp(route);
		if (isIce) this.#iceRunning++;
		else this.#tcpRunning++;
		try {
			const channel = await open({
				beforeHello: this.#options.leader ? beforeHello : undefined,
				enter: (actual) => {
					current = actual;
					this.#log.begin(actual);
				},
			});
			return this.#win(channel);
		} catch (error) {
			this.#log.note(current, error);
			if (error instanceof Failure && decisiveCodes.has(error.code)) this.#fail(error);
			contender?.leave();
			return false;
		} finally {
			if (isIce) this.#iceRunning--;
			else this.#tcpRunning--;
			this.#review();
		}
	}

	/** Nothing is left to try once both sides say so; without a way to ask, once we do. */
	#review(): void {
		if (!this.#settle) return;
		this.#race.review();
		if (this.#tcpRunning > 0 || this.#iceRunning > 0 || this.#punch?.isRunning) return;
		const {signalling, generation} = this.#options;
		if (!signalling) {
			this.#fail();
			return;
		}
		if (!this.#hasHeard) return;
		if (this.#ourOver === undefined) {
			this.#ourOver = this.#log.summary() ?? 'nothing else to try';
			signalling.send({generation, over: this.#ourOver});
		}
		if (this.#theirOver !== undefined) this.#fail();
	}

	/** Tells something that may give the other side something to try. */
	#send(signal: DirectSignal): void {
		this.#theirOver = undefined;
		if (this.#settle) this.#options.signalling?.send(signal);
	}

	#win(channel: PeerChannel): boolean {
		if (!this.#settle) {
			channel.close('not needed');
			return false;
		}
		this.#winner = channel;
		this.#settle.resolve(channel);
		this.#settle = undefined;
		this.#race.close();
		this.#log.finish(channel.route);
		return true;
	}

	#fail(failure?: Failure): void {
		if (!this.#settle) return;
		const settle = this.#settle;
		this.#settle = undefined;
		this.#log.finish(undefined);
		const {signal} = this.#options;
		const isOurs = failure !== undefined && (signal.aborted || decisiveCodes.has(failure.code));
		const reason = this.#log.summary() ?? this.#theirOver ?? (failure ? 'no answer' : 'nothing to try');
		settle.reject(isOurs ? failure : new Failure('no_path', {message: reason, cause: failure}));
	}

	#facts(route: Route) {
		return {route, generation: this.#options.generation};
	}

	/** Only the one channel that is given out is heard of; one too many ends in silence. */
	#callbacks(): PeerCallbacks {
		const {callbacks} = this.#options;
		return {
			message: (channel, message) => {
				if (channel === this.#winner) callbacks.message(channel, message);
			},
			bulk: (channel, kind, header, bytes) => {
				if (channel === this.#winner) callbacks.bulk(channel, kind, header, bytes);
			},
			closed: (channel, end) => {
				if (channel === this.#winner) callbacks.closed(channel, end);
			},
		};
	}
}

/** The failure with the address it happened at. */
function named(candidate: Candidate, error: unknown): Failure {
	if (error instanceof Failure && decisiveCodes.has(error.code)) return error;
	return new Failure('no_path', {
		message: `${formatCandidate(candidate)}: ${wordsOf(error)}`,
		cause: error,
	});
}
