/**
 * The route `tcp-punched` of one attempt: learn our mappings, tell them, hear theirs, and start together. The leader says
 * when, once both are known; what it says takes half a round trip to arrive, and it waits as long itself.
 */
import type net from 'node:net';
import {type Candidate, type CandidateRules, refuseCandidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {natWords, pathWords} from '../path-words.js';
import {type DirectSignal, type NatKind} from './direct-signal.js';
import {sumUp} from './dial.js';
import {punch} from './punch.js';
import {type Family, reflect, type Reflection} from './reflect.js';

/** Both sides get ready meanwhile. */
const startInMs = 50;

export type PunchRouteOptions = {
	readonly generation: number;
	readonly leader: boolean;
	readonly reflectors: readonly string[];
	readonly rules: CandidateRules;
	readonly rttMs: () => number;
	readonly signal: AbortSignal;
	readonly send: (signal: DirectSignal) => void;
	/** The punch begins, after all that may keep it from that. */
	readonly started: () => void;
	/** A socket came through; resolves false if it became no channel. */
	readonly connected: (socket: net.Socket) => Promise<boolean>;
	/** It is over without a channel; why, unless the other side does not punch, which is its to explain. */
	readonly failed: (reason: string | undefined) => void;
};

type Theirs = {readonly mappings: readonly Candidate[]; readonly natKind: NatKind};

export class PunchRoute {
	readonly #options: PunchRouteOptions;
	#reflections: readonly Reflection[] | undefined;
	#theirs: Theirs | undefined;
	#startInMs: number | undefined;
	#hasStarted = false;
	#isOver = false;

	constructor(options: PunchRouteOptions) {
		this.#options = options;
		options.signal.addEventListener('abort', () => this.#close(), {once: true});
		void this.#learn();
	}

	/** Until it has failed. */
	get isRunning(): boolean {
		return !this.#isOver;
	}

	/** What the other side told. */
	hear({mappings, natKind = 'unknown', startInMs: told}: DirectSignal): void {
		if (mappings) this.#theirs = {mappings, natKind};
		if (told !== undefined && !this.#options.leader) this.#startInMs = told;
		this.#review();
	}

	async #learn(): Promise<void> {
		const {reflectors, signal, generation, send} = this.#options;
		const families: readonly Family[] = [4, 6];
		const results = await Promise.allSettled(
			families.map(async (family) => reflect(reflectors, family, signal)),
		);
		const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
		this.#reflections = found;
		if (signal.aborted) {
			this.#close();
			return;
		}
		send({generation, mappings: found.map(({mapping}) => mapping), natKind: natKindOf(found)});
		if (found.length > 0) this.#review();
		else this.#fail(sumUp(errorsOf(results).slice(0, 1)));
	}

	#review(): void {
		const {leader, generation, send, rttMs} = this.#options;
		if (!this.#reflections || !this.#theirs || this.#hasStarted || this.#isOver) return;
		if (this.#theirs.mappings.length === 0) {
			this.#fail(undefined);
			return;
		}
		const pairs = this.#pairs(this.#reflections, this.#theirs);
		if (typeof pairs === 'string') {
			this.#fail(pairs);
			return;
		}
		if (leader) {
			send({generation, startInMs});
			void this.#punch(pairs, startInMs + rttMs() / 2);
		} else if (this.#startInMs !== undefined) {
			void this.#punch(pairs, this.#startInMs);
		}
	}

	/** Which mappings to punch between; why none, in words. */
	#pairs(ours: readonly Reflection[], {mappings, natKind}: Theirs): readonly Pair[] | string {
		const rules = {
			...this.#options.rules,
			own: [...this.#options.rules.own, ...ours.map(({mapping}) => mapping)],
		};
		const pairs = ours.flatMap((from) => {
			const to = mappings.find(({ip}) => ip.includes(':') === (from.family === 6));
			return to ? [{from, to, refused: refuseCandidate(to, rules)}] : [];
		});
		if (pairs.length === 0) return natWords.noCommonFamily;
		const allowed = pairs.filter(({refused}) => refused === undefined);
		if (allowed.length === 0) return natWords.notDialled(pairs[0]?.refused ?? '');
		// Nobody knows in advance which ports will be seen. IPv6 has no such NAT worth the name.
		const isHopeless = natKindOf(ours) === 'symmetric' && natKind === 'symmetric';
		const hopeful = allowed.filter(({from}) => !isHopeless || from.family === 6);
		return hopeful.length > 0 ? hopeful : natWords.symmetricBoth;
	}

	async #punch(pairs: readonly Pair[], inMs: number): Promise<void> {
		const {signal, started, connected} = this.#options;
		this.#hasStarted = true;
		started();
		const tries = pairs.map(async ({from, to}) => {
			const socket = await punch({from, to, startInMs: inMs, signal});
			if (!(await connected(socket))) throw new Failure('no_path', {message: pathWords.cutOff});
		});
		const results = await Promise.allSettled(tries);
		const errors = errorsOf(results);
		if (errors.length === results.length) this.#fail(this.#withNat(sumUp(errors)));
	}

	/** A symmetric NAT on one side explains the rest: where strangers were let in on the other, it would not have mattered. */
	#withNat(reason: string): string {
		const here = natKindOf(this.#reflections ?? []) === 'symmetric';
		if (!here && this.#theirs?.natKind !== 'symmetric') return reason;
		return natWords.symmetric(here ? 'ours' : 'theirs', reason.endsWith(pathWords.noAnswer), reason);
	}

	#fail(reason: string | undefined): void {
		if (this.#isOver) return;
		this.#close();
		this.#options.failed(reason);
	}

	#close(): void {
		this.#isOver = true;
		for (const reflection of this.#reflections ?? []) reflection.close();
	}
}

type Pair = {readonly from: Reflection; readonly to: Candidate};

function errorsOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
	return results.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
}

/** Of the IPv4 mapping where there is one: that is the one behind a NAT. */
function natKindOf(reflections: readonly Reflection[]): NatKind {
	return (reflections.find(({family}) => family === 4) ?? reflections[0])?.natKind ?? 'unknown';
}
