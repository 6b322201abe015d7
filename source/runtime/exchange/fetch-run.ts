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
import {Answer} from './answer.js';
import {type Arrived} from './arrived.js';
import {type Channel, tell} from './channel.js';
import {Condition} from './condition.js';
import {type Delivery} from './delivery.js';
import {FetchPath, type Grace} from './fetch-path.js';
import {type FetchResult, FetchTally} from './fetch-tally.js';
import {isHostile} from './hostile.js';
import {handOverMs, handOverQuietMs} from './limits.js';
import {type ObjectStore} from './object-store.js';
import {type ExchangeProgress} from './progress.js';
import {SilenceWatch} from './silence-watch.js';
import {StoreQueue} from './store-queue.js';
import {WantRecord} from './want-record.js';
import {type WantState} from './want-state.js';

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
	readonly #tally: FetchTally;
	#over = false;
	/** None until it has been read. */
	#want: WantRecord | undefined;
	#answer: Answer | undefined;
	readonly #storing = new StoreQueue(async (answer, units) => this.#store(answer, units));
	#failure: Failure | undefined;
	#broken: unknown;

	constructor(options: FetchRunOptions) {
		this.#options = options;
		this.#path = new FetchPath(options.channel, options.grace, this.#condition);
		this.#tally = new FetchTally(options.commit, options.onProgress);
	}

	get commit(): Oid {
		return this.#options.commit;
	}

	/** Runs to the end. Rejects with a Failure; what had arrived is kept for the next call. */
	async run(): Promise<FetchResult> {
		const {store, statePath, loadState} = this.#options;
		try {
			const want = await WantRecord.open(store, statePath, await loadState());
			this.#want = want;
			let fromStart = want.question.after === undefined;
			await want.save();
			for (;;) {
				const answer = await this.#ask(want);
				if (!answer) continue;
				const error = await acceptFetched(store, this.commit, answer.graph);
				if (!error) break;
				if (error.code !== 'incomplete') throw error;
				// The file promised too much; or what we have rests on things behind our boundary, which are not here.
				const isWhole = want.question.have.length === 0;
				if (fromStart && isWhole) throw error;
				this.#tally.startAgain();
				await want.startAgain({whole: fromStart});
				fromStart = true;
			}
			await want.remove();
			return this.#tally.result;
		} finally {
			this.#silence.stop();
			this.#tally.flush();
			this.#answer = undefined;
			this.#over = true;
			this.#condition.notify();
			await this.#want?.close();
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

	/** Takes what belongs to the running answer; strangers and late ones are dropped. */
	take(channel: Channel, {request, bytes, into}: Delivery): void {
		const answer = this.#answer;
		const isOurs = answer?.channel === channel && answer.request === request;
		if (!answer || !isOurs || answer.closed) {
			if (isOurs || this.#tally.isFormer(request)) this.#tally.wasted(bytes ?? 0);
			return;
		}
		if (this.#failure) return;
		this.#silence.heard();
		try {
			into(answer);
			if (bytes !== undefined) this.#silence.progressed();
			this.#report();
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

	closed(channel: Channel): void {
		this.#path.closed(channel);
		if (this.#answer?.channel === channel) this.#answer.close();
		this.#condition.notify();
	}

	/** The want on one channel. Its answer when all of it is here, undefined when it goes on elsewhere. */
	async #ask(want: WantRecord): Promise<Answer | undefined> {
		this.#answer = undefined; // so that a channel on which nothing is asked yet counts as used
		const channel = await this.#path.take(() => this.#failure);
		const {question} = want;
		const answer = new Answer({
			channel,
			request: this.#options.nextRequest(),
			resumed: question.after !== undefined,
			deltas: question.deltas,
			onArrived: (unit) => this.#storing.push(answer, unit),
		});
		this.#answer = answer;
		this.#silence.start({
			silenceMs: this.#options.silenceMs,
			ours: () => answer.units.holdsAllItMay,
			bytesIn: () => channel.bytesIn,
		});
		tell(channel, {type: 'want', request: answer.request, ...question});
		const over = () => this.#failure !== undefined || answer.complete || answer.closed;
		await this.#condition.until(() => over() || answer.cancelled);
		if (!over()) await this.#condition.until(() => over() || answer.units.ended, {timeoutMs: handOverMs});
		return (await this.#finish(answer, want)) ? answer : undefined;
	}

	/** Stores what has arrived of an answer; from then on nothing of it is taken. True when nothing is missing. */
	async #finish(answer: Answer, want: WantRecord): Promise<boolean> {
		this.#silence.stop();
		const wasOpen = !answer.closed && !answer.units.ended;
		answer.close();
		this.#condition.notify();
		await this.#storing.idle();
		// Stopping late is no reason to lose an answer that is complete.
		if (answer.complete && !this.#broken) return true;
		if (wasOpen && !answer.cancelled) tell(answer.channel, {type: 'cancel', request: answer.request});
		this.#tally.left(answer, want.heldBytes);
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
			ours: () => answer.units.holdsUnits,
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
		if (answer.refused) return;
		try {
			const stored = await this.#want!.take(units, answer.channel.peerId);
			this.#tally.stored(stored);
			answer.stored(units, stored);
			this.#silence.heard();
			const last = units.at(-1)!;
			const {channel, request, storedBytes} = answer;
			const isCut = last.kind === 'part' && last.isCut;
			if (!isCut) tell(channel, {type: 'ack', request, index: last.index, bytes: storedBytes});
			this.#report();
			this.#condition.notify();
		} catch (error) {
			const isBaseless = error instanceof Failure && error.code === 'missing_object';
			if (isBaseless && this.#want!.question.deltas) return this.#refuse(answer);
			this.#broken = error;
			this.#fail(error);
			await this.#want!.save().catch(() => undefined); // an object that turned out damaged is forgotten
			throw error;
		}
	}

	/** Something came as a delta whose base is not here: the want goes on from there, and objects come whole. */
	async #refuse(answer: Answer): Promise<void> {
		await this.#want!.refuseDeltas();
		answer.refused = true;
		if (!answer.closed) tell(answer.channel, {type: 'cancel', request: answer.request});
		answer.close();
		this.#condition.notify();
	}

	#fail(error: unknown): void {
		this.#failure ??=
			error instanceof Failure ? error : new Failure('bug', {severity: 'fatal', cause: error});
		this.#condition.notify();
	}

	#sayCancel(): void {
		if (this.#answer && !this.#answer.cancelled)
			tell(this.#answer.channel, {type: 'cancel', request: this.#answer.request});
	}

	#report(): void {
		if (this.#answer && this.#want) this.#tally.report(this.#answer, this.#want.heldBytes);
	}
}
