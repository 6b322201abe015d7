/**
 * Answers the wants of all peers from this peer's store. Several at a time go on side by side, and none can make this
 * process hold more than its share.
 */
import {join} from 'node:path';
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type Channel} from './channel.js';
import {maxPacksInMemory, maxWantsPerChannel} from './limits.js';
import {type ObjectPlan, type ObjectStore} from './object-store.js';
import {PackCache} from './pack-cache.js';
import {type ExchangeProgress} from './progress.js';
import {type PreparedPlan, SupplyJob} from './supply-job.js';
import {Turns} from './turns.js';

type FirstJoin = {readonly commit: Oid; readonly plan: Promise<ObjectPlan>; readonly cache?: PackCache};

export class Supplier {
	readonly #store: ObjectStore;
	readonly #onProgress: (progress: ExchangeProgress, channel: Channel) => void;
	readonly #cacheFolder: string | undefined;
	readonly #turns = new Turns(maxPacksInMemory);
	readonly #jobs = new Map<Channel, Map<number, SupplyJob>>();
	#firstJoin: FirstJoin | undefined;

	constructor(options: {
		store: ObjectStore;
		onProgress: (progress: ExchangeProgress, channel: Channel) => void;
		/** Where packs of a first join are kept for the next joiner; nothing is kept without it. */
		cacheFolder?: string;
	}) {
		this.#store = options.store;
		this.#onProgress = options.onProgress;
		this.#cacheFolder = options.cacheFolder;
	}

	/** How many wants are being answered. */
	get active(): number {
		let count = 0;
		for (const jobs of this.#jobs.values()) count += jobs.size;
		return count;
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
			onProgress: this.#onProgress,
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
	}

	/** Ends all answers and removes what was kept for later joiners. */
	async close(): Promise<void> {
		for (const channel of [...this.#jobs.keys()]) this.closed(channel);
		await this.#firstJoin?.cache?.clear();
		this.#firstJoin = undefined;
	}

	#forget(channel: Channel, request: number): void {
		const jobs = this.#jobs.get(channel);
		jobs?.delete(request);
		if (jobs?.size === 0) this.#jobs.delete(channel);
	}

	async #prepare(want: PeerMessageOf<'want'>): Promise<PreparedPlan> {
		const {commit, history} = want;
		// A commit that is only known by its id, or that is still arriving here, cannot be served.
		if (!this.#store.graph.isPresent(commit)) throw new Failure('unknown_commit');
		const have = want.have.filter((oid) => this.#store.graph.has(oid));
		if (have.length > 0 || history) return {plan: await this.#store.enumerate(commit, {have, history}), have};
		const first = this.#first(commit);
		return {plan: await first.plan, have, cache: first.cache};
	}

	/** The plan of a first join, made once for all who join at the same commit. */
	#first(commit: Oid): FirstJoin {
		if (this.#firstJoin?.commit === commit) return this.#firstJoin;
		void this.#firstJoin?.cache?.clear();
		const plan = this.#store.enumerate(commit, {have: []});
		const cache = this.#cacheFolder ? new PackCache(join(this.#cacheFolder, commit)) : undefined;
		const first: FirstJoin = {commit, plan, cache};
		this.#firstJoin = first;
		plan.catch(() => {
			if (this.#firstJoin === first) this.#firstJoin = undefined;
		});
		return first;
	}
}
