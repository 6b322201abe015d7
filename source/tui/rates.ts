/** Bytes a second of each peer, from how its totals grow. Pure. */
import {type Peer, type PeerId, type TierBytes} from '../core/state.js';

export type Rate = {readonly in: number; readonly out: number};

type Totals = {readonly at: number; readonly in: number; readonly out: number};

/** What the rates are made of: a few totals a peer, oldest first. */
export type RateHistory = ReadonlyMap<PeerId, readonly Totals[]>;

/** Rates are averages over this long, so that they can be read. */
const rateWindowMs = 3000;

/** Totals nearer than this tell nothing new. */
const sampleMs = 250;

export function trackRates(history: RateHistory, peers: Iterable<Peer>, at: number): RateHistory {
	const next = new Map<PeerId, readonly Totals[]>();
	for (const peer of peers) {
		const totals = {at, in: sumTiers(peer.bytes.in), out: sumTiers(peer.bytes.out)};
		const known = (history.get(peer.peerId) ?? []).filter(
			(sample) => at - sample.at <= rateWindowMs + sampleMs,
		);
		const newest = known.at(-1);
		next.set(peer.peerId, newest && at - newest.at < sampleMs ? known : [...known, totals]);
	}
	return next;
}

export function rateOf(history: RateHistory, peer: Peer, at: number): Rate {
	const oldest = history.get(peer.peerId)?.[0];
	if (!oldest || at - oldest.at < sampleMs) return {in: 0, out: 0};
	const seconds = (at - oldest.at) / 1000;
	return {
		in: Math.max(0, (sumTiers(peer.bytes.in) - oldest.in) / seconds),
		out: Math.max(0, (sumTiers(peer.bytes.out) - oldest.out) / seconds),
	};
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
