/** What two peers tell each other through the relay while they look for a direct way. Every field adds to what came before. */
import {type Candidate} from '../../protocol/candidate.js';

/**
 * How our NAT gives out ports: `open` none is in between; `independent` one mapping for all destinations, so it can be
 * told in advance; `symmetric` another for each; `unknown` there was only one reflector to ask.
 */
export type NatKind = 'open' | 'independent' | 'symmetric' | 'unknown';

export type DirectSignal = {
	/** The attempt's. */
	readonly generation: number;
	/** Where the sender listens. */
	readonly candidates?: readonly Candidate[];
	/** What the reflector saw of the port that the sender punches from, at most one an address family; empty: nothing. */
	readonly mappings?: readonly Candidate[];
	readonly natKind?: NatKind;
	readonly sdp?: string;
	/** From the leader: the punch begins so many ms from now on. */
	readonly startInMs?: number;
	/** The sender has nothing left to try; why, in words. */
	readonly over?: string;
};
