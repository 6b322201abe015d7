/** Lets a bounded number of tasks run at once; the others wait in the order in which they came. */
export class Gate {
	readonly #atOnce: number;
	#running = 0;
	readonly #waiting: Array<() => void> = [];

	constructor(atOnce: number) {
		this.#atOnce = atOnce;
	}

	async run<T>(task: () => Promise<T>): Promise<T> {
		if (this.#running >= this.#atOnce) {
			await new Promise<void>((resolve) => {
				this.#waiting.push(resolve);
			});
		} else {
			this.#running++;
		}

		try {
			return await task();
		} finally {
			const next = this.#waiting.shift();
			if (next) {
				next(); // hands over its place, so the count stays
			} else {
				this.#running--;
			}
		}
	}
}

/** Maps in groups, all of a group at once: pipelines requests without holding a promise for each of a million. */
export async function mapInGroups<T, R>(
	items: readonly T[],
	groupSize: number,
	map: (item: T) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	for (let start = 0; start < items.length; start += groupSize) {
		for (const result of await Promise.all(items.slice(start, start + groupSize).map(map))) {
			results.push(result);
		}
	}

	return results;
}

/** Lets other work of the process run when more than a frame's time has passed since the last breath. */
export class Breath {
	static readonly #sliceMs = 8;
	#since = performance.now();

	async take(): Promise<void> {
		if (performance.now() - this.#since < Breath.#sliceMs) {
			return;
		}

		await new Promise<void>((resolve) => {
			setImmediate(resolve);
		});
		this.#since = performance.now();
	}
}
