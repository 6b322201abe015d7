/**
 * One want from its first question to its last object, over as many channels as it takes.
 *
 * | while        | happens                     | then                                                            |
 * |--------------|-----------------------------|-----------------------------------------------------------------|
 * | taking       | all that was planned stored | graph, acceptCommit, done                                       |
 * | taking       | moveTo                      | cancel on the old channel → handing over                        |
 * | taking       | closed, silent, failed      | what has arrived whole is stored → rejects, state stays on disk |
 * | handing over | end, closed, or deadline    | asks on the new channel from the last stored object → taking    |
 * | any          | cancel                      | rejects `aborted`                                             |
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {acceptFetched} from './accept-fetched.js';
import {Answer, type AnswerMessage, type Arrived} from './answer.js';
import {type BulkHeader, type BulkKind, type Channel, type ObjectChunk} from './channel.js';
import {Condition} from './condition.js';
import {Intake, isHostile} from './intake.js';
import {handOverMs} from './limits.js';
import {type ObjectStore} from './object-store.js';
import {type ExchangeProgress, Throttle} from './progress.js';
import {SilenceWatch} from './silence-watch.js';
import {StoreQueue} from './store-queue.js';
import {removeWantState, type WantState, writeWantState} from './want-state.js';

/** What one call brought, and what had been there before it. */
export type FetchResult = {
	readonly objects: number;
	readonly bytes: number;
	readonly resumedBytes: number;
};

export type FetchRunOptions = {
	readonly store: ObjectStore;
	readonly statePath: string;
	readonly commit: Oid;
	/** The want as it stands: fresh, or where an earlier run left it. */
	readonly loadState: () => Promise<WantState>;
	readonly channel: Channel;
	readonly silenceMs: number;
	/** Numbers never used before in this process. */
	readonly nextRequest: () => number;
	readonly onProgress: (progress: ExchangeProgress) => void;
};

export class FetchRun {
	readonly #options: FetchRunOptions;
	readonly #condition = new Condition();
	readonly #silence: SilenceWatch;
	readonly #progress: Throttle<ExchangeProgress>;
	#channel: Channel;
	#next: Channel | undefined;
	#handedOver: (() => void)[] = [];
	#over = false;
	#state: WantState;
	#answer: Answer | undefined;
	#intake: Intake | undefined;
	readonly #storing = new StoreQueue(async (answer, units) => this.#store(answer, units));
	#failure: Failure | undefined;
	#broken: unknown;
	#received = {objects: 0, bytes: 0};
	#resumedBytes: number | undefined;

	constructor(options: FetchRunOptions) {
		this.#options = options;
		this.#channel = options.channel;
		this.#state = {commit: options.commit, have: []};
		this.#progress = new Throttle(100, options.onProgress);
		this.#silence = new SilenceWatch(options.silenceMs, () => this.#fail(new Failure('silent_peer')));
	}

	get commit(): Oid {
		return this.#options.commit;
	}

	/** Runs to the end. Rejects with a Failure; what had arrived is kept for the next call. */
	async run(): Promise<FetchResult> {
		const {store, statePath} = this.#options;
		try {
			this.#state = await this.#options.loadState();
			this.#intake = await Intake.open(store, this.#state);
			let fromStart = this.#intake.position === undefined;
			await this.#save();
			for (;;) {
				if (!(await this.#ask())) continue;
				const error = await acceptFetched(store, this.commit, this.#answer!.graph);
				if (!error) break;
				if (fromStart || error.code !== 'incomplete') throw error;
				// The state promised more than the store holds: once more, from nothing.
				fromStart = true;
				await this.#intake.close();
				this.#intake = await Intake.open(store, {commit: this.commit, have: []});
			}
			await removeWantState(statePath);
			return {...this.#received, resumedBytes: this.#resumedBytes ?? 0};
		} finally {
			this.#silence.stop();
			this.#progress.flush();
			this.#answer = undefined;
			this.#over = true;
			this.#releaseOld();
			await this.#intake?.close();
		}
	}

	/** Goes on over another channel; resolves when the old one, which may finish what is under way, is of no more use. */
	async moveTo(channel: Channel): Promise<void> {
		if (this.#over || channel === (this.#next ?? this.#channel)) return;
		const moving = this.#next !== undefined;
		this.#next = channel;
		this.#silence.stop();
		if (!moving && this.#answer) this.#say({type: 'cancel', request: this.#answer.request});
		await new Promise<void>((resolve) => {
			this.#handedOver.push(resolve);
			this.#condition.notify();
		});
	}

	cancel(): void {
		if (this.#answer) this.#say({type: 'cancel', request: this.#answer.request});
		this.#fail(new Failure('aborted'));
	}

	message(channel: Channel, message: AnswerMessage): void {
		this.#guard(channel, message.request, (answer) => {
			answer.take(message);
			this.#report();
		});
	}

	bulk(channel: Channel, kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void {
		this.#guard(channel, header.request, (answer) => {
			answer.takeBulk(kind, header, bytes);
			this.#silence.progressed();
			this.#report();
		});
	}

	objects(channel: Channel, chunk: ObjectChunk): void {
		this.#guard(channel, chunk.request, (answer) => {
			answer.takeChunk(chunk);
			this.#silence.progressed();
			this.#report();
		});
	}

	closed(channel: Channel): void {
		if (channel === this.#next) this.#fail(new Failure('carrier_lost'));
		else if (channel === this.#channel) {
			if (this.#answer) this.#answer.closed = true;
			this.#condition.notify();
		}
	}

	/** One want on one channel. True when all of it is here, false when it goes on elsewhere. */
	async #ask(): Promise<boolean> {
		this.#channel = this.#next ?? this.#channel;
		this.#next = undefined;
		this.#releaseOld();
		const position = this.#intake!.position;
		const answer = new Answer({
			channel: this.#channel,
			request: this.#options.nextRequest(),
			resumed: position !== undefined,
			onArrived: (unit) => this.#storing.push(answer, unit),
		});
		this.#answer = answer;
		this.#silence.start(() => answer.holdsAllItMay);
		const {commit, have, history} = this.#state;
		this.#say({
			type: 'want',
			request: answer.request,
			commit,
			have: [...have],
			...(position && {after: position}),
			...(history && {history}),
		});
		const over = () => this.#failure !== undefined || answer.complete || answer.closed;
		await this.#condition.until(() => over() || this.#next !== undefined);
		if (!over()) await this.#condition.until(() => over() || answer.ended, {timeoutMs: handOverMs});
		answer.closed = true; // whatever still comes on the old channel would come twice
		await this.#storing.idle();
		// Stopping late is no reason to lose an answer that is complete.
		if (answer.complete && !this.#broken) return true;
		if (this.#failure) throw this.#failure;
		if (!this.#next) throw new Failure('carrier_lost');
		return false;
	}

	async #store(answer: Answer, units: readonly Arrived[]): Promise<void> {
		try {
			const stored = await this.#intake!.take(units, answer.channel.peerId);
			await this.#save();
			this.#received.bytes += stored.bytes;
			this.#received.objects += stored.objects;
			answer.stored(units, stored);
			this.#silence.heard();
			const {index} = units.at(-1)!;
			const {channel, request, storedBytes} = answer;
			this.#say({type: 'ack', request, index, bytes: storedBytes}, channel);
			this.#report();
			this.#condition.notify();
		} catch (error) {
			this.#broken = error;
			this.#fail(error);
			await this.#save().catch(() => undefined); // an object that turned out damaged is forgotten
			throw error;
		}
	}

	async #save(): Promise<void> {
		await writeWantState(this.#options.statePath, {...this.#state, ...this.#intake!.state});
	}

	#releaseOld(): void {
		for (const resolve of this.#handedOver.splice(0)) resolve();
	}

	/** Runs a step for what belongs to the running answer; strangers and late ones are dropped. */
	#guard(channel: Channel, request: number, step: (answer: Answer) => void): void {
		const answer = this.#answer;
		if (!answer || answer.channel !== channel || answer.request !== request || answer.closed) return;
		if (this.#failure) return;
		this.#silence.heard();
		try {
			step(answer);
		} catch (error) {
			if (isHostile(error)) {
				this.#broken = error;
				this.#storing.stop(); // nothing more of that peer
			}
			if (isHostile(error) || !this.#next) this.#fail(error);
			else answer.closed = true; // the old channel's troubles are no longer ours
		}
		this.#condition.notify();
	}

	#fail(error: unknown): void {
		this.#failure ??=
			error instanceof Failure ? error : new Failure('bug', {severity: 'fatal', cause: error});
		this.#condition.notify();
	}

	#say(message: Parameters<Channel['send']>[0], channel = this.#channel): void {
		try {
			channel.send(message);
		} catch {
			// A closed channel reports itself; what it cannot be told does not matter.
		}
	}

	#report(): void {
		const answer = this.#answer;
		if (!answer) return;
		if (answer.plan.objects > 0) this.#resumedBytes ??= answer.plan.done_bytes;
		this.#progress.offer(answer.progress(this.#intake?.heldBytes ?? 0));
	}
}
