/**
 * One want that is being answered: plan, units, the graph behind the boundary, end. It ends by itself; a cancelled one
 * finishes the unit under way, waits until all it sent is acknowledged and says `end`, so that the asker knows exactly
 * what it has and can go on elsewhere.
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type Channel} from './channel.js';
import {sumBytes} from './cut-units.js';
import {type DeltaShelf} from './delta-shelf.js';
import {graphBatches} from './graph-batches.js';
import {workingMs} from './limits.js';
import {type ObjectPlan, type ObjectStore} from './object-store.js';
import {type PackCache} from './pack-cache.js';
import {endOf, startOf} from './position.js';
import {type ExchangeProgress, Throttle} from './progress.js';
import {type PathRate} from './path-rate.js';
import {type Acked, type Outgoing, Pump} from './pump.js';
import {chunkWindow, segmentWindow, type SendWindow} from './send-window.js';
import {supplyChunks} from './supply-chunks.js';
import {type SupplyRange, supplySegments} from './supply-segments.js';
import {type Turns} from './turns.js';

type Want = PeerMessageOf<'want'>;

export type PreparedPlan = {
	readonly plan: ObjectPlan;
	readonly have: readonly Oid[];
	readonly cache?: PackCache;
};

/** It asked for what was never here, or went silent. */
const ofTheAsker = new Set(['unknown_commit', 'no_ack']);

export class SupplyJob {
	readonly channel: Channel;
	readonly want: Want;
	readonly #store: ObjectStore;
	readonly #onFailed: (failure: Failure) => void;
	readonly #abort = new AbortController();
	readonly #pump: Pump;
	readonly #units: (range: SupplyRange, cache: PackCache | undefined) => AsyncGenerator<Outgoing, void>;
	readonly #progress: Throttle<ExchangeProgress>;
	#said: PeerMessageOf<'plan'>;
	#done: Acked = {bytes: 0, objects: 0};
	#cancelled = false;
	#stop: () => void = () => undefined;
	readonly #stopped: Promise<undefined>;

	constructor(options: {
		store: ObjectStore;
		channel: Channel;
		want: Want;
		turns: Turns;
		/** Deltas that were made, for whoever may be sent some. */
		deltas: DeltaShelf;
		/** What the channel was found to carry. */
		rate: PathRate;
		onProgress: (progress: ExchangeProgress) => void;
		/** Our own store does not give what it should have. */
		onFailed: (failure: Failure) => void;
	}) {
		const {channel, want} = options;
		this.channel = channel;
		this.want = want;
		this.#store = options.store;
		this.#onFailed = options.onFailed;
		this.#stopped = new Promise((resolve) => (this.#stop = () => resolve(undefined)));
		const common = {store: options.store, request: want.request, signal: this.#abort.signal};
		const lane = channel.objects;
		let window: SendWindow;
		if (lane) {
			const chunks = (window = chunkWindow());
			this.#units = (range) => supplyChunks({...common, range, lane, window: chunks});
		} else {
			const {nextUnit, packing, ...rest} = segmentWindow(options.rate);
			window = rest;
			const deltas = want.deltas ? options.deltas : undefined;
			this.#units = (range, cache) =>
				supplySegments({...common, range, channel, cache, nextUnit, packing, deltas});
		}
		this.#progress = new Throttle(100, options.onProgress);
		this.#said = {type: 'plan', request: want.request, objects: 0, bytes: 0, done_objects: 0, done_bytes: 0};
		this.#pump = new Pump({
			turns: options.turns,
			window,
			signal: this.#abort.signal,
			onAcked: (acked) => this.#acked(acked),
			onTaken: () => this.#report(),
		});
	}

	/** Answers. Resolves in every case; what went wrong is said to the asker where it can still be reached. */
	async run(prepare: () => Promise<PreparedPlan>): Promise<void> {
		const working = setInterval(() => {
			if (!this.#pump.waitsForAcks) this.#send(this.#said);
		}, workingMs);
		try {
			const prepared = await Promise.race([prepare(), this.#stopped]);
			this.#abort.signal.throwIfAborted();
			if (prepared) await this.#answer(prepared);
			else this.#send({type: 'end', request: this.want.request});
		} catch (error) {
			if (this.#abort.signal.aborted) return;
			const failure = error instanceof Failure ? error : new Failure('failed', {cause: error});
			this.#send({type: 'want_failed', request: this.want.request, code: failure.code});
			if (!ofTheAsker.has(failure.code)) this.#onFailed(failure);
		} finally {
			clearInterval(working);
			this.#progress.flush();
		}
	}

	/** Numbers beyond what was sent acknowledge what was sent and no more. */
	ack({index}: PeerMessageOf<'ack'>): void {
		this.#pump.ack(index);
	}

	cancel(): void {
		this.#cancelled = true;
		this.#pump.stop();
		this.#stop();
	}

	/** The channel is gone: everything is let go at once. */
	close(): void {
		this.#abort.abort(new Failure('carrier_lost'));
		this.#stop();
	}

	async #answer({plan, have, cache}: PreparedPlan): Promise<void> {
		const {request, after, until} = this.want;
		const {objects} = plan;
		const end = endOf(objects, until);
		const start = startOf(objects, after);
		// A range that ends before it begins is empty.
		const range: SupplyRange = {objects, start: start.index < end ? start : {index: end, offset: 0}, end};
		this.#said = {
			type: 'plan',
			request,
			objects: end,
			bytes: sumBytes(objects, 0, end),
			done_objects: range.start.index,
			done_bytes: sumBytes(objects, 0, range.start.index) + range.start.offset,
		};
		this.#send(this.#said);
		this.#report();
		await this.#pump.send(this.#units(range, cache));
		if (this.#cancelled) await this.#pump.settled();
		else await this.#sayGraph(plan, have);
		this.#send({type: 'end', request});
		await this.#pump.settled();
	}

	async #sayGraph(plan: ObjectPlan, have: readonly Oid[]): Promise<void> {
		const sent = new Set<Oid>();
		for (let index = plan.objects.length - 1; index >= 0; index--) {
			const object = plan.objects[index]!;
			if (object.type !== 'commit') break; // commits come last
			sent.add(object.oid);
		}
		const batches = graphBatches(this.#store.graph, this.want.commit, {sent, have});
		for (let batch = batches.next(); !batch.done && !this.#cancelled;) {
			this.#abort.signal.throwIfAborted();
			const commits = batch.value.map((ids) => [...ids]);
			batch = batches.next();
			const last = batch.done ?? false;
			this.#send({type: 'graph', request: this.want.request, commits, last});
			await this.channel.drain();
		}
	}

	#acked(acked: Acked): void {
		this.#done = {bytes: this.#done.bytes + acked.bytes, objects: this.#done.objects + acked.objects};
		this.#report();
	}

	#report(): void {
		const {objects, bytes, done_objects: doneObjects, done_bytes: resumedBytes} = this.#said;
		this.#progress.offer({
			peerId: this.channel.peerId,
			tier: this.channel.tier,
			commit: this.want.commit,
			doneBytes: resumedBytes + this.#done.bytes,
			totalBytes: bytes,
			doneObjects: doneObjects + this.#done.objects,
			totalObjects: objects,
			resumedBytes,
			arrivingBytes: this.#pump.takenBytes,
			resentBytes: 0,
		});
	}

	#send(message: Parameters<Channel['send']>[0]): void {
		if (this.#abort.signal.aborted) return;
		try {
			this.channel.send(message);
		} catch {
			this.close(); // a channel that takes no message is as good as closed
		}
	}
}
