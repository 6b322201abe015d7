/**
 * Who is next where several wait for one thing that is measured in bytes: whoever had least of it (start-time fair queuing).
 * Each one's own items keep their order. Who comes back after a rest begins level with the others: nothing is saved up. Pure.
 */
export class FairQueue<Item> {
	readonly #queues = new Map<string, {readonly item: Item; readonly start: number}[]>();
	/** Up to where each has been served, in bytes of a time of their own. */
	readonly #ends = new Map<string, number>();
	/** The start of what was served last. */
	#time = 0;

	push(who: string, bytes: number, item: Item): void {
		const start = Math.max(this.#time, this.#ends.get(who) ?? 0);
		this.#ends.set(who, start + bytes);
		const queue = this.#queues.get(who);
		if (queue) queue.push({item, start});
		else this.#queues.set(who, [{item, start}]);
	}

	/** The next one, which stays; undefined where nobody waits. */
	peek(): Item | undefined {
		return this.#next()?.queue[0]?.item;
	}

	/** Takes the next one out. */
	shift(): Item | undefined {
		const next = this.#next();
		const first = next?.queue.shift();
		if (!next || !first) return undefined;
		if (next.queue.length === 0) this.#queues.delete(next.who);
		this.#time = first.start;
		// Who is behind the time begins at it anyway.
		for (const [who, end] of this.#ends) if (end <= this.#time) this.#ends.delete(who);
		return first.item;
	}

	#next() {
		let next:
			{who: string; queue: {readonly item: Item; readonly start: number}[]; start: number} | undefined;
		for (const [who, queue] of this.#queues) {
			const {start} = queue[0]!;
			if (!next || start < next.start) next = {who, queue, start};
		}
		return next;
	}
}
