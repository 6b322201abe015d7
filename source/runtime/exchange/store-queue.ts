/**
 * Stores what arrived in order, while more is coming. What has piled up meanwhile and can be stored at once is: many
 * small chunks then cost one flush. After a failure nothing more is stored.
 */
import {type Answer} from './answer.js';
import {type Arrived} from './arrived.js';

type Entry = {readonly answer: Answer; readonly unit: Arrived};

export class StoreQueue {
	readonly #store: (answer: Answer, units: readonly Arrived[]) => Promise<void>;
	readonly #entries: Entry[] = [];
	#running: Promise<void> | undefined;
	#hasFailed = false;

	/** `store` rejects when nothing more is to be stored. */
	constructor(store: (answer: Answer, units: readonly Arrived[]) => Promise<void>) {
		this.#store = store;
	}

	push(answer: Answer, unit: Arrived): void {
		this.#entries.push({answer, unit});
		this.#running ??= this.#run();
	}

	/** Forgets what waits and takes nothing more. */
	stop(): void {
		this.#hasFailed = true;
		this.#entries.length = 0;
	}

	/** Resolves when everything that was given is stored, or will never be. */
	async idle(): Promise<void> {
		await this.#running;
	}

	async #run(): Promise<void> {
		await Promise.resolve(); // so that what comes in one turn of the loop is stored together
		while (this.#entries.length > 0 && !this.#hasFailed) {
			const [first] = this.#entries;
			const {answer} = first!;
			const isAlike = (entry: Entry) => entry.answer === answer && entry.unit.kind === 'chunk';
			const other = this.#entries.findIndex((entry) => !isAlike(entry));
			const count = Math.max(1, other < 0 ? this.#entries.length : other);
			const units = this.#entries.splice(0, count).map(({unit}) => unit);
			try {
				await this.#store(answer, units);
			} catch {
				this.stop();
			}
		}
		this.#running = undefined;
	}
}
