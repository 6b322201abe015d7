/** Waiting for something to become true, with a deadline and an end. */

export class Condition {
	readonly #waiting = new Set<() => void>();

	/** Something changed: everybody who waits looks again. */
	notify(): void {
		for (const look of [...this.#waiting]) look();
	}

	/**
	 * Resolves true as soon as the test holds, false when the deadline passed; rejects with the signal's reason, or with
	 * what the test throws.
	 */
	async until(
		test: () => boolean,
		options: {signal?: AbortSignal; timeoutMs?: number} = {},
	): Promise<boolean> {
		const {signal, timeoutMs} = options;
		signal?.throwIfAborted();
		if (test()) return true;
		let timer: NodeJS.Timeout | undefined;
		let look = (): void => undefined;
		try {
			return await new Promise<boolean>((resolve, reject) => {
				look = () => {
					try {
						signal?.throwIfAborted();
						if (test()) resolve(true);
					} catch (error) {
						reject(error instanceof Error ? error : new Error(String(error)));
					}
				};
				this.#waiting.add(look);
				signal?.addEventListener('abort', look);
				if (timeoutMs !== undefined) timer = setTimeout(() => resolve(false), timeoutMs);
			});
		} finally {
			clearTimeout(timer);
			this.#waiting.delete(look);
			signal?.removeEventListener('abort', look);
		}
	}
}
