/** Keeps the values used last, up to a total weight; a value heavier than all of it is not kept. */
export class Lru<K, V> {
	readonly #maxWeight: number;
	readonly #weigh: (value: V) => number;
	readonly #values = new Map<K, V>();
	#weight = 0;

	constructor(maxWeight: number, weigh: (value: V) => number = () => 1) {
		this.#maxWeight = maxWeight;
		this.#weigh = weigh;
	}

	has(key: K): boolean {
		return this.#values.has(key);
	}

	get(key: K): V | undefined {
		const value = this.#values.get(key);
		if (value !== undefined) {
			this.#values.delete(key);
			this.#values.set(key, value);
		}

		return value;
	}

	set(key: K, value: V): void {
		this.delete(key);
		const weight = this.#weigh(value);
		if (weight > this.#maxWeight) {
			return;
		}

		this.#values.set(key, value);
		this.#weight += weight;
		for (const oldest of this.#values.keys()) {
			if (this.#weight <= this.#maxWeight) {
				break;
			}

			this.delete(oldest);
		}
	}

	delete(key: K): void {
		const value = this.#values.get(key);
		if (value !== undefined) {
			this.#values.delete(key);
			this.#weight -= this.#weigh(value);
		}
	}
}
