/** Failed attempts to enter, by address, of IPv6 by its /64: who guesses is slowed down, whoever else comes from there with it. */
import {networkOf} from './rate-table.js';

/** Far above what members behind one address need when their relay forgot them, far below guessing. */
const maxFailures = 120;
const windowMs = 60_000;
/** Beyond these the oldest address is forgotten. */
const maxAddresses = 10_000;

export class FailedAttempts {
	readonly #byAddress = new Map<string, {since: number; count: number}>();

	/** How long an address that has failed too often must wait, in ms; 0: it may try. */
	waitMs(address: string, now: number): number {
		const entry = this.#byAddress.get(networkOf(address));
		if (!entry || entry.count < maxFailures) return 0;
		return Math.max(0, entry.since + windowMs - now);
	}

	add(address: string, now: number): void {
		const network = networkOf(address);
		const entry = this.#byAddress.get(network);
		if (entry && now - entry.since < windowMs) {
			entry.count++;
			return;
		}

		this.#byAddress.delete(network);
		this.#byAddress.set(network, {since: now, count: 1});
		const oldest = this.#byAddress.keys().next();
		if (this.#byAddress.size > maxAddresses && !oldest.done) this.#byAddress.delete(oldest.value);
	}
}
