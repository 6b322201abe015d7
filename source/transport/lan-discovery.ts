/** Finds the other members of a session in the same network by mDNS, and is found by them. */

/** A member of the session as the local network shows it: hearsay with a member's seal; the channel proves who it is. */
export type LanPeer = {
	readonly peerId: string;
	readonly instance: string;
	/** Literal addresses, the likeliest first, at most 8. */
	readonly addresses: readonly {readonly ip: string; readonly port: number}[];
};

export type LanDiscoveryOptions = {
	/** The session's secret; nothing that is sent betrays it, or the session's id. */
	readonly secret: Uint8Array;
	/** Absent: listens only, as a first joiner does who has nothing to offer yet. */
	readonly self?: {readonly peerId: string; readonly instance: string; readonly port: number};
	/** A peer that was not known, or one whose instance or addresses are others now. */
	found(peer: LanPeer): void;
	/** It said goodbye, or has not answered for minutes. */
	lost(peerId: string): void;
	/** For the log: why nobody can be found here now. */
	problem(reason: string): void;
};

export type LanDiscovery = {
	/** Says goodbye and ends, within a second. */
	close(): Promise<void>;
};

/** Announces and searches until it is closed. Never throws; without a network it waits for one. */
export function openLanDiscovery(_options: LanDiscoveryOptions): LanDiscovery {
	return {close: async () => {}};
}
