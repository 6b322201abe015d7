/**
 * The way to one other relay. The bus takes whatever it is given and cuts off a receiver that lags too far behind, so
 * no more than a window is ever under way: after some bytes a mark is sent, a request whose answer says that the
 * other has taken all that went before it. A mark that nobody takes, or not in time, says that the relay is gone.
 */
import {type Bus} from './bus.js';
import {relaySubject} from './subjects.js';

export type LinkOptions = {
	readonly bus: Bus;
	readonly relay: string;
	/** What may be under way now; it depends on how many relays share the other's room. */
	readonly windowBytes: () => number;
	/** The relay is gone; said once. */
	readonly onLost: (why: 'nobody' | 'late') => void;
};

/** Often enough that a window of the smallest size is never waited for in one piece. */
const markEveryBytes = 256 * 1024;
/** What waits for many peers goes in turn, in pieces of this size. */
const maxTurnBytes = 256 * 1024;
/** Much longer than a busy relay is away from its sockets, and shorter than peers wait for a sign of life. */
const markDeadlineMs = 6_000;
const mark = new Uint8Array();

export class RelayLink {
	readonly #options: LinkOptions;
	readonly #waiting = new Set<() => void>();
	#underWay = 0;
	#sinceMark = 0;
	/** What whoever is sending now may still send before the next one who waits. */
	#turnBytes = Infinity;
	#isLost = false;

	constructor(options: LinkOptions) {
		this.#options = options;
	}

	/** True while nothing more is to be written: the window is used, or it is another one's turn. */
	get isFull(): boolean {
		return this.#isWindowUsed || this.#turnBytes <= 0;
	}

	get #isWindowUsed(): boolean {
		return this.#underWay >= this.#options.windowBytes();
	}

	write(subject: string, bytes: Uint8Array): void {
		this.#options.bus.publish(subject, bytes);
		this.#underWay += bytes.length;
		this.#sinceMark += bytes.length;
		this.#turnBytes -= bytes.length;
		if (this.#sinceMark >= markEveryBytes) this.check();
	}

	/** Calls back once when there is room. */
	wait(resume: () => void): void {
		this.#waiting.add(resume);
	}

	/** Asks whether the other is there, which also tells what it has taken. */
	check(): void {
		const {bus, relay} = this.#options;
		const bytes = this.#sinceMark;
		this.#sinceMark = 0;
		void bus.request(relaySubject(relay), mark, markDeadlineMs).then((end) => {
			if (end === 'answered') this.#taken(bytes);
			else this.#lose(end);
		});
	}

	/** Nothing is told of this link any more. */
	close(): void {
		this.#isLost = true;
		this.#waiting.clear();
	}

	#taken(bytes: number): void {
		this.#underWay -= bytes;
		// Who is not done in its turn waits again, behind the others.
		for (const resume of this.#waiting) {
			if (this.#isWindowUsed) break;
			this.#waiting.delete(resume);
			this.#turnBytes = maxTurnBytes;
			resume();
		}

		this.#turnBytes = Infinity;
	}

	#lose(why: 'nobody' | 'late'): void {
		if (this.#isLost) return;
		this.close();
		this.#options.onLost(why);
	}
}
