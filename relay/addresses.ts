/** One account for each address, whichever of its sockets comes and goes, and how many it has; bounded in memory. */
import {type Account} from './account.js';
import {isLoopback, networkOf} from './rate-table.js';

/** Beyond these the address that has opened no socket for the longest time is forgotten. */
const maxAddresses = 10_000;

export class Addresses {
	readonly #accounts = new Map<string, Account>();
	readonly #sockets = new Map<string, number>();
	readonly #newAccount: (now: number) => Account;

	constructor(newAccount: (now: number) => Account) {
		this.#newAccount = newAccount;
	}

	/** The account of an address; one of IPv6 shares it with its /64. */
	accountOf(address: string, now: number): Account {
		const key = networkOf(address);
		const account = this.#accounts.get(key) ?? this.#newAccount(now);
		this.#accounts.delete(key);
		this.#accounts.set(key, account);
		const oldest = this.#accounts.keys().next();
		if (this.#accounts.size > maxAddresses && !oldest.done) this.#accounts.delete(oldest.value);
		return account;
	}

	/** Counts a socket in, until `leave`. Says how many there are now; none of this machine itself, where a proxy may bring everybody. */
	enter(address: string): number {
		if (isLoopback(address)) return 0;
		const key = networkOf(address);
		const count = (this.#sockets.get(key) ?? 0) + 1;
		this.#sockets.set(key, count);
		return count;
	}

	/** Once for each `enter`. */
	leave(address: string): void {
		const key = networkOf(address);
		const count = this.#sockets.get(key);
		if (count === undefined) return;
		if (count > 1) this.#sockets.set(key, count - 1);
		else this.#sockets.delete(key);
	}
}
