/**
 * What waits for one destination. Control goes before bulk, the bulk of each source in turn, and only little is handed
 * to the WebSocket at a time, so that the order can still change. Bounded: a push that does not fit says so, and its
 * destination is given up, because pausing a sender would stop its other tunnels too.
 */
import {maxBufferedBytes, maxTextBytes, startWindowBytes} from '../source/protocol/limits.js';
import {type Lane} from './effect.js';

export type Outgoing = {
	readonly bytes: Uint8Array;
	readonly binary: boolean;
	/** When it came, in ms of the meter's clock. */
	readonly queuedAt?: number;
};

/** The socket below: what it still holds, and a way to give it more. */
export type Sink = {
	/** Hands over one message; `done` when it has left the process, or never will. */
	write(outgoing: Outgoing, done: () => void): void;
	bufferedBytes(): number;
	/** Whether it takes more now, where its own bytes do not say so. Who is told no is resumed later. */
	hasRoom?(): boolean;
};

/** What waits in all outboxes of a relay together. */
export type Meter = {
	waitingBytes: number;
	readonly maxWaitingBytes: number;
	/** Beyond this some have to go (delivery.ts). */
	readonly mostWaitingBytes: number;
	/** Told of each message that leaves its queue. */
	readonly left?: (queuedAt: number) => void;
};

/** What a queued message costs beside its bytes, so that many tiny ones are bounded too. */
const messageOverheadBytes = 128;

/**
 * What every destination may use, even when all of them together use too much: all that a tunnel has under way at its
 * start, and what its frames cost beside their data. A reader that keeps up is never given up because others do not.
 */
const fairShareBytes = startWindowBytes + startWindowBytes / 4;

/** As much as a socket holds, and one message of any kind: who has no more is never the one that has to go. */
export const leastShareBytes = maxBufferedBytes + maxTextBytes;

/** True if what waits in all is so much that each has its fair share only. */
export function isCrowded({waitingBytes, maxWaitingBytes}: Meter, more = 0): boolean {
	return waitingBytes + more > maxWaitingBytes;
}

export class Outbox {
	readonly #sink: Sink;
	readonly #maxBytes: number;
	readonly #control: Outgoing[] = [];
	/** In the order of their turns; a lane that is empty is not in it. */
	readonly #lanes = new Map<Lane, Outgoing[]>();
	readonly #meter: Meter;
	#waitingBytes = 0;
	#writtenBytes = 0;
	#pumping = false;

	constructor(sink: Sink, maxBytes: number, meter: Meter) {
		this.#sink = sink;
		this.#maxBytes = maxBytes;
		this.#meter = meter;
	}

	/** Everything that this destination costs in memory now. */
	get bytes(): number {
		return this.#waitingBytes + this.#sink.bufferedBytes();
	}

	/** What has left this process for it so far; a ping on its way makes it a little less. */
	get takenBytes(): number {
		return this.#writtenBytes - this.#sink.bufferedBytes();
	}

	/** Queues one message; false where it does not fit any more. */
	push(lane: Lane, outgoing: Outgoing): boolean {
		const cost = costOf(outgoing);
		const limit = isCrowded(this.#meter, cost) ? Math.min(this.#maxBytes, fairShareBytes) : this.#maxBytes;
		if (this.bytes + cost > limit) return false;
		this.#count(cost);
		if (lane === 'control') {
			this.#control.push(outgoing);
		} else {
			const queue = this.#lanes.get(lane);
			if (queue) queue.push(outgoing);
			else this.#lanes.set(lane, [outgoing]);
		}

		this.#pump();
		return true;
	}

	/** The sink, which was full, has room again. */
	resume(): void {
		this.#pump();
	}

	/** Hands over all that is left, for a last word before closing. */
	flush(): void {
		for (let next = this.#take(); next; next = this.#take()) this.#write(next);
	}

	/** Forgets all that waits: the destination is gone. Says how many messages that were. */
	clear(): number {
		let count = this.#control.length;
		for (const queue of this.#lanes.values()) count += queue.length;
		this.#control.length = 0;
		this.#lanes.clear();
		this.#count(-this.#waitingBytes);
		return count;
	}

	#pump(): void {
		if (this.#pumping) return;
		this.#pumping = true;
		while (this.#waitingBytes > 0 && this.#hasRoom()) {
			const next = this.#take();
			if (!next) break;
			this.#write(next);
		}

		this.#pumping = false;
	}

	#hasRoom(): boolean {
		return this.#sink.hasRoom?.() ?? this.#sink.bufferedBytes() < maxBufferedBytes;
	}

	#write(outgoing: Outgoing): void {
		this.#writtenBytes += outgoing.bytes.length;
		if (outgoing.queuedAt !== undefined) this.#meter.left?.(outgoing.queuedAt);
		this.#sink.write(outgoing, () => this.#pump());
	}

	#take(): Outgoing | undefined {
		const next = this.#control.shift() ?? this.#takeFromLane();
		if (next) this.#count(-costOf(next));
		return next;
	}

	#count(bytes: number): void {
		this.#waitingBytes += bytes;
		this.#meter.waitingBytes += bytes;
	}

	/** The oldest message of the lane whose turn it is; the lane then goes to the end. */
	#takeFromLane(): Outgoing | undefined {
		for (const [lane, queue] of this.#lanes) {
			const next = queue.shift();
			this.#lanes.delete(lane);
			if (queue.length > 0) this.#lanes.set(lane, queue);
			return next;
		}

		return undefined;
	}
}

function costOf(outgoing: Outgoing): number {
	return outgoing.bytes.length + messageOverheadBytes;
}
