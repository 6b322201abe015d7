/** Failed attempts to enter, by address, of IPv6 by its /64: who guesses is slowed down, whoever else comes from there with it. */
import {networkOf} from './rate-table.js';

/** Far above what members behind one address need when their relay forgot them, far below guessing. */
const maxFailures = 120;
const windowMs = 60_000;
/** Beyond these the oldest address is forgotten. */
const maxAddresses = 10_000;

export class FailedAttempts {
	readonly #byAddress = new Map<string, {since: number; count: number}>();

	/** True where this address has failed too often in the last minute. */
	isLimited(address: string, now: number): boolean {
		const entry = this.#byAddress.get(networkOf(address));
		return entry !== undefined && now - entry.since < windowMs && entry.count >= maxFailures;
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
