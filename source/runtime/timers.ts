/** Named timers: starting one that runs replaces it, so the newest wish counts. */

export class Timers {
	readonly #timers = new Map<string, NodeJS.Timeout>();
	readonly #fired: (name: string) => void;

	constructor(fired: (name: string) => void) {
		this.#fired = fired;
	}

	start(name: string, afterMs: number): void {
		this.stop(name);
		const timer = setTimeout(() => {
			this.#timers.delete(name);
			this.#fired(name);
		}, afterMs);
		this.#timers.set(name, timer);
	}

	stop(name: string): void {
		clearTimeout(this.#timers.get(name));
		this.#timers.delete(name);
	}

	stopAll(): void {
		for (const name of [...this.#timers.keys()]) this.stop(name);
	}
}
