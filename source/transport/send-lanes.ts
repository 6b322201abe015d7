/**
 * What leaves through one WebSocket, in order of haste: control text at once; then bulk, one message of each source in
 * turn, and only while the socket holds little. So control overtakes all bulk that is not in the socket yet, and one busy
 * tunnel does not starve the others.
 */
import {maxBufferedBytes} from '../protocol/limits.js';

/** The socket, as far as sending goes. */
export type SendPort = {
	/** Bytes given to the socket that the operating system has not taken. */
	bufferedBytes(): number;
	/** Sends one message; calls back when the operating system took it, or never if the socket died. */
	send(data: Uint8Array | string, taken: () => void): void;
};

/** Somebody with bulk to send. */
export type BulkSource = {
	/** The next message, or undefined while there is none or no credit. */
	pull(): Uint8Array | string | undefined;
	/** The operating system has taken a message; never called if the socket died. */
	sent?(message: Uint8Array | string): void;
};

export class SendLanes {
	readonly #port: SendPort;
	/** Sources that may have something, the next one first; insertion order is the turn. */
	readonly #ready = new Set<BulkSource>();
	#isPumping = false;
	#isClosed = false;

	constructor(port: SendPort) {
		this.#port = port;
	}

	/** Sends a message before everything that is not in the socket yet. */
	control(data: Uint8Array | string): void {
		if (!this.#isClosed) this.#port.send(data, () => this.#pump());
	}

	/** Says that the source has something to send, or credit again. */
	wake(source: BulkSource): void {
		this.#ready.add(source);
		this.#pump();
	}

	close(): void {
		this.#isClosed = true;
		this.#ready.clear();
	}

	#pump(): void {
		if (this.#isPumping) return; // a pull may wake another source
		this.#isPumping = true;
		for (const source of this.#ready) {
			if (this.#isClosed || this.#port.bufferedBytes() >= maxBufferedBytes) break;
			this.#ready.delete(source);
			const data = source.pull();
			if (data === undefined) continue;
			this.#port.send(data, () => {
				source.sent?.(data);
				this.#pump();
			});
			this.#ready.add(source); // at the end of the turn, which this very loop goes on to
		}
		this.#isPumping = false;
	}
}
