/**
 * Memory of large frames, used again and again: fresh memory for each costs more in garbage collection than all the rest
 * of the path.
 */
import {maxFrameBytes} from '../protocol/limits.js';

/** Below this a frame has memory of its own: many small ones may be under way, and each would hold the largest's. */
const minKeptBytes = maxFrameBytes / 2;
/** As many large frames as a socket holds. */
const maxFree = 8;

export class FrameMemory {
	readonly #free: Uint8Array[] = [];

	/** That many bytes at least; what is in them is of no meaning. */
	take(byteLength: number): Uint8Array {
		if (byteLength < minKeptBytes) return new Uint8Array(byteLength);
		return this.#free.pop() ?? new Uint8Array(maxFrameBytes);
	}

	/** A message that lies at the beginning of what was taken is not needed any more. */
	giveBack(message: Uint8Array | string): void {
		if (typeof message === 'string' || message.buffer.byteLength !== maxFrameBytes) return;
		if (this.#free.length < maxFree) this.#free.push(new Uint8Array(message.buffer));
	}
}
