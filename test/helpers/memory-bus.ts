/**
 * A bus between relays in memory: what is published arrives when told to, in order; a party can be cut off, and a
 * receiver can be slow. Subjects are matched as NATS does.
 */
import {type Bus, type BusMessage, type RequestEnd} from '../../relay/cluster/bus.js';

type Listener = {
	readonly party: MemoryBus;
	readonly subject: string;
	readonly hear: (message: BusMessage) => void;
};

export class MemoryNetwork {
	readonly listeners = new Set<Listener>();
	readonly #queue: Array<() => void> = [];
	maxBytes = 1024 * 1024;

	party(): MemoryBus {
		return new MemoryBus(this);
	}

	/** Bytes that were published and have not arrived. */
	underWay = 0;

	later(run: () => void): void {
		this.#queue.push(run);
	}

	/** What waits for answers, until nothing more is under way. */
	readonly asking = new Set<() => void>();

	/** Lets everything arrive, and what that leads to. */
	async settle(): Promise<void> {
		for (;;) {
			// Answers are promises: give them their turn.
			for (let turn = 0; turn < 5; turn++) await Promise.resolve();
			const next = this.#queue.shift();
			if (next) next();
			else if (this.asking.size === 0) return;
			else for (const end of this.asking) end();
		}
	}

	send(from: MemoryBus, subject: string, bytes: Uint8Array, answer: (bytes: Uint8Array) => void): number {
		const heard = [...this.listeners].filter(
			(listener) => listener.party !== from && listener.party.isUp && matches(listener.subject, subject),
		);
		this.underWay += bytes.length * heard.length;
		for (const listener of heard) {
			const copy = bytes.slice();
			this.later(() => {
				this.underWay -= bytes.length;
				if (this.listeners.has(listener) && listener.party.isUp)
					listener.hear({subject, bytes: copy, answer});
			});
		}

		return heard.length;
	}
}

export class MemoryBus implements Bus {
	onChange: () => void = () => undefined;
	isUp = true;
	readonly #network: MemoryNetwork;

	constructor(network: MemoryNetwork) {
		this.#network = network;
	}

	get maxBytes(): number {
		return this.#network.maxBytes;
	}

	/** Cuts it off from the others, or joins it with them again. */
	setUp(isUp: boolean): void {
		this.isUp = isUp;
		this.onChange();
	}

	/** As a process that was killed: nobody is told. */
	die(): void {
		this.isUp = false;
		for (const listener of this.#network.listeners) {
			if (listener.party === this) this.#network.listeners.delete(listener);
		}
	}

	publish(subject: string, bytes: Uint8Array): void {
		if (this.isUp) this.#network.send(this, subject, bytes, () => undefined);
	}

	subscribe(subject: string, hear: (message: BusMessage) => void): () => void {
		const listener = {party: this, subject, hear};
		this.#network.listeners.add(listener);
		return () => this.#network.listeners.delete(listener);
	}

	async request(subject: string, bytes: Uint8Array): Promise<RequestEnd> {
		return new Promise((resolve) => {
			if (!this.isUp) return resolve('late');
			const answered = () => this.#network.later(() => resolve(this.isUp ? 'answered' : 'late'));
			const heard = this.#network.send(this, subject, bytes, answered);
			if (heard === 0) this.#network.later(() => resolve('nobody'));
		});
	}

	async gather(
		subject: string,
		bytes: Uint8Array,
		_deadlineMs: number,
		take: (answer: Uint8Array) => boolean,
	): Promise<void> {
		return new Promise((resolve) => {
			const end = () => {
				this.#network.asking.delete(end);
				resolve();
			};
			this.#network.asking.add(end);
			const answer = (given: Uint8Array) => {
				this.#network.later(() => {
					if (this.isUp && take(given)) end();
				});
			};
			const heard = this.isUp ? this.#network.send(this, subject, bytes, answer) : 0;
			if (heard === 0) this.#network.later(end);
		});
	}

	async settled(): Promise<void> {
		return new Promise((resolve) => this.#network.later(resolve));
	}

	async close(): Promise<void> {
		this.die();
	}
}

function matches(pattern: string, subject: string): boolean {
	const [wanted, given] = [pattern.split('.'), subject.split('.')];
	for (const [index, part] of wanted.entries()) {
		if (part === '>') return given.length > index;
		if (part !== '*' && part !== given[index]) return false;
	}

	return wanted.length === given.length;
}
