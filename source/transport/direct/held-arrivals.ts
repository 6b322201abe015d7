/**
 * Arrivals that wait for the attempt they belong to: for a few seconds, and a few of them. Whoever is not asked for by
 * then is closed.
 */
import {type Arrival} from './arrival.js';

/** The core needs one turn; a follower's knock waits for the leader's number. */
const heldMs = 5000;

/** In all: members alone get this far, and each has at most 8 addresses to come from. */
const maxHeld = 16;

type Held = {readonly arrival: Arrival; readonly timer: NodeJS.Timeout};
type Taker = {readonly peerId: string; readonly generation: number; take(arrival: Arrival): void};

export class HeldArrivals {
	readonly #held = new Set<Held>();
	readonly #takers = new Set<Taker>();
	#isClosed = false;

	/** Keeps it until it is taken, or gives it at once to the attempt that runs. True if it now waits. */
	hold(arrival: Arrival): boolean {
		const taker = [...this.#takers].find((one) => fits(one, arrival));
		if (taker) {
			taker.take(arrival);
			return false;
		}
		if (this.#isClosed || this.#held.size >= maxHeld) {
			arrival.refuse('busy');
			return false;
		}
		const held: Held = {
			arrival,
			timer: setTimeout(() => {
				this.#held.delete(held);
				arrival.refuse('no_answer');
			}, heldMs),
		};
		this.#held.add(held);
		void arrival.gone.then(() => this.#forget(held));
		return true;
	}

	/** The arrivals of one attempt, knocks of its peer among them: for `openDirect`. */
	of(peerId: string, generation: number): {take(listener: (arrival: Arrival) => void): () => void} {
		return {
			take: (listener) => {
				const taker: Taker = {peerId, generation, take: listener};
				this.#takers.add(taker);
				for (const held of [...this.#held]) {
					if (!fits(taker, held.arrival)) continue;
					this.#forget(held);
					listener(held.arrival);
				}
				return () => void this.#takers.delete(taker);
			},
		};
	}

	/** Closes those of a peer (all without one), e.g. because the core refused the attempt. */
	drop(reason: string, peerId?: string): void {
		for (const held of [...this.#held]) {
			if (peerId !== undefined && held.arrival.peerId !== peerId) continue;
			this.#forget(held);
			held.arrival.refuse(reason);
		}
	}

	/** Closes all, and from now on whatever comes. */
	close(): void {
		this.#isClosed = true;
		this.drop('closed');
	}

	#forget(held: Held): void {
		clearTimeout(held.timer);
		this.#held.delete(held);
	}
}

function fits({peerId, generation}: Taker, arrival: Arrival): boolean {
	return arrival.peerId === peerId && (arrival.generation === generation || arrival.generation === 0);
}
