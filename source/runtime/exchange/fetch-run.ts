/**
 * One want from its first question to its last object, over as many channels as it takes.
 *
 * | while        | happens                            | then                                                      |
 * |--------------|------------------------------------|-----------------------------------------------------------|
 * | taking       | all that was planned stored        | graph, acceptCommit, done                                 |
 * | taking       | moveTo                             | cancel on the old channel → handing over                  |
 * | taking       | closed                             | what has arrived whole is stored → waiting                |
 * | taking       | silent, failed                     | what has arrived whole is stored → rejects                |
 * | handing over | end, closed, quiet, or deadline    | what has arrived whole is stored → waiting                |
 * | waiting      | there is a channel                 | asks on it from the last stored byte → taking             |
 * | waiting      | grace is over                      | rejects `carrier_lost`, state stays on disk               |
 * | any          | cancel                             | rejects `aborted`                                         |
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {acceptFetched} from './accept-fetched.js';
import {Answer, type AnswerMessage, type Arrived} from './answer.js';
import {type BulkHeader, type BulkKind, type Channel, type ObjectChunk} from './channel.js';
import {Condition} from './condition.js';
import {FetchPath, type Grace} from './fetch-path.js';
import {Intake, isHostile} from './intake.js';
import {handOverMs, handOverQuietMs} from './limits.js';
import {type ObjectStore} from './object-store.js';
import {type ExchangeProgress, goOn, Throttle} from './progress.js';
import {SilenceWatch} from './silence-watch.js';
import {StoreQueue} from './store-queue.js';
import {removeWantState, type WantState, writeWantState} from './want-state.js';

/** What one call brought, and what had been there before it. */
export type FetchResult = {
	readonly objects: number;
	readonly bytes: number;
	readonly resumedBytes: number;
	/** Bytes that arrived in vain, or twice. */
	readonly resentBytes: number;
};

export type FetchRunOptions = {
	readonly store: ObjectStore;
	readonly statePath: string;
	readonly commit: Oid;
	/** The want as it stands: fresh, or where an earlier run left it. */
	readonly loadState: () => Promise<WantState>;
	readonly channel: Channel;
	readonly silenceMs: number;
	readonly grace: Grace;
	/** Numbers never used before in this process. */
	readonly nextRequest: () => number;
	readonly onProgress: (progress: ExchangeProgress) => void;
};

export class FetchRun {
	readonly #options: FetchRunOptions;
	readonly #condition = new Condition();
	readonly #path: FetchPath;
	readonly #silence = new SilenceWatch(() => this.#silent());
	readonly #progress: Throttle<ExchangeProgress>;
	#over = false;
	#state: WantState;
	#answer: Answer | undefined;
	#intake: Intake | undefined;
	readonly #storing = new StoreQueue(async (answer, units) => this.#store(answer, units));
	#failure: Failure | undefined;
	#broken: unknown;
	#received = {objects: 0, bytes: 0};
	#resumedBytes: number | undefined;
	/** Of the answers before this one, whose numbers are remembered as some of their bytes may still come. */
	#resentBytes = 0;
	readonly #formerRequests = new Set<number>();
	#shown: ExchangeProgress | undefined;

	constructor(options: FetchRunOptions) {
		this.#options = options;
		this.#path = new FetchPath(options.channel, options.grace, this.#condition);
		this.#state = {commit: options.commit, have: []};
		this.#progress = new Throttle(100, options.onProgress);
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
				this.#shown = undefined;
				await this.#intake.close();
				this.#intake = await Intake.open(store, {commit: this.commit, have: []});
			}
			await removeWantState(statePath);
			const resentBytes = this.#shown?.resentBytes ?? 0;
			return {...this.#received, resumedBytes: this.#resumedBytes ?? 0, resentBytes};
		} finally {
			this.#silence.stop();
			this.#progress.flush();
			this.#answer = undefined;
			this.#over = true;
			this.#condition.notify();
			await this.#intake?.close();
		}
	}

	/** Goes on over another channel, when the old one has finished what is under way or is found to be dead. */
	moveTo(channel: Channel): void {
		if (this.#over || !this.#path.moveTo(channel)) return;
		this.#leave();
		this.#condition.notify();
	}

	/** True while something of this want may come over the channel. */
	uses(channel: Channel): boolean {
		if (this.#over) return false;
		return this.#answer ? this.#answer.channel === channel && !this.#answer.closed : this.#path.is(channel);
	}

	/** Resolves true when nothing of this want comes over the channel any more, false when the time is over. */
	async released(channel: Channel, withinMs: number): Promise<boolean> {
		return this.#condition.until(() => !this.uses(channel), {timeoutMs: withinMs});
	}

	cancel(): void {
		this.#sayCancel();
		this.#fail(new Failure('aborted'));
	}

	message(channel: Channel, message: AnswerMessage): void {
		this.#guard(channel, message.request, 0, (answer) => {
			answer.take(message);
			this.#report();
		});
	}

	bulk(channel: Channel, kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void {
		this.#guard(channel, header.request, bytes.byteLength, (answer) => {
			answer.takeBulk(kind, header, bytes);
			this.#silence.progressed();
			this.#report();
		});
	}

	objects(channel: Channel, chunk: ObjectChunk): void {
		const bytes = chunk.objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
		this.#guard(channel, chunk.request, bytes, (answer) => {
			answer.takeChunk(chunk);
			this.#silence.progressed();
			this.#report();
		});
	}

	closed(channel: Channel): void {
		this.#path.closed(channel);
		if (this.#answer?.channel === channel) this.#answer.close();
		this.#condition.notify();
	}

	/** One want on one channel. True when all of it is here, false when it goes on elsewhere. */
	async #ask(): Promise<boolean> {
		this.#answer = undefined; // so that a channel on which nothing is asked yet counts as used
		const channel = await this.#path.take(() => this.#failure);
		const position = this.#intake!.position;
		const answer = new Answer({
			channel,
			request: this.#options.nextRequest(),
			resumed: position !== undefined,
			onArrived: (unit) => this.#storing.push(answer, unit),
		});
		this.#answer = answer;
		this.#silence.start({
			silenceMs: this.#options.silenceMs,
			ours: () => answer.holdsAllItMay,
			bytesIn: () => channel.bytesIn,
		});
		const {commit, have, history} = this.#state;
		say(channel, {
			type: 'want',
			request: answer.request,
			commit,
			have: [...have],
			...(position && {after: position}),
			...(history && {history}),
		});
		const over = () => this.#failure !== undefined || answer.complete || answer.closed;
		await this.#condition.until(() => over() || answer.cancelled);
		if (!over()) await this.#condition.until(() => over() || answer.ended, {timeoutMs: handOverMs});
		return this.#finish(answer);
	}

	/** Stores what has arrived of an answer; from then on nothing of it is taken. */
	async #finish(answer: Answer): Promise<boolean> {
		this.#silence.stop();
		const wasOpen = !answer.closed && !answer.ended;
		answer.close();
		this.#condition.notify();
		await this.#storing.idle();
		// Stopping late is no reason to lose an answer that is complete.
		if (answer.complete && !this.#broken) return true;
		if (wasOpen && !answer.cancelled) say(answer.channel, {type: 'cancel', request: answer.request});
		this.#formerRequests.add(answer.request);
		this.#report();
		this.#resentBytes += answer.wastedBytes;
		answer.wastedBytes = 0;
		if (this.#failure) throw this.#failure;
		return false;
	}

	/** The running answer is to end; what is on its way may still arrive. */
	#leave(): void {
		const answer = this.#answer;
		if (!answer || answer.closed) return;
		this.#sayCancel();
		answer.cancelled = true;
		this.#silence.start({
			silenceMs: Math.min(handOverQuietMs, this.#options.silenceMs),
			ours: () => answer.holdsUnits,
			bytesIn: () => undefined,
		});
	}

	#silent(): void {
		if (this.#answer?.cancelled) {
			this.#answer.close();
			this.#condition.notify();
		} else this.#fail(new Failure('silent_peer'));
	}

	async #store(answer: Answer, units: readonly Arrived[]): Promise<void> {
		try {
			const stored = await this.#intake!.take(units, answer.channel.peerId);
			await this.#save();
			this.#received.bytes += stored.bytes;
			this.#received.objects += stored.objects;
			answer.stored(units, stored);
			this.#silence.heard();
			const last = units.at(-1)!;
			const {channel, request, storedBytes} = answer;
			const isCut = last.kind === 'part' && last.isCut;
			if (!isCut) say(channel, {type: 'ack', request, index: last.index, bytes: storedBytes});
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

	/** Runs a step for what belongs to the running answer; strangers and late ones are dropped. */
	#guard(channel: Channel, request: number, bytes: number, step: (answer: Answer) => void): void {
		const answer = this.#answer;
		const isOurs = answer?.channel === channel && answer.request === request;
		if (!answer || !isOurs || answer.closed) {
			if (isOurs || this.#formerRequests.has(request)) this.#resentBytes += bytes;
			return;
		}
		if (this.#failure) return;
		this.#silence.heard();
		try {
			step(answer);
		} catch (error) {
			if (isHostile(error)) {
				this.#broken = error;
				this.#storing.stop(); // nothing more of that peer
			}
			if (isHostile(error) || !answer.cancelled) this.#fail(error);
			else answer.close(); // the old channel's troubles are no longer ours
		}
		this.#condition.notify();
	}

	#fail(error: unknown): void {
		this.#failure ??=
			error instanceof Failure ? error : new Failure('bug', {severity: 'fatal', cause: error});
		this.#condition.notify();
	}

	#sayCancel(): void {
		if (this.#answer && !this.#answer.cancelled)
			say(this.#answer.channel, {type: 'cancel', request: this.#answer.request});
	}

	#report(): void {
		const answer = this.#answer;
		if (!answer) return;
		if (answer.plan.objects > 0) this.#resumedBytes ??= answer.plan.done_bytes;
		const resentBytes = this.#resentBytes + answer.wastedBytes;
		const progress = {...answer.progress(this.commit, this.#intake?.heldBytes ?? 0), resentBytes};
		this.#shown = goOn(this.#shown, progress);
		this.#progress.offer(this.#shown);
	}
}

function say(channel: Channel, message: Parameters<Channel['send']>[0]): void {
	try {
		channel.send(message);
	} catch {
		// A closed channel reports itself; what it cannot be told does not matter.
	}
}
