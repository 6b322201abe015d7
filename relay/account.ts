/**
 * What one connection, session, address or the whole relay may send: bytes a second, messages a second, bytes in 24 hours.
 * Bytes that came are always spent, into debt if need be; what earns new ones is then given out at the rate, one after the
 * other, so that many senders together keep it as one does. Time is an argument.
 */
import {Bucket} from './bucket.js';
import {type RelayLimits, type Scope} from './relay-limits.js';

const dayMs = 24 * 60 * 60 * 1000;
/** Half a second's worth may go at once after a rest. */
const byteBurstSeconds = 0.5;
const messageBurstSeconds = 2;
/** A timer that rings late costs nobody its rate. */
const catchUpSeconds = 0.5;

export class Account {
	readonly scope: Scope;
	readonly #limits: () => RelayLimits;
	readonly #bytes: Bucket;
	readonly #messages: Bucket;
	/** Credit that was given: bytes and no time, so that another rate holds at once. */
	readonly #given: Bucket;
	#dayFrom: number;
	#bytesOfDay = 0;

	constructor(scope: Scope, limits: () => RelayLimits, now: number) {
		this.scope = scope;
		this.#limits = limits;
		this.#bytes = new Bucket(() => limits().bytesPerSecond[scope], now, byteBurstSeconds);
		this.#given = new Bucket(() => limits().bytesPerSecond[scope], now, catchUpSeconds);
		this.#messages = new Bucket(() => limits().messagesPerSecond[scope], now, messageBurstSeconds);
		this.#dayFrom = now;
	}

	get bytesPerSecond(): number {
		return this.#limits().bytesPerSecond[this.scope];
	}

	spend(bytes: number, now: number): void {
		this.#bytes.spend(bytes, now);
		if (now - this.#dayFrom >= dayMs) {
			this.#dayFrom = now;
			this.#bytesOfDay = 0;
		}

		this.#bytesOfDay += bytes;
	}

	/** When credit may go that lets somebody send again. */
	dueAt(now: number): number {
		return now + Math.max(this.#bytes.waitMs(now), this.#given.waitMs(now));
	}

	/** Credit for so many bytes goes now: the next follows when these are paid for. */
	reserve(bytes: number, now: number): void {
		this.#given.spend(bytes, now);
	}

	/** Bytes that are not paid for. */
	debt(now: number): number {
		return (this.#bytes.waitMs(now) / 1000) * this.bytesPerSecond;
	}

	/** One message, or a part of one: false, and nothing spent, where it is too many. */
	trySend(cost: number, now: number): boolean {
		return this.#messages.trySpend(cost, now);
	}

	/** How long until a message may be sent, in ms. */
	messageWaitMs(now: number): number {
		return this.#messages.untilMs(1, now);
	}

	/** How long until the bytes of a day are there again, in ms; 0 where they are not used up. */
	quotaWaitMs(now: number): number {
		const {bytesPerDay} = this.#limits();
		const most = this.scope === 'session' || this.scope === 'address' ? bytesPerDay[this.scope] : 0;
		const isOver = most > 0 && this.#bytesOfDay >= most && now - this.#dayFrom < dayMs;
		return isOver ? this.#dayFrom + dayMs - now : 0;
	}
}
