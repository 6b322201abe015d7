/** Bytes a second of each peer, from its seconds. Pure. */
import {type Peer, type TierBytes} from '../core/state.js';

export type Rate = {readonly in: number; readonly out: number};

/** Rates are averages over so many seconds, so that they can be read. */
const averaged = 3;

/** What flows now; nothing, where it is not linked, since its seconds are those before. */
export function rateOf({link, recent = []}: Pick<Peer, 'link' | 'recent'>): Rate {
	const shown = recent.slice(-averaged);
	const [first, last] = [shown[0], shown.at(-1)];
	if (link.status !== 'online' || !first || !last) return {in: 0, out: 0};
	// Seconds are longer where the program is busy; the first one began where the one before it ended.
	const began = recent.at(-averaged - 1)?.at ?? first.at - 1000;
	const seconds = Math.max(1000, last.at - began) / 1000;
	const sum = (direction: 'in' | 'out') =>
		shown.reduce((total, sample) => total + sumTiers(sample[direction]), 0) / seconds;
	return {in: sum('in'), out: sum('out')};
}

export function sumTiers(bytes: TierBytes): number {
	return bytes.direct + bytes.proxy + bytes.json;
}

export function addTiers(one: TierBytes, other: TierBytes): TierBytes {
	return {
		direct: one.direct + other.direct,
		proxy: one.proxy + other.proxy,
		json: one.json + other.json,
	};
}
