/**
 * How much may be under way on a path that may be slow: a full window takes 20 ms on a fast one and 20 s on an uplink of
 * 100 kB/s, where everything said after it would wait. Each grant of the other end tells how long the bytes took that it
 * is for; a path's queue is held to about half a second, whatever its speed.
 */

/** A queue this long is worth its delay: below it a path with jitter would run dry. */
const queueMs = 500;
/** Less than this is no queue; a slow path still gets whole messages. */
const minBytes = 64 * 1024;
/** Room is given in no smaller pieces, or a busy path would carry ever smaller messages. */
const smallBytes = 16 * 1024;

export class UnderWay {
	readonly #maxBytes: number;
	#limit: number;
	#sent = 0;
	#taken = 0;
	#leastMs = Number.POSITIVE_INFINITY;
	/** Ends of what was sent, when, and how much was under way then; one a message's worth. */
	readonly #marks: {readonly end: number; readonly at: number; readonly bytes: number}[] = [];

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
		this.#limit = maxBytes;
	}

	/** Bytes that may follow now, whatever the other end's window allows. */
	get room(): number {
		const room = this.#limit - (this.#sent - this.#taken);
		return room >= smallBytes ? room : 0;
	}

	sent(bytes: number, nowMs: number): void {
		this.#sent += bytes;
		const last = this.#marks.at(-1)?.end ?? this.#taken;
		if (this.#sent - last < minBytes) return;
		this.#marks.push({end: this.#sent, at: nowMs, bytes: this.#sent - this.#taken});
	}

	/** The other end's reader has taken that much more. */
	taken(bytes: number, nowMs: number): void {
		// Who confirms what was not sent yet wants us to send without an end.
		this.#taken = Math.min(this.#taken + bytes, this.#sent);
		while (this.#marks.length > 0 && this.#marks[0]!.end <= this.#taken) {
			const {at, bytes: bytesThen} = this.#marks.shift()!;
			const tookMs = Math.max(nowMs - at, 1);
			this.#leastMs = Math.min(this.#leastMs, tookMs);
			const wantedMs = this.#leastMs + queueMs;
			// What was under way took so long, so this much takes as long as is wanted.
			const fitting = Math.min(
				Math.max(Math.floor((bytesThen * wantedMs) / tookMs), minBytes),
				this.#maxBytes,
			);
			this.#limit = tookMs > wantedMs ? fitting : Math.max(this.#limit, fitting);
		}
	}
}
