/** One account for each address, whichever of its sockets comes and goes; bounded in memory. */
import {type Account} from './account.js';
import {networkOf} from './rate-table.js';

/** Beyond these the address that has opened no socket for the longest time is forgotten. */
const maxAddresses = 10_000;

export class Addresses {
	readonly #accounts = new Map<string, Account>();
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
}
