/** Bytes that were given by a writer and not sent yet. They are cut to what a message holds, never copied. */
export class WriteQueue {
	readonly #chunks: Uint8Array[] = [];
	#byteLength = 0;

	/** All that waits. */
	get byteLength(): number {
		return this.#byteLength;
	}

	push(chunks: readonly Uint8Array[]): void {
		for (const chunk of chunks) {
			if (chunk.byteLength === 0) continue;
			this.#chunks.push(chunk);
			this.#byteLength += chunk.byteLength;
		}
	}

	/** The oldest bytes in order, in slices of what was given; that many have to be there. */
	take(byteLength: number): Uint8Array[] {
		const slices: Uint8Array[] = [];
		let missing = byteLength;
		let whole = 0;
		while (missing > 0) {
			const chunk = this.#chunks[whole]!;
			if (chunk.byteLength > missing) {
				slices.push(chunk.subarray(0, missing));
				this.#chunks[whole] = chunk.subarray(missing);
				break;
			}
			slices.push(chunk);
			missing -= chunk.byteLength;
			whole++;
		}
		this.#chunks.splice(0, whole);
		this.#byteLength -= byteLength;
		return slices;
	}

	clear(): void {
		this.#chunks.length = 0;
		this.#byteLength = 0;
	}
}
