/**
 * A token bucket that may go into debt: bytes under way are let through, and what earns new ones waits until the debt
 * is paid. Time is an argument; the rate may change while it is used.
 */
export class Bucket {
	readonly #rate: () => number;
	readonly #burstSeconds: number;
	#level: number;
	#at: number;

	/** @param rate Each second; 0 means without limit. @param burstSeconds What may go at once after a rest. */
	constructor(rate: number | (() => number), now: number, burstSeconds = 1) {
		this.#rate = typeof rate === 'number' ? () => rate : rate;
		this.#burstSeconds = burstSeconds;
		this.#level = this.#rate() * burstSeconds;
		this.#at = now;
	}

	/** Spends, into debt if need be. */
	spend(amount: number, now: number): void {
		if (this.#rate() === 0) return this.#forgive(now);
		this.#refill(now);
		this.#level -= amount;
	}

	/** Spends only what is there: false, and nothing spent, where it is too little. */
	trySpend(amount: number, now: number): boolean {
		if (this.#rate() === 0) return true;
		this.#refill(now);
		if (this.#level < amount) return false;
		this.#level -= amount;
		return true;
	}

	/** How long until the debt is paid, in ms; 0 without debt. */
	waitMs(now: number): number {
		return this.untilMs(0, now);
	}

	/** How long until so much is there, in ms. */
	untilMs(amount: number, now: number): number {
		const rate = this.#rate();
		if (rate === 0) return 0;
		this.#refill(now);
		return this.#level >= amount ? 0 : Math.ceil(((amount - this.#level) / rate) * 1000);
	}

	#refill(now: number): void {
		const rate = this.#rate();
		const elapsedMs = Math.max(0, now - this.#at);
		this.#level = Math.min(rate * this.#burstSeconds, this.#level + (elapsedMs / 1000) * rate);
		this.#at = now;
	}

	/** What was spent without a limit is no debt when one is set. */
	#forgive(now: number): void {
		this.#level = 0;
		this.#at = now;
	}
}
