/** Turns for a bounded resource: first come, first served, so that several takers go on side by side. */

/** Gives the turn back; calling it again does nothing. */
export type Release = () => void;

export class Turns {
	#free: number;
	readonly #queue: ((release: Release) => void)[] = [];

	constructor(count: number) {
		this.#free = count;
	}

	/** Waits for a turn; rejects with the signal's reason. */
	async take(signal: AbortSignal): Promise<Release> {
		signal.throwIfAborted();
		if (this.#free > 0) return this.#hand();
		return new Promise<Release>((resolve, reject) => {
			const granted = (release: Release): void => {
				signal.removeEventListener('abort', abort);
				resolve(release);
			};
			const abort = (): void => {
				const at = this.#queue.indexOf(granted);
				if (at >= 0) this.#queue.splice(at, 1);
				reject(signal.reason as Error);
			};
			signal.addEventListener('abort', abort, {once: true});
			this.#queue.push(granted);
		});
	}

	/** A turn if one is free and `spare` others are left after it. */
	tryTake(spare: number): Release | undefined {
		return this.#free > spare && this.#queue.length === 0 ? this.#hand() : undefined;
	}

	#hand(): Release {
		this.#free--;
		let given = false;
		return () => {
			if (given) return;
			given = true;
			this.#free++;
			const next = this.#queue.shift();
			if (next) next(this.#hand());
		};
	}
}
