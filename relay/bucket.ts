/**
 * A token bucket that may go into debt: bytes under way are let through, and what earns new ones waits until the debt
 * is paid. Time is an argument.
 */
export class Bucket {
	readonly #perSecond: number;
	readonly #capacity: number;
	#level: number;
	#at: number;

	/** @param perSecond 0 means without limit. @param capacity What may go at once after a rest. */
	constructor(perSecond: number, now: number, capacity = perSecond) {
		this.#perSecond = perSecond;
		this.#capacity = capacity;
		this.#level = capacity;
		this.#at = now;
	}

	/** Spends, into debt if need be. */
	spend(amount: number, now: number): void {
		if (this.#perSecond === 0) return;
		this.#refill(now);
		this.#level -= amount;
	}

	/** Spends only what is there: false, and nothing spent, where it is too little. */
	trySpend(amount: number, now: number): boolean {
		if (this.#perSecond === 0) return true;
		this.#refill(now);
		if (this.#level < amount) return false;
		this.#level -= amount;
		return true;
	}

	/** How long until the debt is paid, in ms; 0 without debt. */
	waitMs(now: number): number {
		if (this.#perSecond === 0) return 0;
		this.#refill(now);
		return this.#level >= 0 ? 0 : Math.ceil((-this.#level / this.#perSecond) * 1000);
	}

	#refill(now: number): void {
		const elapsedMs = Math.max(0, now - this.#at);
		this.#level = Math.min(this.#capacity, this.#level + (elapsedMs / 1000) * this.#perSecond);
		this.#at = now;
	}
}
