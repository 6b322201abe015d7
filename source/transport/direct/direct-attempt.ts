/**
 * One direct attempt as it unfolds: which routes are tried, with what both sides tell each other, and when there is
 * nothing left to try. Which connection becomes the channel is the contest's.
 */
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
import {failureOf} from '../deadline.js';
import {type IceAttempt} from '../ice/ice-host.js';
import {pathWords} from '../path-words.js';
import {type PeerChannel} from '../peer-channel.js';
import {type Arrival} from './arrival.js';
import {Contest, decisiveCodes} from './contest.js';
import {dial} from './dial.js';
import {type DirectSignal} from './direct-signal.js';
import {type OpenDirectOptions} from './open-direct.js';
import {PunchRoute} from './punch-route.js';
import {wordsOf} from './socket-words.js';
import {createTcpCarrier} from './tcp-carrier.js';

/** Connections that we take from the other side in one attempt: what it dials at most, and a knock. */
const maxArrivals = maxCandidates + 1;

/** Where nobody has measured how long the relay takes. */
const presumedRttMs = 100;

export class DirectAttempt {
	readonly #options: OpenDirectOptions;
	readonly #contest: Contest;
	readonly #rules: CandidateRules;
	readonly #startedAt = performance.now();
	readonly #dialled: Candidate[] = [];
	#arrivals = 0;
	#punch: PunchRoute | undefined;
	#ice: IceAttempt | undefined;
	#rttMs: number | undefined;
	#hasHeard = false;
	/** What each side said of having nothing left to try, since the last news. */
	#ourOver: string | undefined;
	#theirOver: string | undefined;

	constructor(options: OpenDirectOptions) {
		this.#options = options;
		this.#rules = {own: options.listening, loopback: options.loopback};
		this.#rttMs = options.signalling?.rttMs;
		this.#contest = new Contest(options, {
			changed: () => this.#review(),
			mayPunch: () => this.#punch?.isRunning === true,
		});
	}

	/** `signal` ends the attempt as a whole, not the channel that came of it. */
	async run(signal: AbortSignal): Promise<PeerChannel> {
		if (signal.aborted) throw failureOf(signal.reason);
		const {arrivals, signalling, known, listening, generation, reflectors} = this.#options;
		const aborted = () => this.#contest.fail(failureOf(signal.reason), this.#theirOver ?? pathWords.noAnswer);
		signal.addEventListener('abort', aborted, {once: true});
		const stops = [arrivals.take((arrival) => this.#takeArrival(arrival))];
		try {
			this.#dialAll(known);
			if (signalling) {
				const mayPunch = reflectors.length > 0;
				signalling.send({generation, candidates: listening, ...(!mayPunch && {mappings: []})});
				if (mayPunch) this.#startPunch();
				if (this.#options.leader) this.#startIce();
				stops.push(signalling.receive((said) => this.#hear(said)));
			}
			this.#review();
			return await this.#contest.result;
		} catch (error) {
			// So that the other side does not wait for us until its time is over.
			if (this.#ourOver === undefined) signalling?.send({generation, over: wordsOf(error)});
			throw error;
		} finally {
			signal.removeEventListener('abort', aborted);
			for (const stop of stops) stop();
			if (!this.#contest.winner?.route.startsWith('ice-')) this.#ice?.close();
		}
	}

	#hear(signal: DirectSignal): void {
		if (this.#contest.isOver || signal.generation !== this.#options.generation) return;
		// An answer to our first signal took a round trip, or more.
		if (!this.#hasHeard && this.#options.leader) this.#rttMs ??= performance.now() - this.#startedAt;
		this.#hasHeard = true;
		this.#theirOver = signal.over;
		if (signal.over === undefined) this.#ourOver = undefined;
		if (signal.candidates) this.#dialAll(signal.candidates);
		this.#punch?.hear(signal);
		if (signal.sdp !== undefined) {
			this.#startIce();
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
			void this.#dial(candidate);
		}
	}

	async #dial(candidate: Candidate): Promise<void> {
		const contest = this.#contest;
		await contest.contend('tcp-lan', async (place) => {
			try {
				const socket = await dial(candidate, {signal: contest.signal});
				return await contest.openOver(createTcpCarrier(socket, this.#facts('tcp-lan')), 'client', place);
			} catch (error) {
				throw named(candidate, error);
			}
		});
	}

	#takeArrival(arrival: Arrival): void {
		const {peer, hello, limiter, generation} = this.#options;
		if (this.#contest.isOver || arrival.instance !== peer.instance || ++this.#arrivals > maxArrivals) {
			arrival.refuse('closed');
			return;
		}
		const {signal} = this.#contest;
		void this.#contest.contend('tcp-lan', ({callbacks, beforeHello}) =>
			arrival.accept({generation, hello, limiter, callbacks, beforeHello, signal}),
		);
	}

	#startPunch(): void {
		const {generation, leader, reflectors} = this.#options;
		const contest = this.#contest;
		this.#punch = new PunchRoute({
			generation,
			leader,
			reflectors,
			rules: this.#rules,
			rttMs: () => this.#rttMs ?? presumedRttMs,
			signal: contest.signal,
			send: (signal) => this.#send(signal),
			started: () => contest.log.begin('tcp-punched'),
			connected: async (socket) =>
				contest.contend('tcp-punched', (place) => {
					const carrier = createTcpCarrier(socket, this.#facts('tcp-punched'));
					return contest.openOver(carrier, leader ? 'client' : 'server', place);
				}),
			failed: (reason) => {
				if (reason !== undefined) contest.log.fail('tcp-punched', reason);
				contest.review();
				this.#review();
			},
		});
	}

	/** The leader offers at once; the follower joins in when it is offered something. */
	#startIce(): void {
		const {ice, routes, leader, generation, loopback} = this.#options;
		if (this.#ice || !ice || routes === 'tcp') return;
		const {stun, turn} = ice.servers;
		const farthest: Route = turn.length > 0 ? 'ice-turn' : stun.length > 0 ? 'ice-srflx' : 'ice-host';
		const contest = this.#contest;
		const attempt = ice.host.connect({
			initiator: leader,
			generation,
			servers: ice.servers,
			loopback,
			signal: contest.signal,
			described: (sdp) => this.#send({generation, sdp}),
		});
		this.#ice = attempt;
		void contest.contend(farthest, async (place) => {
			const carrier = await attempt.opened;
			place.enter(carrier.route);
			return contest.openOver(carrier, leader ? 'client' : 'server', place);
		});
	}

	/** Tells something that may give the other side something to try. */
	#send(signal: DirectSignal): void {
		if (this.#contest.isOver) return;
		this.#theirOver = undefined;
		this.#options.signalling?.send(signal);
	}

	/** Nothing is left to try once both sides say so; without a way to ask, once we do. */
	#review(): void {
		const contest = this.#contest;
		if (contest.isOver || contest.isRunning || this.#punch?.isRunning) return;
		const {signalling, generation} = this.#options;
		if (!signalling) {
			contest.fail();
			return;
		}
		if (!this.#hasHeard) return;
		if (this.#ourOver === undefined) {
			this.#ourOver = contest.log.summary() ?? pathWords.nothingElse;
			signalling.send({generation, over: this.#ourOver});
		}
		if (this.#theirOver !== undefined) contest.fail(undefined, this.#theirOver);
	}

	#facts(route: Route) {
		return {route, generation: this.#options.generation};
	}
}

/** The failure with the address it happened at. */
function named(candidate: Candidate, error: unknown): Failure {
	if (error instanceof Failure && decisiveCodes.has(error.code)) return error;
	const message = pathWords.at(formatCandidate(candidate), wordsOf(error));
	return new Failure('no_path', {message, cause: error});
}
