/**
 * Several addresses of one relay, dialled one shortly after the other: an address that swallows what is sent to it costs a
 * moment, not its whole time limit. Only one of them may go on to join at a time, since a second join of the same peer
 * would throw out the first.
 */

/** Head start of an address before the next one is dialled as well: the first ones are the nearest. */
const staggerMs = 250;

/** What one address is given. */
export type Heat = {
	/** Aborted when another one has won. */
	readonly signal: AbortSignal;
	/** Resolves when this one may join; never where another one has won. */
	readonly turn: () => Promise<void>;
};

export type AddressRace<T> = {
	readonly addresses: readonly string[];
	readonly signal: AbortSignal;
	readonly connect: (address: string, heat: Heat) => Promise<T>;
	/** True if there is no use in trying the others. */
	readonly failed: (error: unknown) => boolean;
};

/** Resolves with what the first one that got through gave; undefined when all failed, or one in such a way, or the signal. */
export async function raceAddresses<T>({
	addresses,
	signal,
	connect,
	failed,
}: AddressRace<T>): Promise<T | undefined> {
	const over = new AbortController();
	const turns = new Turns();
	const rest = [...addresses];
	let running = 0;
	let timer: NodeJS.Timeout | undefined;
	const result = await new Promise<T | undefined>((resolve) => {
		const run = async (address: string) => {
			running++;
			const turn = turns.contender();
			const heat = {signal: AbortSignal.any([signal, over.signal]), turn: () => turn.take()};
			try {
				resolve(await connect(address, heat));
			} catch (error) {
				if (over.signal.aborted) return;
				running--;
				turn.leave();
				if (failed(error) || signal.aborted) resolve(undefined);
				else next();
			}
		};
		const next = () => {
			clearTimeout(timer);
			const address = rest.shift();
			if (address !== undefined) {
				timer = setTimeout(next, staggerMs);
				void run(address);
			} else if (running === 0) resolve(undefined);
		};
		next();
	});
	clearTimeout(timer);
	over.abort();
	return result;
}

/** One at a time, in the order in which they came. */
class Turns {
	#holder: object | undefined;
	readonly #waiting: {readonly who: object; readonly begin: () => void}[] = [];

	contender(): {take(): Promise<void>; leave(): void} {
		const who = {};
		return {
			take: () =>
				new Promise((begin) => {
					this.#waiting.push({who, begin});
					this.#review();
				}),
			leave: () => {
				const at = this.#waiting.findIndex((entry) => entry.who === who);
				if (at >= 0) this.#waiting.splice(at, 1);
				if (this.#holder === who) this.#holder = undefined;
				this.#review();
			},
		};
	}

	#review(): void {
		if (this.#holder) return;
		const first = this.#waiting.shift();
		this.#holder = first?.who;
		first?.begin();
	}
}
