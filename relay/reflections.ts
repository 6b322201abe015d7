/**
 * How long a connection that asked where it is seen may stay open: its mapping in a NAT must live as long as a punch
 * through it lasts. Bounded by address, in all, and in time.
 */
import {type Socket} from 'node:net';
import {networkOf, RateTable} from './rate-table.js';

/** A punch lasts 10 s, with the exchange of addresses before it. */
export const keepMs = 20_000;
/** Connections kept open at one time, on all ports together … */
export const maxKept = 512;
/** … and for one address, which may be a whole office. */
const maxKeptOfAddress = 64;

export class Reflections {
	readonly #asked = new RateTable(10, 100);
	readonly #kept = new Map<Socket, NodeJS.Timeout>();
	readonly #byAddress = new Map<string, number>();

	/**
	 * What becomes of a connection that asks: it may stay, is closed after its answer, or gets none and is told how long to
	 * wait. Without a socket it is a reverse proxy's.
	 */
	admit(socket: Socket | undefined, address: string): 'keep' | 'close' | {readonly retryAfterMs: number} {
		const now = performance.now();
		if (!this.#asked.tryTake(address, now)) return {retryAfterMs: this.#asked.waitMs(address, now)};
		if (!socket) return 'close';
		if (this.#kept.has(socket)) return 'keep';
		const key = networkOf(address);
		const count = this.#byAddress.get(key) ?? 0;
		if (this.#kept.size >= maxKept || count >= maxKeptOfAddress) return 'close';
		this.#byAddress.set(key, count + 1);
		this.#kept.set(
			socket,
			setTimeout(() => socket.destroy(), keepMs),
		);
		socket.once('close', () => this.#forget(socket, key));
		return 'keep';
	}

	/** Ends all that are kept. */
	close(): void {
		for (const socket of this.#kept.keys()) socket.destroy();
	}

	#forget(socket: Socket, key: string): void {
		clearTimeout(this.#kept.get(socket));
		this.#kept.delete(socket);
		const count = (this.#byAddress.get(key) ?? 1) - 1;
		if (count === 0) this.#byAddress.delete(key);
		else this.#byAddress.set(key, count);
	}
}
