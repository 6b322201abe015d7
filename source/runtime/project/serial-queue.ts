/** One operation at a time, in the order in which they were asked for. */
export class SerialQueue {
	#last: Promise<unknown> = Promise.resolve();

	/** Runs the operation after all earlier ones have ended, however they ended. */
	async run<T>(operation: () => Promise<T>): Promise<T> {
		const result = this.#last.then(operation);
		this.#last = result.catch(() => undefined);
		return result;
	}

	/** Resolves when nothing is under way any more. */
	async idle(): Promise<void> {
		await this.#last;
	}
}
