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

	/** Throws what the library throws at it. */
	remote(text: string): void {
		const description = parseDescription(text);
		if (!description) return;
		const {ufrag} = description;
		if (this.#remote?.ufrag === ufrag) return this.#add(description);
		if (this.#seenUfrags.includes(ufrag) || this.#seenUfrags.length >= maxConnections) return;
		if (this.#isInitiator) {
			if (this.#remote) return;
			this.#peer!.accept(description.sdp);
		} else {
			if (this.#remote) this.#renew();
			this.#peer!.answer(description.sdp);
			this.started();
		}
		this.#seenUfrags.push(ufrag);
		this.#remote = description;
		for (const candidate of description.candidates) this.#added.add(candidate);
	}

	descriptions(): {local: string; remote: string} {
		return {local: this.#peer?.description() ?? '', remote: this.#remote?.sdp ?? ''};
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#told = maxTold;
	}

	#add({candidates, sdp, ufrag}: IceDescription): void {
		this.#remote = {candidates, sdp, ufrag};
		for (const candidate of candidates) {
			if (this.#added.has(candidate) || this.#added.size >= maxDescribedCandidates) continue;
			this.#added.add(candidate);
			this.#peer!.addCandidate(candidate);
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
