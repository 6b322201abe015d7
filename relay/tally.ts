/** Counts by a word, for few words: what is above the bound is counted as `other`, so no client can make them many. */
const maxWords = 64;

export class Tally {
	readonly #counts = new Map<string, number>();

	add(word: string, by = 1): void {
		const isKnown = this.#counts.has(word) || this.#counts.size < maxWords;
		const key = isKnown ? word : 'other';
		this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
	}

	of(word: string): number {
		return this.#counts.get(word) ?? 0;
	}

	entries(): IterableIterator<[string, number]> {
		return this.#counts.entries();
	}

	all(): Record<string, number> {
		return Object.fromEntries(this.#counts);
	}
}
