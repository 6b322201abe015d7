/**
 * How a limit of bytes a second is kept: what was sent is always passed on, but the messages that let the sender send
 * more wait until the debt is paid. Nobody's socket is paused, and senders that keep to their credit are slowed down.
 */
import {type Bucket} from './bucket.js';
import {type RelayEffect} from './effect.js';
import {type RelayableMessage} from './relayable.js';

/** Beyond these the oldest goes on: credit that comes in so many pieces is no way around the limit. */
const maxHeld = 1024;

export class CreditGate {
	readonly #buckets: readonly Bucket[];
	#held: Array<{readonly dueAt: number; readonly effect: RelayEffect}> = [];

	/** @param buckets All of them must be out of debt. */
	constructor(buckets: readonly Bucket[]) {
		this.#buckets = buckets;
	}

	spend(bytes: number, now: number): void {
		for (const bucket of this.#buckets) bucket.spend(bytes, now);
	}

	/** Passes a message on, now or with a wake-up for later; credit keeps its order. */
	pass(message: RelayableMessage, effect: RelayEffect, now: number): RelayEffect[] {
		if (!isCredit(message)) return [effect];
		const waitMs = Math.max(...this.#buckets.map((bucket) => bucket.waitMs(now)));
		if (waitMs === 0 && this.#held.length === 0) return [effect];
		const dueAt = Math.max(now + waitMs, this.#held.at(-1)?.dueAt ?? 0);
		this.#held.push({dueAt, effect});
		const oldest = this.#held.length > maxHeld ? this.#held.shift() : undefined;
		return [...(oldest ? [oldest.effect] : []), {type: 'wake', at: dueAt}];
	}

	/** What may go on by now, and when to ask again for the rest. */
	release(now: number): RelayEffect[] {
		const due = this.#held.filter((held) => held.dueAt <= now).map((held) => held.effect);
		if (due.length > 0) this.#held = this.#held.slice(due.length);
		const next = this.#held[0];
		return next ? [...due, {type: 'wake', at: next.dueAt}] : due;
	}
}

/** The json tier's byte channel has a channel of its own for credit. */
function isCredit(message: RelayableMessage): boolean {
	if (message.type === 'peer_message') return message.channel.endsWith('.credit');
	return message.type === 'binary_proxy_credit' || message.type === 'git_objects_ack';
}
