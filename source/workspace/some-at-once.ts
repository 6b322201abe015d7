/** Runs an action for each item, at most `limit` at once. */

/** Waits for all that were started, also after an error; then throws the first one. No new ones start after an error. */
export async function forEachOf<T>(
	items: Iterable<T>,
	limit: number,
	action: (item: T) => Promise<void>,
): Promise<void> {
	const iterator = items[Symbol.iterator]();
	const errors: unknown[] = [];
	const worker = async () => {
		for (let next = iterator.next(); !next.done && errors.length === 0; next = iterator.next()) {
			try {
				await action(next.value);
			} catch (error) {
				errors.push(error);
			}
		}
	};
	await Promise.all(Array.from({length: limit}, worker));
	if (errors.length > 0) throw errors[0];
}
