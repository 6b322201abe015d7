/**
 * Who reads the keyboard, and when nobody may: while the terminal is given away each key is for somebody else, and a ^D
 * typed outside of raw mode would be the end of our input for good. Readers come and go meanwhile as at any time.
 */
import {type Readable} from 'node:stream';

/** What is needed of a terminal's input. */
export type KeyStream = Pick<Readable, 'on' | 'off' | 'pause'>;

export class Keyboard {
	readonly #stdin: KeyStream;
	readonly #readers = new Set<() => void>();
	#isHushed = false;

	constructor(stdin: KeyStream) {
		this.#stdin = stdin;
	}

	/** Calls back when there is something to read; returns what ends it. */
	listen(read: () => void): () => void {
		this.#readers.add(read);
		if (!this.#isHushed) this.#stdin.on('readable', read);
		return () => {
			this.#readers.delete(read);
			this.#stdin.off('readable', read);
		};
	}

	/** Resolves when nothing is read any more. */
	async hush(): Promise<void> {
		this.#isHushed = true;
		for (const read of this.#readers) this.#stdin.off('readable', read);
		// The stream notices one turn later that nobody listens, and only then pausing stops its reads; one turn later again
		// it has stopped, and can be begun anew.
		await nextTurn();
		this.#stdin.pause();
		await nextTurn();
	}

	/** Reads again, for those who listen now. */
	resume(): void {
		this.#isHushed = false;
		for (const read of this.#readers) this.#stdin.on('readable', read);
	}
}

function nextTurn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

const keyboards = new WeakMap<KeyStream, Keyboard>();

/** The one keyboard of a stream. */
export function keyboardOf(stdin: KeyStream): Keyboard {
	const known = keyboards.get(stdin);
	if (known) return known;
	const keyboard = new Keyboard(stdin);
	keyboards.set(stdin, keyboard);
	return keyboard;
}
