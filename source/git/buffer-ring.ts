/**
 * Memory that is used again: fresh memory for each chunk of a large file makes the engine collect garbage for as long as the
 * file takes. What is given out stands until so many others have been, so it is for who passes each chunk on and forgets it.
 */

/** One is filled, one waits, one is hashed or written, and one is between. */
const ringSize = 4;

export class BufferRing {
	readonly #bytes: number;
	readonly #buffers: Buffer[] = [];
	#next = 0;

	constructor(bytes: number) {
		this.#bytes = bytes;
	}

	/** So many bytes, with whatever stands in them. */
	take(length = this.#bytes): Buffer {
		const place = this.#next;
		this.#next = (place + 1) % ringSize;
		let buffer = this.#buffers[place];
		if (!buffer || buffer.length < length) {
			buffer = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes));
			this.#buffers[place] = buffer;
		}

		return buffer.subarray(0, length);
	}
}
