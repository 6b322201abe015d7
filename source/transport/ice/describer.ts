/**
 * The exchange of descriptions for one link. Ours is told when all candidates are found or after a short while, and again
 * when more came; of theirs a repeated one only adds candidates, and one of another connection starts ours anew where we
 * answer. What belongs to a connection that was given up is dropped.
 */
import {type IceDescription, maxDescribedCandidates, parseDescription} from './ice-description.js';
import {type NativePeer} from './native-peer.js';

/** Servers may be slow or dead; nobody in the same network waits for them. */
const firstMs = 400;
const againMs = 300;
/**
 * The library starts ICE before it keeps the fingerprint in a description, so a check that comes in that moment leads to a
 * DTLS that fails. Who answers therefore checks no address before the other end had time to take the answer; the other
 * end's checks are answered meanwhile, and open a way where nothing is in between.
 */
const holdMs = 250;
/** Each one is a message through the relay. */
const maxTold = 6;
/** A peer that describes ever new connections gets no more of ours. */
const maxConnections = 3;

export class Describer {
	readonly #isInitiator: boolean;
	readonly #describe: (sdp: string) => void;
	readonly #renew: () => NativePeer;
	#peer: NativePeer | undefined;
	#isStarted = false;
	#told = 0;
	#lastTold = '';
	#timer: NodeJS.Timeout | undefined;
	#isAllGathered = false;
	#hold: NodeJS.Timeout | undefined;
	/** Descriptions of the other end by connection; the newest one is in use. */
	readonly #seenUfrags: string[] = [];
	#remote: IceDescription | undefined;
	readonly #added = new Set<string>();

	constructor({
		isInitiator,
		describe,
		renew,
	}: {
		readonly isInitiator: boolean;
		describe: (sdp: string) => void;
		/** Gives the link another connection and calls `use`. */
		renew: () => NativePeer;
	}) {
		this.#isInitiator = isInitiator;
		this.#describe = describe;
		this.#renew = renew;
	}

	/** A connection, the first or a further one. */
	use(peer: NativePeer): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		clearTimeout(this.#hold);
		this.#hold = undefined;
		this.#peer = peer;
		this.#isStarted = false;
		this.#isAllGathered = false;
		this.#remote = undefined;
		this.#added.clear();
	}

	/** Our description exists from now on. */
	started(): void {
		this.#isStarted = true;
		if (this.#isAllGathered) this.#tell();
		else this.#tellIn(firstMs);
	}

	gathered(isLast: boolean): void {
		if (isLast) this.#isAllGathered = true;
		if (!this.#isStarted) return;
		if (isLast) this.#tell();
		else if (!this.#timer) this.#tellIn(againMs);
	}

	/** Throws what the library throws at the first one of a connection. */
	remote(text: string): void {
		const description = parseDescription(text);
		if (!description) return;
		const {ufrag, head} = description;
		if (this.#remote?.ufrag === ufrag) {
			this.#remote = description;
			if (!this.#hold) this.#addCandidates();
			return;
		}
		if (this.#seenUfrags.includes(ufrag) || this.#seenUfrags.length >= maxConnections) return;
		if (this.#isInitiator && this.#remote) return;
		if (this.#remote) this.#renew();
		this.#seenUfrags.push(ufrag);
		this.#remote = description;
		if (this.#isInitiator) {
			this.#peer!.accept(head);
			this.#addCandidates();
			return;
		}
		this.#peer!.answer(head);
		this.started();
		this.#hold = setTimeout(() => {
			this.#hold = undefined;
			this.#addCandidates();
		}, holdMs);
	}

	descriptions(): {local: string; remote: string} {
		return {
			local: this.#peer?.description() ?? '',
			remote: this.#remote?.candidates.map((line) => `a=${line}`).join('\n') ?? '',
		};
	}

	stop(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#hold);
		this.#told = maxTold;
	}

	#addCandidates(): void {
		for (const candidate of this.#remote?.candidates ?? []) {
			if (this.#added.has(candidate) || this.#added.size >= maxDescribedCandidates) continue;
			this.#added.add(candidate);
			try {
				this.#peer!.addCandidate(candidate);
			} catch {
				// It is nonsense, or came for a connection that has failed; the others may still do.
			}
		}
	}

	#tellIn(ms: number): void {
		this.#timer = setTimeout(() => this.#tell(), ms);
	}

	#tell(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const sdp = this.#peer?.description();
		if (sdp === undefined || sdp === this.#lastTold || this.#told >= maxTold) return;
		this.#told++;
		this.#lastTold = sdp;
		this.#describe(sdp);
	}
}
