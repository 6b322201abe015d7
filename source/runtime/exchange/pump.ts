/**
 * Sends the prepared units of one answer in order: while one is on its way the next is prepared, never more than the
 * window is unacknowledged, and packs in memory are taken in turns with the other answers.
 */
import {Failure} from '../../protocol/failure.js';
import {Condition} from './condition.js';
import {ackMs} from './limits.js';
import {type SendWindow} from './send-window.js';
import {type Release, type Turns} from './turns.js';

/** One prepared unit; `bytes` and `objects` are what it adds to the receiver's store. */
export type Outgoing = {
	readonly bytes: number;
	readonly objects: number;
	/** What the time until its acknowledgement tells nothing about the path for: the receiver works on it for longer. */
	readonly isWork?: boolean;
	/** Resolves when the carrier took it; `taken` hears which part of it the carrier has so far, up to 1. */
	send(index: number, taken: (share: number) => void): Promise<void>;
};

export type Acked = {readonly bytes: number; readonly objects: number};

type Sent = {index: number; bytes: number; takenBytes: number; objects: number; isWork: boolean; at: number};

export class Pump {
	readonly #turns: Turns;
	readonly #window: SendWindow;
	readonly #signal: AbortSignal;
	readonly #aborted: Promise<never>;
	readonly #onAcked: (acked: Acked) => void;
	readonly #onTaken: () => void;
	readonly #condition = new Condition();
	readonly #unacked: Sent[] = [];
	#ackedAt = 0;
	#stopped = false;
	#waiting = false;

	constructor(options: {
		turns: Turns;
		window: SendWindow;
		signal: AbortSignal;
		onAcked: (acked: Acked) => void;
		/** The carrier took more: `takenBytes` has changed. */
		onTaken: () => void;
	}) {
		this.#turns = options.turns;
		this.#window = options.window;
		this.#signal = options.signal;
		this.#aborted = new Promise((_resolve, reject) => {
			const abort = () => reject(options.signal.reason as Error);
			options.signal.addEventListener('abort', abort, {once: true});
		});
		this.#aborted.catch(() => undefined); // whoever sends hears of it
		this.#onAcked = options.onAcked;
		this.#onTaken = options.onTaken;
	}

	/** True while the next step is the receiver's. */
	get waitsForAcks(): boolean {
		return this.#waiting;
	}

	/** Of what is not acknowledged yet, what the carrier has taken: on its way, or there and not yet durable. */
	get takenBytes(): number {
		return this.#unacked.reduce((sum, unit) => sum + unit.takenBytes, 0);
	}

	/** Resolves when all units have been handed to the carrier, or when stopped. Rejects when a unit cannot be sent. */
	async send(units: AsyncIterator<Outgoing, void>): Promise<void> {
		const next = async (release: Release) => {
			try {
				return {release, result: await units.next()};
			} catch (error) {
				release();
				throw error;
			}
		};
		let ahead: ReturnType<typeof next> | undefined;
		try {
			for (let index = 0; !this.#stopped; index++) {
				const {release, result} = await (ahead ?? next(await this.#turns.take(this.#signal)));
				ahead = undefined;
				try {
					if (result.done) return;
					const spare = this.#turns.tryTake(1);
					if (spare) {
						ahead = next(spare);
						ahead.catch(() => undefined); // awaited in the next round, or dropped with the answer
					}
					await this.#room();
					if (this.#stopped) return;
					await this.#sendOne(index, result.value);
				} finally {
					release();
				}
			}
		} finally {
			ahead?.then(
				({release}) => release(),
				() => undefined,
			);
			void units.return?.()?.catch(() => undefined); // closes what the preparing holds open
		}
	}

	/** Takes an acknowledgement of all units through an index. */
	ack(index: number): void {
		let bytes = 0;
		let objects = 0;
		let carried = 0;
		const now = performance.now();
		let first = this.#unacked[0];
		const startedAt = first && first.index <= index ? first.at : undefined;
		while (first && first.index <= index) {
			this.#unacked.shift();
			bytes += first.bytes;
			objects += first.objects;
			if (!first.isWork) carried += first.bytes;
			this.#window.acknowledged(now - first.at);
			first = this.#unacked[0];
		}
		if (startedAt !== undefined) {
			this.#window.measured(carried, now - Math.max(startedAt, this.#ackedAt));
			this.#ackedAt = now;
		}
		if (bytes > 0 || objects > 0) this.#onAcked({bytes, objects});
		this.#condition.notify();
	}

	/** Nothing is sent after the unit that is under way. */
	stop(): void {
		this.#stopped = true;
		this.#condition.notify();
	}

	/** Resolves when everything that was sent has been acknowledged. */
	async settled(): Promise<void> {
		await this.#wait(() => this.#unacked.length === 0);
	}

	async #sendOne(index: number, unit: Outgoing): Promise<void> {
		const sent: Sent = {
			index,
			bytes: unit.bytes,
			takenBytes: 0,
			objects: unit.objects,
			isWork: unit.isWork ?? false,
			at: performance.now(),
		};
		const taken = (share: number) => {
			sent.takenBytes = Math.floor(unit.bytes * share);
			this.#onTaken();
		};
		this.#unacked.push(sent);
		// A carrier that died with a unit half taken may never say so; what it held is let go all the same.
		await Promise.race([unit.send(index, taken), this.#aborted]);
		taken(1);
	}

	async #room(): Promise<void> {
		await this.#wait(() => this.#stopped || !this.#isFull());
	}

	#isFull(): boolean {
		const bytes = this.#unacked.reduce((sum, unit) => sum + unit.bytes, 0);
		return this.#window.isFull(this.#unacked.length, bytes);
	}

	/** Each acknowledgement gives a fresh deadline. */
	async #wait(test: () => boolean): Promise<void> {
		this.#waiting = true;
		try {
			for (;;) {
				const left = this.#unacked.length;
				const progressed = () => test() || this.#unacked.length < left;
				if (!(await this.#condition.until(progressed, {signal: this.#signal, timeoutMs: ackMs}))) {
					throw new Failure('no_ack');
				}
				if (test()) return;
			}
		} finally {
			this.#waiting = false;
		}
	}
}
