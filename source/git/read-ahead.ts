/** Has the next chunk made while the one before it is used: reading and hashing then go on beside writing. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
	const chunks = source[Symbol.asyncIterator]();
	const take = async () => chunks.next();
	let next = take();
	try {
		for (let result = await next; !result.done; result = await next) {
			next = take();
			next.catch(() => undefined); // awaited in the next round, or nobody wants it any more
			yield result.value;
		}
	} finally {
		await next.catch(() => undefined);
		await chunks.return?.();
	}
}
