/**
 * How fast messages may leave for the relay, by the limits that it told us. It drops what is above them, and one dropped
 * frame ends a tunnel, so we keep a little below: a token bucket as the relay's own, with something left for what is urgent.
 * What the relay refuses all the same, since others use a limit as well, makes us wait as long as it asks, and go slower.
 */
import {frameCost} from '../protocol/limits.js';
import {type RelayFacts} from '../protocol/relay-messages.js';

/** Messages a second, by what they are counted for; 0: not limited. */
export type MessageRates = NonNullable<RelayFacts['limits']>['messages_per_second'];

/** `control` is what others wait for; `bulk` may take its time. */
export type Haste = 'control' | 'bulk';

/** Clocks differ a little, and the handshake was counted too. */
const ownPart = 0.95;
/** Of a limit that is shared with nobody knows whom: who answers each message of ours is often behind the same address. */
const sharedPart = 0.45;
/** At once after a rest. The relay allows two seconds' worth, so what the network holds up for a second does no harm. */
const burstSeconds = 0.5;
/** Of that burst, what bulk leaves for control. */
const reservedPart = 0.25;
/** A refusal halves the pace, which then takes so long to double. */
const recoveryMs = 60_000;
const lowestPart = 1 / 1024;
/** Messages a second: who has less cannot even ping in time. */
const leastRate = 0.4;
/** Whatever the relay asks: control keeps the connection alive, and bulk is asked for again after an hour at the latest. */
const longestHoldMs = {control: 1000, bulk: 3_600_000};

export class SendPace {
	#told: MessageRates | undefined;
	#members: number;
	readonly #now: () => number;
	/** Messages a second without refusals; Infinity: not limited. */
	#rate: number;
	/** Messages that may go, as of `#at`. */
	#level: number;
	#at: number;
	/** What the last refusal has left of the rate, and when that was. */
	#part = 1;
	#refusedAt = -Infinity;
	readonly #heldUntil = {control: -Infinity, bulk: -Infinity};

	/** A relay of an earlier version tells no rates. `now` is monotonic, in ms. */
	constructor(told?: MessageRates, members = 1, now = () => performance.now()) {
		this.#told = told;
		this.#members = members;
		this.#now = now;
		this.#rate = rateOf(told, members);
		this.#at = now();
		this.#level = burstOf(this.#rate);
	}

	/** How many the session has, us included: they share its limit. */
	set members(count: number) {
		this.#members = count;
		this.#change();
	}

	/** The relay has other limits from now on; what it refused before came of our not knowing them. */
	set told(rates: MessageRates) {
		this.#told = rates;
		this.#change();
		this.#part = 1;
	}

	/** How long until the next message may leave, in ms; 0: now. */
	waitMs(haste: Haste): number {
		if (this.#rate === Infinity && this.#refusedAt === -Infinity) return 0;
		const now = this.#now();
		const heldMs = Math.max(0, this.#heldUntil[haste] - now);
		if (this.#rate === Infinity) return heldMs;
		const rate = this.#refill(now);
		const missing = floorOf(haste, rate) - this.#level;
		return missing <= 0 ? heldMs : Math.max(heldMs, this.#at - now + (missing / rate) * 1000);
	}

	/** A message leaves: bytes are a frame, which costs less than text. */
	spend(message: Uint8Array | string): void {
		this.#level -= typeof message === 'string' ? 1 : frameCost;
	}

	/** The relay dropped what we sent, and says when it takes more. */
	refused(retryAfterMs: number): void {
		const now = this.#now();
		this.#refill(now);
		this.#part = Math.max(lowestPart, this.#partAt(now) / 2);
		this.#refusedAt = now;
		for (const haste of ['control', 'bulk'] as const) {
			const until = now + Math.min(retryAfterMs, longestHoldMs[haste]);
			this.#heldUntil[haste] = Math.max(this.#heldUntil[haste], until);
		}
		// By then there is room for one message, and nothing is saved up meanwhile: others who were refused wait too.
		this.#level = 1;
		this.#at = this.#heldUntil.control;
	}

	#change(): void {
		const before = this.#rate;
		this.#refill(this.#now());
		this.#rate = rateOf(this.#told, this.#members);
		// Nothing was counted while there was no limit.
		if (before === Infinity) this.#level = burstOf(this.#rate);
	}

	/** Adds what has been earned since the last time; returns the rate that holds now. */
	#refill(now: number): number {
		const rate = this.#part === 1 ? this.#rate : Math.max(leastRate, this.#rate * this.#partAt(now));
		const earned = (Math.max(0, now - this.#at) / 1000) * rate;
		this.#at = Math.max(this.#at, now);
		this.#level = Math.min(burstOf(rate), this.#level + earned);
		return rate;
	}

	#partAt(now: number): number {
		if (this.#part === 1) return 1;
		return Math.min(1, this.#part * 2 ** ((now - this.#refusedAt) / recoveryMs));
	}
}

/** The smallest of all limits, each a little below what was told. */
function rateOf(told: MessageRates | undefined, members: number): number {
	if (!told) return Infinity;
	const parts = {
		connection: ownPart,
		session: ownPart / Math.max(1, members),
		address: sharedPart,
		relay: sharedPart,
	};
	const rates = (Object.keys(parts) as (keyof typeof parts)[]).map((scope) =>
		told[scope] > 0 ? told[scope] * parts[scope] : Infinity,
	);
	return Math.max(leastRate, Math.min(...rates));
}

/** There must be room for one text message, however low the limit. */
function burstOf(rate: number): number {
	return Math.max(1, rate * burstSeconds);
}

/** What must be there before a message may leave: itself, and for bulk what is kept for control. */
function floorOf(haste: Haste, rate: number): number {
	const burst = burstOf(rate);
	return haste === 'control' ? 1 : 1 + Math.min(burst - 1, burst * reservedPart);
}
