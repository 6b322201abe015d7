/** How much each address may ask for in a time, bounded in memory however many addresses ask. Time is an argument. */
import {Bucket} from './bucket.js';

/** Beyond these the address that was quiet longest is forgotten. */
const maxAddresses = 10_000;

export class RateTable {
	readonly #perSecond: number;
	readonly #burst: number;
	readonly #buckets = new Map<string, Bucket>();

	constructor(perSecond: number, burst: number) {
		this.#perSecond = perSecond;
		this.#burst = burst;
	}

	/** Takes one for this address: false where it has asked too often. */
	tryTake(address: string, now: number): boolean {
		const key = networkOf(address);
		const bucket = this.#buckets.get(key) ?? new Bucket(this.#perSecond, now, this.#burst / this.#perSecond);
		this.#buckets.delete(key);
		this.#buckets.set(key, bucket);
		const oldest = this.#buckets.keys().next();
		if (this.#buckets.size > maxAddresses && !oldest.done) this.#buckets.delete(oldest.value);
		return bucket.trySpend(1, now);
	}

	/** How long until this address may ask again, in ms. */
	waitMs(address: string, now: number): number {
		return this.#buckets.get(networkOf(address))?.untilMs(1, now) ?? 0;
	}
}

/** This machine itself. */
export function isLoopback(address: string): boolean {
	return address === '::1' || address.startsWith('127.');
}

/** What one customer of a provider has: an IPv4 address, or the first half of an IPv6 address. */
export function networkOf(address: string): string {
	if (!address.includes(':') || address.includes('.')) return address;
	const [head = '', tail] = address.split('%', 1)[0]!.split('::');
	const groups = head === '' ? [] : head.split(':');
	const behind = tail === undefined || tail === '' ? [] : tail.split(':');
	while (tail !== undefined && groups.length + behind.length < 8) groups.push('0');
	return [...groups, ...behind].slice(0, 4).join(':');
}
