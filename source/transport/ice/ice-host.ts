/**
 * Tier direct through ICE: data channels in a child program of its own, for their library is native code that can abort
 * or hang a process. Whatever happens there is a lost or refused carrier here, never a lost program.
 */
import {Failure} from '../../protocol/failure.js';
import {type Carrier} from '../carrier.js';
import {iceWords} from '../path-words.js';
import {IceLink} from './ice-link.js';
import {IceProcess} from './ice-process.js';
import {decodeCount, type FrameType} from './pipe-frame.js';

/** A program that dies again and again is started no more than so often. */
const maxStarts = 5;
const startsWithinMs = 60_000;

/** A child with nothing to do costs some memory; a new one is there in a tenth of a second. */
const restAfterMs = 60_000;

/** A TURN server, `turn:HOST[:PORT]`, over UDP: the library knows no other one. */
type TurnServer = {readonly url: string; readonly username?: string; readonly credential?: string};

/** Who helps through a NAT; none at all still finds a path inside one network. */
export type IceServers = {readonly stun: readonly string[]; readonly turn: readonly TurnServer[]};

export type IceConnectOptions = {
	/** The leader makes the offer. */
	readonly initiator: boolean;
	readonly generation: number;
	readonly servers: IceServers;
	/** Whether a path over loopback may be used where there is no other interface. */
	readonly loopback: boolean;
	/** Ends the attempt while it is one; a carrier that has opened stays. */
	readonly signal?: AbortSignal;
	/** Less than the 8 s that it takes at most. */
	readonly timeoutMs?: number;
	/** What the other end must be told: once at least, and again with more candidates or for a second try. */
	described(sdp: string): void;
};

/** One try to reach a peer. */
export type IceAttempt = {
	/** What the other end described; again and again as it comes. Nonsense is dropped. */
	remote(sdp: string): void;
	/**
	 * Rejects within 8 s with a Failure: `ice_failed` and the reason in words, `ice_unavailable`, `carrier_lost` when the
	 * child was lost meanwhile, or the signal's.
	 */
	readonly opened: Promise<Carrier>;
	/** Gives up, or ends the carrier. */
	close(): void;
};

export class IceHost {
	readonly #log: (line: string) => void;
	readonly #program: string | undefined;
	readonly #bindAddress: string | undefined;
	readonly #restAfterMs: number;
	#rest: NodeJS.Timeout | undefined;
	readonly #links = new Map<number, IceLink>();
	#process: IceProcess | undefined;
	/** Programs that are still ending, or run. */
	readonly #running = new Set<IceProcess>();
	#nextId = 1;
	#startedAt: number[] = [];
	/** Why it will never work on this machine. */
	#unavailable: string | undefined;
	#isClosed = false;

	constructor({
		log,
		program,
		bindAddress,
		idleMs = restAfterMs,
	}: {
		readonly log?: (line: string) => void;
		/** Another program than ours. */
		readonly program?: string;
		/** Use no other address than this one. */
		readonly bindAddress?: string;
		/** How long a child with nothing to do is kept. */
		readonly idleMs?: number;
	} = {}) {
		this.#log = log ?? (() => undefined);
		this.#program = program;
		this.#bindAddress = bindAddress;
		this.#restAfterMs = idleMs;
	}

	/** The child, while one runs. */
	get pid(): number | undefined {
		return this.#process?.pid;
	}

	/** Starts one try to reach a peer; the child starts with the first one. */
	connect(options: IceConnectOptions): IceAttempt {
		const id = this.#nextId++;
		const link = new IceLink(options, {
			round: id,
			...(this.#bindAddress === undefined ? {} : {bindAddress: this.#bindAddress}),
			say: (type, payload) => this.#process?.say(type, id, payload),
			sayData: (pieces, byteLength) => this.#process?.sayData(id, pieces, byteLength),
			gone: () => this.#forget(id),
		});
		const problem = this.#start();
		if (problem) {
			link.lost(problem);
			return link;
		}
		clearTimeout(this.#rest);
		this.#links.set(id, link);
		link.start();
		return link;
	}

	/** Ends the child and with it every carrier; at most 2 s. */
	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#rest);
		for (const link of [...this.#links.values()]) link.close();
		await Promise.all([...this.#running].map((child) => child.close()));
	}

	#forget(id: number): void {
		this.#links.delete(id);
		if (this.#links.size > 0 || this.#isClosed) return;
		clearTimeout(this.#rest);
		this.#rest = setTimeout(() => {
			const child = this.#process;
			this.#process = undefined;
			void child?.close();
		}, this.#restAfterMs);
		this.#rest.unref();
	}

	/** Makes sure that a child runs, or says why none does. */
	#start(): Failure | undefined {
		if (this.#isClosed) return new Failure('closed');
		if (this.#unavailable !== undefined) return unavailable(this.#unavailable);
		if (this.#process) return undefined;
		const now = performance.now();
		this.#startedAt = this.#startedAt.filter((at) => now - at < startsWithinMs);
		if (this.#startedAt.length >= maxStarts) return unavailable(iceWords.endedTooOften);
		this.#startedAt.push(now);
		try {
			this.#process = this.#startChild();
			return undefined;
		} catch (error) {
			// A caller that tries to connect may be in the middle of anything: for it this is one route less.
			return unavailable(iceWords.notStarted(String(error)));
		}
	}

	#startChild(): IceProcess {
		const child: IceProcess = new IceProcess({
			...(this.#program === undefined ? {} : {program: this.#program}),
			take: (type, id, payload) => this.#take(child, type, id, payload),
			gone: (reason) => this.#lost(child, reason),
			log: this.#log,
			exited: () => this.#running.delete(child),
		});
		this.#running.add(child);
		return child;
	}

	#take(child: IceProcess, type: FrameType, id: number, payload: Buffer): void {
		const link = this.#links.get(id);
		switch (type) {
			case 'ready':
				break;
			case 'unavailable':
				this.#unavailable = payload.toString();
				this.#log(iceWords.unavailable(this.#unavailable));
				for (const waiting of [...this.#links.values()]) waiting.lost(unavailable(this.#unavailable));
				break;
			case 'described':
				link?.describe(payload.toString());
				break;
			case 'stage':
				link?.atStage(payload.toString());
				break;
			case 'opened':
				link?.open(decodeCount(payload) ?? 0, payload.subarray(4).toString());
				break;
			case 'data':
				link?.data(payload);
				break;
			case 'grant':
				link?.grant(decodeCount(payload) ?? 0);
				break;
			case 'closed':
				link?.closed(payload.toString());
				break;
			case 'failed':
				link?.failed(payload.toString());
				break;
			default:
				child.kill(iceWords.garbage);
		}
	}

	#lost(child: IceProcess, reason: string): void {
		// One that was sent to rest has no links any more; those that there are belong to its successor.
		if (this.#process !== child) return;
		this.#process = undefined;
		if (!this.#isClosed) this.#log(reason);
		for (const link of [...this.#links.values()]) {
			link.lost(new Failure('carrier_lost', {message: reason, details: {reason}}));
		}
	}
}

function unavailable(reason: string): Failure {
	return new Failure('ice_unavailable', {message: reason, details: {reason}});
}
