/** Random numbers that a seed decides, so that a failure can be run again. */

export type Random = {
	/** In [0, 1). */
	next(): number;
	/** A whole number from 0 to `below` − 1. */
	below(below: number): number;
	pick<T>(items: readonly T[]): T;
	bytes(count: number): Buffer;
};

/** Mulberry32: small, fast, and good enough to make files. */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	const word = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return (mixed ^ (mixed >>> 14)) >>> 0;
	};
	const next = () => word() / 2 ** 32;
	const below = (limit: number) => Math.floor(next() * limit);
	return {
		next,
		below,
		pick: (items) => items[below(items.length)]!,
		bytes(count) {
			const bytes = Buffer.allocUnsafe(Math.ceil(count / 4) * 4);
			for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeUInt32LE(word(), offset);
			return bytes.subarray(0, count);
		},
	};
}
