/** Where peers listen, as the local network or they themselves said last. */
import {type PeerId} from '../core/state.js';
import {type Candidate, isSameCandidate} from '../protocol/candidate.js';
import {maxCandidates} from '../protocol/limits.js';

/** Peers whose addresses are remembered; those that were heard of longest ago are forgotten. */
const maxKnown = 64;

type Known = {readonly lan: readonly Candidate[]; readonly told: readonly Candidate[]};

export class KnownAddresses {
	readonly #known = new Map<PeerId, Known>();

	/** As many as one attempt may have, each once; what the local network shows comes first. */
	of(peerId: PeerId): readonly Candidate[] {
		const known = this.#known.get(peerId);
		if (!known) return [];
		const fresh = known.told.filter((told) => !known.lan.some((lan) => isSameCandidate(lan, told)));
		return [...known.lan, ...fresh].slice(0, maxCandidates);
	}

	/** Replaces what the local network (`lan`) or the peer (`told`) said before. */
	remember(peerId: PeerId, change: Partial<Known>): void {
		const known = {lan: [], told: [], ...this.#known.get(peerId), ...change};
		this.#known.delete(peerId);
		this.#known.set(peerId, known);
		const [oldest] = this.#known.keys();
		if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
	}
}
