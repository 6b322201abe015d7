/**
 * Tier direct through ICE: data channels in a child program of its own, for their library is native code that can abort
 * or hang a process. Whatever happens there is a lost or refused carrier here, never a lost program.
 */
import {Failure} from '../../protocol/failure.js';
import {type Carrier} from '../carrier.js';

/** A TURN server, `turn:HOST[:PORT]`, over UDP: the library knows no other one. */
export type TurnServer = {readonly url: string; readonly username?: string; readonly credential?: string};

/** Who helps through a NAT; none at all still finds a path inside one network. */
export type IceServers = {readonly stun: readonly string[]; readonly turn: readonly TurnServer[]};

export type IceConnectOptions = {
	/** The leader makes the offer. */
	readonly initiator: boolean;
	readonly generation: number;
	readonly servers: IceServers;
	/** Whether a path over loopback may be used where there is no other interface. */
	readonly loopback: boolean;
	/** Ends the attempt while it is one; a carrier that has opened stays. */
	readonly signal?: AbortSignal;
	/** What the other end must be told: once at least, and again with more candidates or for a second try. */
	described(sdp: string): void;
};

/** One try to reach a peer. */
export type IceAttempt = {
	/** What the other end described; again and again as it comes. Nonsense is dropped. */
	remote(sdp: string): void;
	/** Rejects with a Failure `ice_failed`, `ice_unavailable`, `carrier_lost` or the signal's, within 8 s. */
	readonly opened: Promise<Carrier>;
	/** Gives up, or ends the carrier. */
	close(): void;
};

export class IceHost {
	readonly #log: ((line: string) => void) | undefined;

	constructor({log}: {readonly log?: (line: string) => void} = {}) {
		this.#log = log;
	}

	connect(_options: IceConnectOptions): IceAttempt {
		this.#log?.('ice is not there yet');
		const opened = Promise.reject<Carrier>(new Failure('ice_unavailable'));
		opened.catch(() => undefined);
		return {remote: () => undefined, opened, close: () => undefined};
	}

	/** Ends the child and with it every carrier; at most 2 s. */
	async close(): Promise<void> {}
}
