/**
 * How limits of bytes a second are kept: what was sent is always passed on, but the messages that let a peer send more wait
 * until what it sent is paid for, one after the other at the rate. Nobody's socket is paused, and senders that keep to their
 * credit are slowed down. Credit counts from the moment it goes on: to know of it earlier helps nobody.
 */
import {type Account} from './account.js';
import {type RelayEffect, type SocketId} from './effect.js';
import {type RelayableMessage} from './relayable.js';

/** One end of what is counted: a member's socket, and its own accounts where it is of this relay. */
export type Payer = {
	readonly socket: SocketId;
	readonly accounts?: readonly Account[];
};

type Held = {
	readonly sender: Payer;
	readonly way: string;
	/** What it lets be sent, where it says so. */
	readonly granted: number | undefined;
	readonly go: (now: number) => readonly RelayEffect[];
};

/** Far more pieces than the grants of a peer's tunnels; credit that comes in more is refused. */
const maxHeld = 1024;

export class CreditGate {
	readonly #accounts: readonly Account[];
	/** By whom it lets send: nobody waits for another's debt but for the one they share. */
	readonly #held = new Map<SocketId, Held[]>();
	/** Bytes that have come and that credit was not given for yet, by sender and receiver. */
	readonly #unpaid = new Map<string, number>();

	/** @param accounts Of the session and of the relay; members bring their own. */
	constructor(accounts: readonly Account[]) {
		this.#accounts = accounts;
	}

	/** Those of whom anything is remembered. */
	get sockets(): Set<SocketId> {
		const ends = [...this.#unpaid.keys()].flatMap((way) => way.split(' ').map(Number));
		return new Set([...ends, ...this.#held.keys()]);
	}

	/** What a message or frame from here costs all that it counts for. */
	spend(from: Payer, to: Payer | undefined, bytes: number, now: number): void {
		for (const account of this.#accountsOf(from)) account.spend(bytes, now);
		if (!to) return;
		const way = wayOf(from, to);
		this.#unpaid.set(way, (this.#unpaid.get(way) ?? 0) + bytes);
	}

	/** Bytes that are not paid for, on the account where they are most. */
	debt(from: Payer, now: number): number {
		return Math.max(...this.#accountsOf(from).map((account) => account.debt(now)));
	}

	/** How long until there are bytes left of the day's. */
	quotaWaitMs(from: Payer, now: number): number {
		return Math.max(...this.#accountsOf(from).map((account) => account.quotaWaitMs(now)));
	}

	/**
	 * Credit for `sender`, of so many bytes where it says so: passed on now, or held with a wake-up for later; undefined where
	 * too much is held.
	 */
	pass(
		receiver: Payer,
		sender: Payer,
		{granted, go}: Pick<Held, 'granted' | 'go'>,
		now: number,
	): readonly RelayEffect[] | undefined {
		const held: Held = {sender, way: wayOf(sender, receiver), granted, go};
		const queue = this.#held.get(sender.socket) ?? [];
		if (queue.length >= maxHeld) return undefined;
		const [account, dueAt] = this.#latest(sender, now);
		if (queue.length === 0 && dueAt <= now) return this.#go(held, now);
		queue.push(held);
		this.#held.set(sender.socket, queue);
		const {scope, bytesPerSecond} = account;
		const told = {scope, bytesPerSecond, waitMs: Math.max(1, Math.ceil(dueAt - now))};
		return [
			{type: 'limited', to: sender.socket, ...told},
			{type: 'wake', at: Math.max(dueAt, now)},
		];
	}

	/** What may go on by now, one piece for each sender in turn, and when to ask again for the rest. */
	release(now: number): RelayEffect[] {
		const effects: RelayEffect[] = [];
		let next = Infinity;
		for (let isGoing = true; isGoing;) {
			isGoing = false;
			next = Infinity;
			for (const [socket, queue] of [...this.#held]) {
				const [first] = queue;
				const dueAt = first ? this.#latest(first.sender, now)[1] : Infinity;
				if (first && dueAt <= now) {
					queue.shift();
					// The others' turn is before its next one.
					this.#held.delete(socket);
					if (queue.length > 0) this.#held.set(socket, queue);
					effects.push(...this.#go(first, now));
					isGoing = true;
				}

				next = Math.min(next, dueAt);
			}
		}

		return next === Infinity ? effects : [...effects, {type: 'wake', at: next}];
	}

	#go(held: Held, now: number): readonly RelayEffect[] {
		const {sender, go} = held;
		const bytes = this.#payFor(held);
		for (const account of this.#accountsOf(sender)) account.reserve(bytes, now);
		return go(now);
	}

	/**
	 * What credit costs: as much of what came as it is given for. Several pieces may have come after all that they are for;
	 * the first must not pay for the others, or these would go at once. Nor does more than what came count: credit is
	 * cheap to send.
	 */
	#payFor({sender, way, granted}: Held): number {
		const unpaid = this.#unpaid.get(way) ?? 0;
		const queue = this.#held.get(sender.socket) ?? [];
		const pieces = 1 + queue.filter((held) => held.way === way).length;
		const bytes = Math.min(unpaid, granted ?? unpaid / pieces);
		if (bytes < unpaid) this.#unpaid.set(way, unpaid - bytes);
		else this.#unpaid.delete(way);
		return bytes;
	}

	/** A member is gone, and with it what was to let it send, or was its word to others. */
	forget({socket}: Payer): void {
		this.#held.delete(socket);
		for (const [sender, queue] of this.#held) {
			const rest = queue.filter(({way}) => way !== wayOf({socket: sender}, {socket}));
			if (rest.length > 0) this.#held.set(sender, rest);
			else this.#held.delete(sender);
		}

		for (const way of this.#unpaid.keys()) {
			const [from, to] = way.split(' ');
			if (from === String(socket) || to === String(socket)) this.#unpaid.delete(way);
		}
	}

	#accountsOf({accounts = []}: Payer): readonly Account[] {
		return accounts.length === 0 ? this.#accounts : [...accounts, ...this.#accounts];
	}

	/** The account that makes its owner wait longest. */
	#latest(sender: Payer, now: number): readonly [Account, number] {
		const all = this.#accountsOf(sender).map((account) => [account, account.dueAt(now)] as const);
		return all.reduce((worst, each) => (each[1] > worst[1] ? each : worst));
	}
}

/** Eight bytes in base64. */
const creditBodyLength = 12;

/** The json tier's byte channel has a channel of its own for credit: eight bytes, and nothing beside them that could be data. */
export function isCredit(message: RelayableMessage): boolean {
	if (message.type === 'peer_message') {
		const {channel, body, ext} = message;
		return channel.endsWith('.credit') && body.length <= creditBodyLength && ext === undefined;
	}

	return message.type === 'binary_proxy_credit' || message.type === 'git_objects_ack';
}

function wayOf(from: Payer, to: Payer): string {
	return `${from.socket} ${to.socket}`;
}
