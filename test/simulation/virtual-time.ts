/** Time that goes on only when nothing is left to do at the moment: one queue, in order; what is due at the same time in the order of asking. */
// Not the global one, in whose place a simulation puts its own.
import {setImmediate} from 'node:timers';

type Entry = {readonly at: number; readonly order: number; run: (() => void) | undefined};

/** Cancels what was asked for. */
export type Cancel = () => void;

const startedAt = 1_700_000_000_000;
const turnsAtOnce = 50;

export class VirtualTime {
	/** Ms since the beginning. */
	passed = 0;
	/** How far the clock on the wall was put forward or back. */
	jumped = 0;
	#heap: Entry[] = [];
	#order = 0;

	/** What `Date.now` says. */
	get wall(): number {
		return startedAt + Math.floor(this.passed) + this.jumped;
	}

	later(ms: number, run: () => void): Cancel {
		const entry: Entry = {at: this.passed + Math.max(0, ms), order: this.#order++, run};
		this.#push(entry);
		return () => {
			entry.run = undefined;
		};
	}

	/** Works the queue off until this is true or the time is over; true in the first case. */
	async runUntil(isDone: () => boolean, withinMs: number): Promise<boolean> {
		const end = this.passed + withinMs;
		return new Promise((resolve, reject) => {
			let outcome: boolean | undefined;
			// Between two callbacks all promises that could go on have gone on: nothing here waits for the real world. Asking
			// for many at once is one turn of Node's own loop instead of many.
			const turn = () => {
				if (outcome !== undefined) return;
				try {
					outcome = this.#next(isDone, end);
				} catch (error) {
					outcome = false;
					reject(error instanceof Error ? error : new Error(String(error)));
				}
				if (outcome !== undefined) resolve(outcome);
			};
			const turns = () => {
				if (outcome !== undefined) return;
				for (let count = 0; count < turnsAtOnce; count++) setImmediate(turn);
				setImmediate(turns);
			};
			turns();
		});
	}

	/** Does what is next; says how it ended once it has. */
	#next(isDone: () => boolean, end: number): boolean | undefined {
		if (isDone()) return true;
		for (;;) {
			const next = this.#heap[0];
			if (!next || next.at > end) break;
			this.#pop();
			if (!next.run) continue;
			this.passed = Math.max(this.passed, next.at);
			next.run();
			return undefined;
		}
		this.passed = end;
		return false;
	}

	#push(entry: Entry): void {
		const heap = this.#heap;
		let at = heap.push(entry) - 1;
		while (at > 0) {
			const above = (at - 1) >> 1;
			if (!isBefore(entry, heap[above]!)) break;
			heap[at] = heap[above]!;
			at = above;
		}
		heap[at] = entry;
	}

	#pop(): void {
		const heap = this.#heap;
		const last = heap.pop()!;
		if (heap.length === 0) return;
		let at = 0;
		for (;;) {
			let below = 2 * at + 1;
			if (below >= heap.length) break;
			if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
			if (!isBefore(heap[below]!, last)) break;
			heap[at] = heap[below]!;
			at = below;
		}
		heap[at] = last;
	}
}

function isBefore(one: Entry, other: Entry): boolean {
	return one.at < other.at || (one.at === other.at && one.order < other.order);
}
