/**
 * Stores what arrived in order, while more is coming. What has piled up meanwhile and can be stored at once is: many
 * small chunks then cost one flush. Segments, each of which is a file of its own, overlap: one is checked while those before
 * it wait for the disk. After a failure nothing more is begun.
 */
import {type Answer} from './answer.js';
import {type Arrived} from './arrived.js';
import {maxUnackedUnits} from './limits.js';

type Entry = {readonly answer: Answer; readonly unit: Arrived};

export class StoreQueue {
	readonly #store: (answer: Answer, units: readonly Arrived[]) => Promise<void>;
	readonly #entries: Entry[] = [];
	/** What is under way; more than one only of segments. */
	readonly #storing = new Set<Promise<void>>();
	#last: Entry | undefined;
	#isToBegin = false;
	#hasFailed = false;

	/** `store` rejects when nothing more is to be stored. It is called for a segment while it works on those before. */
	constructor(store: (answer: Answer, units: readonly Arrived[]) => Promise<void>) {
		this.#store = store;
	}

	push(answer: Answer, unit: Arrived): void {
		this.#entries.push({answer, unit});
		if (this.#isToBegin) return;
		this.#isToBegin = true;
		queueMicrotask(() => this.#begin()); // so that what comes in one turn of the loop is stored together
	}

	/** Forgets what waits and takes nothing more. */
	stop(): void {
		this.#hasFailed = true;
		this.#entries.length = 0;
	}

	/** Resolves when everything that was given is stored, or will never be. */
	async idle(): Promise<void> {
		while (this.#isToBegin || this.#storing.size > 0) await Promise.all(this.#storing);
	}

	#begin(): void {
		this.#isToBegin = false;
		while (this.#mayBegin()) {
			const first = this.#entries[0]!;
			const other = this.#entries.findIndex(
				({answer, unit}) => answer !== first.answer || unit.kind !== 'chunk',
			);
			const count = Math.max(1, other < 0 ? this.#entries.length : other);
			const units = this.#entries.splice(0, count).map(({unit}) => unit);
			this.#last = first;
			const ended = this.#store(first.answer, units)
				.catch(() => this.stop())
				.finally(() => {
					this.#storing.delete(ended);
					this.#begin();
				});
			this.#storing.add(ended);
		}
	}

	#mayBegin(): boolean {
		const [next] = this.#entries;
		if (!next || this.#hasFailed) return false;
		if (this.#storing.size === 0) return true;
		const areAlike = this.#last?.answer === next.answer && isPack(this.#last.unit) && isPack(next.unit);
		return areAlike && this.#storing.size < maxUnackedUnits;
	}
}

/** A delta may build on what is just being stored. */
function isPack(unit: Arrived): boolean {
	return unit.kind === 'segment' && unit.header.base === undefined;
}
