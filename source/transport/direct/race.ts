/**
 * Which connection of an attempt becomes the channel, as the leader sees it. A TCP connection is taken as soon as it is
 * there; one of ICE, which is slower by far, waits a moment for a TCP route that is still being tried.
 */
import {Failure} from '../../protocol/failure.js';
import {type Route} from '../../protocol/tiers.js';
import {pathWords} from '../path-words.js';

/** A round trip or two of a far path, and the start of a punch. */
const iceWaitsMs = 700;

/** A connection's place in the race. */
export type Contender = {
	/** Resolves when it is chosen; rejects when another one has become the channel. */
	chosen(): Promise<void>;
	/** It failed, or is not needed: the next one may be chosen. Idempotent. */
	leave(): void;
};

type Entry = {readonly route: Route; isLate: boolean; resolve(): void; reject(failure: Failure): void};

export class Race {
	readonly #isTcpRunning: () => boolean;
	readonly #waiting = new Set<Entry>();
	readonly #timers = new Set<NodeJS.Timeout>();
	#chosen: Entry | undefined;
	#isClosed = false;

	/** `isTcpRunning` tells whether a TCP route may still come in; call `review` when that changes. */
	constructor(isTcpRunning: () => boolean) {
		this.#isTcpRunning = isTcpRunning;
	}

	enter(route: Route): Contender {
		let own: Entry | undefined;
		return {
			chosen: () =>
				new Promise<void>((resolve, reject) => {
					if (this.#isClosed) return reject(notNeeded());
					const entry: Entry = {route, isLate: false, resolve, reject};
					own = entry;
					this.#waiting.add(entry);
					if (!isTcp(route)) this.#setLate(entry);
					this.review();
				}),
			leave: () => {
				if (!own) return;
				this.#waiting.delete(own);
				if (this.#chosen === own) this.#chosen = undefined;
				own = undefined;
				this.review();
			},
		};
	}

	/** Chooses, if nothing is chosen and something may be. */
	review(): void {
		if (this.#chosen) return;
		const entries = [...this.#waiting];
		const next =
			entries.find(({route}) => isTcp(route)) ?? entries.find(({isLate}) => isLate || !this.#isTcpRunning());
		if (!next) return;
		this.#waiting.delete(next);
		this.#chosen = next;
		next.resolve();
	}

	/** It is over: whoever still waits is not needed. */
	close(): void {
		this.#isClosed = true;
		for (const timer of this.#timers) clearTimeout(timer);
		for (const entry of this.#waiting) entry.reject(notNeeded());
		this.#waiting.clear();
	}

	#setLate(entry: Entry): void {
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			entry.isLate = true;
			this.review();
		}, iceWaitsMs);
		this.#timers.add(timer);
	}
}

function notNeeded(): Failure {
	return new Failure('closed', {message: pathWords.notNeeded});
}

export function isTcp(route: Route): boolean {
	return route === 'tcp-lan' || route === 'tcp-punched';
}
