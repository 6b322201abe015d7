/** Bytes that came before the reader asked for them. Small pieces are put together: a window of tiny ones costs no more memory. */

/** Pieces below this are copied, others kept as they are. */
const smallBytes = 2048;

export class ReadQueue {
	readonly #chunks: Buffer[] = [];
	/** The last chunk while small pieces are put into it, and how much of it is filled. */
	#gathering: Buffer | undefined;
	#gatheredBytes = 0;

	get isEmpty(): boolean {
		return this.#chunks.length === 0;
	}

	push(bytes: Buffer): void {
		if (bytes.byteLength < smallBytes) this.#gather(bytes);
		else {
			this.#seal();
			this.#chunks.push(bytes);
		}
	}

	/** The oldest bytes; undefined if there are none. */
	shift(): Buffer | undefined {
		if (this.#chunks.length === 1) this.#seal();
		return this.#chunks.shift();
	}

	clear(): void {
		this.#chunks.length = 0;
		this.#gathering = undefined;
		this.#gatheredBytes = 0;
	}

	#gather(bytes: Buffer): void {
		const room = (this.#gathering?.byteLength ?? 0) - this.#gatheredBytes;
		if (!this.#gathering || bytes.byteLength > room) {
			this.#seal();
			this.#gathering = Buffer.allocUnsafe(8 * smallBytes);
			this.#chunks.push(this.#gathering);
		}
		bytes.copy(this.#gathering, this.#gatheredBytes);
		this.#gatheredBytes += bytes.byteLength;
	}

	/** What was gathered becomes a chunk like any other. */
	#seal(): void {
		if (!this.#gathering) return;
		this.#chunks[this.#chunks.length - 1] = this.#gathering.subarray(0, this.#gatheredBytes);
		this.#gathering = undefined;
		this.#gatheredBytes = 0;
	}
}
