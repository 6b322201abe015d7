/**
 * Answers the wants of all peers from this peer's store. Several at a time go on side by side, and none can make this
 * process hold more than its share.
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type Channel} from './channel.js';
import {Condition} from './condition.js';
import {DeltaShelf} from './delta-shelf.js';
import {maxPacksInMemory, maxWantsPerChannel} from './limits.js';
import {type ObjectStore} from './object-store.js';
import {PathRate} from './path-rate.js';
import {PlanShelf} from './plan-shelf.js';
import {type ExchangeProgress} from './progress.js';
import {type PreparedPlan, SupplyJob} from './supply-job.js';
import {Turns} from './turns.js';

export class Supplier {
	readonly #store: ObjectStore;
	readonly #onProgress: (progress: ExchangeProgress) => void;
	readonly #onEnded: (peerId: string) => void;
	readonly #onFailed: (failure: Failure) => void;
	readonly #shelf: PlanShelf;
	readonly #deltas: DeltaShelf;
	readonly #turns = new Turns(maxPacksInMemory);
	readonly #jobs = new Map<Channel, Map<number, SupplyJob>>();
	readonly #condition = new Condition();
	readonly #rates = new WeakMap<Channel, PathRate>();

	constructor(options: {
		store: ObjectStore;
		onProgress: (progress: ExchangeProgress) => void;
		/** An answer has ended, for whatever reason; the same want may come again on another channel. */
		onEnded?: (peerId: string) => void;
		/** Our own store does not give what it should have. */
		onFailed?: (failure: Failure) => void;
		/** Where packs are kept for the next one who wants them; nothing is kept without it. */
		cacheFolder?: string;
	}) {
		this.#store = options.store;
		this.#onProgress = options.onProgress;
		this.#onEnded = options.onEnded ?? (() => undefined);
		this.#onFailed = options.onFailed ?? (() => undefined);
		this.#shelf = new PlanShelf(options.store, options.cacheFolder);
		this.#deltas = new DeltaShelf(options.store);
	}

	/** How many wants are being answered. */
	get active(): number {
		let count = 0;
		for (const jobs of this.#jobs.values()) count += jobs.size;
		return count;
	}

	/** Resolves true when no want is answered on this channel, false when the time is over. */
	async released(channel: Channel, withinMs: number): Promise<boolean> {
		return this.#condition.until(() => !this.#jobs.has(channel), {timeoutMs: withinMs});
	}

	want(channel: Channel, want: PeerMessageOf<'want'>): void {
		const jobs = this.#jobs.get(channel) ?? new Map<number, SupplyJob>();
		if (jobs.has(want.request)) return; // said twice: it is being answered
		if (jobs.size >= maxWantsPerChannel) {
			channel.send({type: 'want_failed', request: want.request, code: 'busy'});
			return;
		}
		const job = new SupplyJob({
			store: this.#store,
			channel,
			want,
			turns: this.#turns,
			deltas: this.#deltas,
			rate: this.#rateOf(channel),
			onProgress: this.#onProgress,
			onFailed: this.#onFailed,
		});
		jobs.set(want.request, job);
		this.#jobs.set(channel, jobs);
		void job.run(async () => this.#prepare(want)).finally(() => this.#forget(channel, want.request));
	}

	ack(channel: Channel, ack: PeerMessageOf<'ack'>): void {
		this.#jobs.get(channel)?.get(ack.request)?.ack(ack);
	}

	cancel(channel: Channel, {request}: PeerMessageOf<'cancel'>): void {
		this.#jobs.get(channel)?.get(request)?.cancel();
	}

	closed(channel: Channel): void {
		for (const job of this.#jobs.get(channel)?.values() ?? []) job.close();
		this.#jobs.delete(channel);
		this.#condition.notify();
	}

	/** What was counted for earlier wants is counted anew for later ones. */
	forgetPlans(): void {
		void this.#shelf.clear();
	}

	/** Ends all answers and removes what was kept for others. */
	async close(): Promise<void> {
		for (const channel of [...this.#jobs.keys()]) this.closed(channel);
		await this.#shelf.clear();
	}

	#forget(channel: Channel, request: number): void {
		const jobs = this.#jobs.get(channel);
		jobs?.delete(request);
		if (jobs?.size === 0) this.#jobs.delete(channel);
		this.#condition.notify();
		this.#onEnded(channel.peerId);
	}

	#rateOf(channel: Channel): PathRate {
		const rate = this.#rates.get(channel) ?? new PathRate();
		this.#rates.set(channel, rate);
		return rate;
	}

	async #prepare({commit, have, history = false}: PeerMessageOf<'want'>): Promise<PreparedPlan> {
		// A commit that is only known by its id, or that is still arriving here, cannot be served.
		if (!this.#store.graph.isPresent(commit)) throw new Failure('unknown_commit');
		const known: readonly Oid[] = have.filter((oid) => this.#store.graph.has(oid));
		return this.#shelf.take({commit, have: known, history});
	}
}
