/**
 * Layer 2's contract: a carrier is one ordered, back-pressured byte stream between two peers, a Node Duplex that ends or
 * errors exactly once, and whose error needs no listener: it may be over before the one who opened it has it in hand.
 * Every carrier passes the same suite (test/transport/carrier-contract).
 */
import {type Duplex} from 'node:stream';
import {type Route, type Tier} from '../protocol/tiers.js';

/** What every carrier knows of itself, beside the bytes. */
export type CarrierFacts = {
	readonly tier: Tier;
	readonly route: Route;
	/** Number of the attempt that made it; the leader's. */
	readonly generation: number;
	/** Ms since the epoch. */
	readonly openedAt: number;
	/** Payload taken from and given to the network so far. */
	readonly bytesIn: number;
	readonly bytesOut: number;
	/** Of this machine, where the carrier is bound to one: without it the carrier is dead. */
	readonly localAddress?: string | undefined;
};

export type Carrier = Duplex & CarrierFacts;

/** An error is followed by `close`, which everybody listens to; one without a listener would end the process. */
export function neverUnhandled(carrier: Duplex): void {
	carrier.on('error', () => undefined);
}
