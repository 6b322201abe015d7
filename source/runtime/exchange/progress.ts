/** How far a transfer is, in numbers that are true: what is done is durable at the receiver and is not sent again. */
import {type Oid} from '../../protocol/content.js';
import {type Tier} from '../../protocol/tiers.js';

export type ExchangeProgress = {
	readonly peerId: string;
	/** What it runs over now. */
	readonly tier: Tier;
	readonly commit: Oid;
	readonly doneBytes: number;
	/** Absent until the supplier has counted. */
	readonly totalBytes?: number;
	readonly doneObjects: number;
	readonly totalObjects?: number;
	/** Part of `doneBytes` that was there before this answer began and was not sent again. */
	readonly resumedBytes: number;
	/** Beside `doneBytes`: received and not yet durable; at the supplier, what the carrier took and nobody has acknowledged yet. */
	readonly arrivingBytes?: number;
	/** Bytes that arrived and were of no use, as their path ended first, or that came twice. Only at the receiver. */
	readonly resentBytes: number;
};

/**
 * The newer one, going on where the older one stood: a transfer that changes its path is asked for anew, and until the
 * answer has been counted it is as far as it was.
 */
export function goOn(before: ExchangeProgress | undefined, next: ExchangeProgress): ExchangeProgress {
	if (!before || before.commit !== next.commit) return next;
	const isCounted = next.totalBytes !== undefined;
	const doneBytes = Math.max(before.doneBytes, next.doneBytes);
	const doneObjects = Math.max(before.doneObjects, next.doneObjects);
	const {totalBytes, totalObjects, resumedBytes} = isCounted ? next : before;
	return {
		...next,
		doneBytes,
		doneObjects,
		// Another peer may count a little less.
		totalBytes: totalBytes === undefined ? undefined : Math.max(totalBytes, doneBytes),
		totalObjects: totalObjects === undefined ? undefined : Math.max(totalObjects, doneObjects),
		resumedBytes,
		resentBytes: Math.max(before.resentBytes, next.resentBytes),
	};
}

/** Passes on at most one call per interval; the newest one is never lost, and `flush` passes it on at once. */
export class Throttle<T> {
	readonly #intervalMs: number;
	readonly #pass: (value: T) => void;
	#held: {value: T} | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(intervalMs: number, pass: (value: T) => void) {
		this.#intervalMs = intervalMs;
		this.#pass = pass;
	}

	offer(value: T): void {
		this.#held = {value};
		if (!this.#timer) this.#emit();
	}

	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const held = this.#held;
		this.#held = undefined;
		if (held) this.#pass(held.value);
	}

	#emit(): void {
		const held = this.#held;
		this.#timer = undefined;
		if (!held) return;
		this.#held = undefined;
		this.#timer = setTimeout(() => this.#emit(), this.#intervalMs);
		this.#timer.unref();
		this.#pass(held.value);
	}
}
