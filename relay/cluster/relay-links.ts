/** The ways to all other relays that have peers of our sessions. */
import {type Bus} from './bus.js';
import {RelayLink} from './relay-link.js';

/** The server of the bus cuts off who has 64 MiB waiting; what all others may send to one relay stays below. */
const roomOfRelay = 48 * 1024 * 1024;
const maxWindow = 8 * 1024 * 1024;
const minWindow = 1024 * 1024;

export class RelayLinks {
	readonly #bus: Bus;
	readonly #onLost: (relay: string, why: string) => void;
	readonly #links = new Map<string, RelayLink>();

	constructor(bus: Bus, onLost: (relay: string, why: string) => void) {
		this.#bus = bus;
		this.#onLost = onLost;
	}

	get size(): number {
		return this.#links.size;
	}

	to(relay: string): RelayLink {
		const known = this.#links.get(relay);
		if (known) return known;
		const link = new RelayLink({
			bus: this.#bus,
			relay,
			windowBytes: () => this.#windowBytes(),
			onLost: (why) => this.#onLost(relay, why),
		});
		this.#links.set(relay, link);
		return link;
	}

	/** Asks all whether they are there, but for those that are not needed any more. */
	check(isNeeded: (relay: string) => boolean): void {
		for (const [relay, link] of this.#links) {
			if (isNeeded(relay)) link.check();
			else this.drop(relay);
		}
	}

	/** True where there was one. */
	drop(relay: string): boolean {
		this.#links.get(relay)?.close();
		return this.#links.delete(relay);
	}

	dropAll(): void {
		for (const relay of this.#links.keys()) this.drop(relay);
	}

	/** The others have about as many links as this relay, so this is the share of each in the room of one. */
	#windowBytes(): number {
		const share = Math.floor(roomOfRelay / Math.max(1, this.#links.size));
		return Math.min(maxWindow, Math.max(minWindow, share));
	}
}
