/**
 * Fetches what this peer's store lacks, one commit at a time. A fetch that ends early leaves its state on disk; the next
 * one for the same commit goes on there, from any peer and over any tier.
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type AnswerMessage} from './answer.js';
import {type BulkHeader, type BulkKind, type Channel, type ObjectChunk} from './channel.js';
import {bulkDelivery, chunkDelivery, messageDelivery} from './delivery.js';
import {type Grace} from './fetch-path.js';
import {FetchRun} from './fetch-run.js';
import {type FetchResult} from './fetch-tally.js';
import {graceMs, maxHave, silenceMs} from './limits.js';
import {type ObjectStore} from './object-store.js';
import {type ExchangeProgress} from './progress.js';
import {readWantState, removeWantState, type WantState} from './want-state.js';

export class Fetcher {
	readonly #store: ObjectStore;
	readonly #statePath: string;
	readonly #onProgress: (progress: ExchangeProgress) => void;
	readonly #silenceMs: number;
	readonly #grace: Grace;
	#run: FetchRun | undefined;
	#ended: Promise<unknown> = Promise.resolve();
	#request = 0;

	constructor(options: {
		store: ObjectStore;
		/** The file that holds the running want. */
		statePath: string;
		onProgress: (progress: ExchangeProgress) => void;
		silenceMs?: number;
		/** How long a fetch whose channel died waits for the next one. */
		graceMs?: number;
		/** False for a peer that nobody sees any more. */
		isAbout?: (peerId: string) => boolean;
	}) {
		this.#store = options.store;
		this.#statePath = options.statePath;
		this.#onProgress = options.onProgress;
		this.#silenceMs = options.silenceMs ?? silenceMs;
		this.#grace = {graceMs: options.graceMs ?? graceMs, isAbout: options.isAbout ?? (() => true)};
	}

	/** The commit that is being fetched. */
	get fetching(): Oid | undefined {
		return this.#run?.commit;
	}

	/** The want that an earlier fetch or run did not finish: it comes before any newer head. */
	async pending(): Promise<WantState | undefined> {
		return readWantState(this.#statePath);
	}

	/** Gives the unfinished want up: nobody has that commit any more. */
	async forget(): Promise<void> {
		if (this.#run) throw new Failure('busy');
		await removeWantState(this.#statePath);
	}

	/**
	 * Resolves when the commit and all it reaches are in the store and checked. Rejects with a Failure: `silent_peer`,
	 * `carrier_lost`, `unknown_commit`, `want_failed` (ask another), `hostile_data`, `damaged_object`,
	 * `aborted`, `busy`, or the store's.
	 * `have` are commits whose contents this store holds; an unfinished want for the same commit goes on, unless `resume`
	 * is false.
	 */
	async fetch(options: {
		commit: Oid;
		have: readonly Oid[];
		channel: Channel;
		history?: boolean;
		resume?: boolean;
	}): Promise<FetchResult> {
		if (this.#run) throw new Failure('busy');
		const {commit, have, channel, history} = options;
		const fresh: WantState = {commit, have: have.slice(0, maxHave), history};
		const run = new FetchRun({
			store: this.#store,
			statePath: this.#statePath,
			commit,
			loadState: async () => {
				const former = options.resume === false ? undefined : await this.pending();
				return former?.commit === commit ? {...former, history: former.history ?? history} : fresh;
			},
			channel,
			silenceMs: this.#silenceMs,
			grace: this.#grace,
			nextRequest: () => (this.#request = (this.#request + 1) >>> 0),
			onProgress: this.#onProgress,
		});
		this.#run = run;
		const running = run.run();
		this.#ended = running.catch(() => undefined);
		try {
			return await running;
		} finally {
			this.#run = undefined;
		}
	}

	/** Goes on over another channel to the same or another peer; the old one may finish what is under way. */
	moveTo(channel: Channel): void {
		this.#run?.moveTo(channel);
	}

	/** Resolves true when the running fetch needs nothing more of the channel, false when the time is over. */
	async released(channel: Channel, withinMs: number): Promise<boolean> {
		return this.#run ? this.#run.released(channel, withinMs) : true;
	}

	/** Stops the running fetch; what has arrived is kept. Resolves when it does not use the store any more. */
	async cancel(): Promise<void> {
		this.#run?.cancel();
		await this.#ended;
	}

	message(channel: Channel, message: AnswerMessage): void {
		this.#run?.take(channel, messageDelivery(message));
	}

	bulk(channel: Channel, kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void {
		this.#run?.take(channel, bulkDelivery(kind, header, bytes));
	}

	objects(channel: Channel, chunk: ObjectChunk): void {
		this.#run?.take(channel, chunkDelivery(chunk));
	}

	closed(channel: Channel): void {
		this.#run?.closed(channel);
	}
}
