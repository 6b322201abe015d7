/** A clock that only goes on when told, what is to happen by it, and the chance of one seed. */
export class EventClock {
	/** ms since 1970. */
	at = 1_700_000_000_000;
	readonly #queue: {at: number; order: number; run: () => void}[] = [];
	#order = 0;
	#seed: number;

	constructor(seed: number) {
		this.#seed = seed;
	}

	/** 0 to 1. A small linear congruential generator: a seed gives the same run again. */
	random(): number {
		this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
		return this.#seed / 0x80_00_00_00;
	}

	later(ms: number, run: () => void): void {
		this.#queue.push({at: this.at + ms, order: this.#order++, run});
	}

	/** Lets this time pass. */
	pass(ms: number): void {
		const end = this.at + ms;
		for (;;) {
			this.#queue.sort((one, two) => one.at - two.at || one.order - two.order);
			const next = this.#queue[0];
			if (!next || next.at > end) break;
			this.#queue.shift();
			this.at = Math.max(this.at, next.at);
			next.run();
		}
		this.at = end;
	}

	/** Lets time pass until this is true; false if it is not in time. */
	until(isTrue: () => boolean, withinMs: number): boolean {
		for (let passed = 0; passed < withinMs && !isTrue(); passed += 20) this.pass(20);
		return isTrue();
	}
}
