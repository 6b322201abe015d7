/** A place in a stream of bytes, which only moves on. */
export class ByteCursor {
	/** How many bytes were taken. */
	position = 0;
	readonly #chunks: AsyncIterator<Buffer>;
	#rest: Buffer = Buffer.alloc(0);

	constructor(source: AsyncIterable<Buffer>) {
		this.#chunks = source[Symbol.asyncIterator]();
	}

	/** The next bytes that are there, at most so many; none at the end. They share memory with the stream's chunks. */
	async take(atMost: number): Promise<Buffer> {
		const taken = (await this.peek()).subarray(0, atMost);
		this.#rest = this.#rest.subarray(taken.length);
		this.position += taken.length;
		return taken;
	}

	/** The same without moving on. */
	async peek(): Promise<Buffer> {
		while (this.#rest.length === 0) {
			const next = await this.#chunks.next();
			if (next.done) break;
			this.#rest = next.value;
		}

		return this.#rest;
	}

	/** Ends the stream. */
	async close(): Promise<void> {
		await this.#chunks.return?.();
	}
}
