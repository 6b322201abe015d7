/**
 * What one run counts over all its answers: how far it is, for the screen, and what it brought, for its caller. Bytes of
 * an answer that was left count as sent in vain, also those that are still on their way then.
 */
import {type Oid} from '../../protocol/content.js';
import {type Answer} from './answer.js';
import {type Stored} from './arrived.js';
import {type ExchangeProgress, goOn, Throttle} from './progress.js';

/** What one call brought, and what had been there before it. */
export type FetchResult = {
	readonly objects: number;
	readonly bytes: number;
	readonly resumedBytes: number;
	/** Bytes that arrived in vain, or twice. */
	readonly resentBytes: number;
};

const reportIntervalMs = 100;

export class FetchTally {
	readonly #commit: Oid;
	readonly #progress: Throttle<ExchangeProgress>;
	#received = {objects: 0, bytes: 0};
	#resumedBytes: number | undefined;
	/** Of the answers before the running one, whose numbers are remembered as some of their bytes may still come. */
	#resentBytes = 0;
	readonly #formerRequests = new Set<number>();
	#shown: ExchangeProgress | undefined;

	constructor(commit: Oid, onProgress: (progress: ExchangeProgress) => void) {
		this.#commit = commit;
		this.#progress = new Throttle(reportIntervalMs, onProgress);
	}

	get result(): FetchResult {
		const resentBytes = this.#shown?.resentBytes ?? 0;
		return {...this.#received, resumedBytes: this.#resumedBytes ?? 0, resentBytes};
	}

	/** Units became durable. */
	stored({bytes, objects}: Stored): void {
		this.#received.bytes += bytes;
		this.#received.objects += objects;
	}

	/** True for the request of an answer that was left. */
	isFormer(request: number): boolean {
		return this.#formerRequests.has(request);
	}

	/** Bytes came for an answer that takes nothing more. */
	wasted(bytes: number): void {
		this.#resentBytes += bytes;
	}

	/** An answer is over, and the want is not. */
	left(answer: Answer, heldBytes: number): void {
		this.#formerRequests.add(answer.request);
		this.report(answer, heldBytes);
		this.#resentBytes += answer.units.wastedBytes;
		answer.units.wastedBytes = 0;
	}

	/** Shows where the answer is; `heldBytes` were stored, but not durably. */
	report(answer: Answer, heldBytes: number): void {
		if (answer.plan.objects > 0) this.#resumedBytes ??= answer.plan.done_bytes;
		const resentBytes = this.#resentBytes + answer.units.wastedBytes;
		const progress = {...answer.progress(this.#commit, heldBytes), resentBytes};
		this.#shown = goOn(this.#shown, progress);
		this.#progress.offer(this.#shown);
	}

	/** The want begins once more, with nothing of what was shown. */
	startAgain(): void {
		this.#shown = undefined;
	}

	/** Passes on at once what is still held back for the screen. */
	flush(): void {
		this.#progress.flush();
	}
}
