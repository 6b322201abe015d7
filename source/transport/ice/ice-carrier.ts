/**
 * The carrier over a data channel, whose other half is in the child. A data channel takes whatever comes and confirms it
 * before anybody reads it, so the ends keep windows of their own: never more than the other end's reader has granted is
 * under way, and a reader that stops bounds what its writer, the network and both children hold.
 */
import {Duplex} from 'node:stream';
import {Failure} from '../../protocol/failure.js';
import {type CarrierFacts} from '../carrier.js';
import {failureOf} from '../deadline.js';
import {type IceRoute} from './ice-route.js';
import {maxPayloadBytes} from './pipe-frame.js';

/** What the other end may have under way to us: 20 ms at 50 MB/s twice over, and a long path's worth at its lesser rate. */
export const windowBytes = 2 * 1024 * 1024;

/** Grants come in steps of this part of the window. */
const grantSteps = 8;

/** Pieces below this are put together, so that a window of tiny ones costs no more memory than one of large ones. */
const smallBytes = 2048;

/** Enough for the child to be given several messages in one write. */
const bufferBytes = 256 * 1024;

export type IceCarrierPort = {
	/** One message for the other end, which the pieces hold together. */
	send(pieces: readonly Uint8Array[], byteLength: number): void;
	/** The other end may send that much more. */
	grant(bytes: number): void;
	/** Nothing comes from this carrier any more, nor is taken by it. */
	close(code: string): void;
};

export class IceCarrier extends Duplex implements CarrierFacts {
	readonly tier = 'direct';
	readonly route: IceRoute;
	readonly generation: number;
	readonly openedAt = Date.now();
	bytesIn = 0;
	bytesOut = 0;
	readonly #port: IceCarrierPort;
	/** Given by the writer, not allowed yet. */
	readonly #out: Uint8Array[] = [];
	#outBytes = 0;
	#credit: number;
	#written: (() => void) | undefined;
	#flushed: (() => void) | undefined;
	/** Received, not asked for yet. */
	readonly #in: Buffer[] = [];
	/** The last of `#in` while it is one that small pieces are put into, and how much of it is filled. */
	#gathering: Buffer | undefined;
	#gatheredBytes = 0;
	#isWanted = false;
	#consumedBytes = 0;
	#isClosedByOther = false;

	constructor({
		port,
		route,
		generation,
		creditBytes,
	}: {
		readonly port: IceCarrierPort;
		readonly route: IceRoute;
		readonly generation: number;
		readonly creditBytes: number;
	}) {
		super({highWaterMark: bufferBytes, allowHalfOpen: false});
		this.#port = port;
		this.route = route;
		this.generation = generation;
		this.#credit = creditBytes;
	}

	/** Bytes from the other end, this carrier's from now on; the child has checked that they were granted. */
	receive(bytes: Buffer): void {
		if (this.destroyed || this.#isClosedByOther || bytes.byteLength === 0) return;
		this.bytesIn += bytes.byteLength;
		if (this.#isWanted && this.#in.length === 0) {
			this.#hand(bytes);
			return;
		}
		if (bytes.byteLength < smallBytes) this.#gather(bytes);
		else {
			this.#sealGathering();
			this.#in.push(bytes);
		}
		this.#deliver();
	}

	/** The other end allows that many bytes more. */
	receiveCredit(bytes: number): void {
		this.#credit += bytes;
		this.#send();
	}

	/** The other end or the child ended it; without a failure it was done. */
	receiveClosed(failure: Failure | undefined): void {
		if (this.#isClosedByOther || this.destroyed) return;
		this.#isClosedByOther = true;
		if (failure) {
			this.destroy(failure);
			return;
		}
		// What came before the end is still read; what we had to say finds no ear.
		this.#dropOut();
		this.#deliver();
	}

	override _read(): void {
		this.#isWanted = true;
		this.#deliver();
	}

	override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
		this.#add([chunk], callback);
	}

	override _writev(chunks: {chunk: Buffer}[], callback: () => void): void {
		this.#add(
			chunks.map(({chunk}) => chunk),
			callback,
		);
	}

	override _final(callback: () => void): void {
		this.#flushed = () => {
			callback();
			// Not half-open, as the tunnels: who ends its side is done with it. What is under way still arrives.
			setImmediate(() => this.destroy());
		};
		this.#settleWrites();
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#port.close(error ? failureOf(error, 'failed').code : 'closed');
		this.#in.length = 0;
		this.#gathering = undefined;
		this.#dropOut();
		callback(error);
	}

	#add(chunks: readonly Uint8Array[], callback: () => void): void {
		if (this.#isClosedByOther) {
			callback();
			return;
		}
		for (const chunk of chunks) {
			if (chunk.byteLength === 0) continue;
			this.#out.push(chunk);
			this.#outBytes += chunk.byteLength;
		}
		this.#written = callback;
		this.#send();
	}

	#send(): void {
		for (;;) {
			const byteLength = Math.min(this.#outBytes, this.#credit, maxPayloadBytes);
			if (byteLength === 0) break;
			this.#credit -= byteLength;
			this.bytesOut += byteLength;
			this.#port.send(this.#takeOut(byteLength), byteLength);
		}
		this.#settleWrites();
	}

	#takeOut(byteLength: number): Uint8Array[] {
		const pieces: Uint8Array[] = [];
		let missing = byteLength;
		let whole = 0;
		while (missing > 0) {
			const chunk = this.#out[whole]!;
			if (chunk.byteLength > missing) {
				pieces.push(chunk.subarray(0, missing));
				this.#out[whole] = chunk.subarray(missing);
				break;
			}
			pieces.push(chunk);
			missing -= chunk.byteLength;
			whole++;
		}
		this.#out.splice(0, whole);
		this.#outBytes -= byteLength;
		return pieces;
	}

	#dropOut(): void {
		this.#out.length = 0;
		this.#outBytes = 0;
		this.#settleWrites();
	}

	#settleWrites(): void {
		if (this.#outBytes > 0) return;
		const written = this.#written;
		this.#written = undefined;
		written?.();
		// The next write may have come with that call.
		if (this.#outBytes > 0) return;
		const flushed = this.#flushed;
		this.#flushed = undefined;
		flushed?.();
	}

	#gather(bytes: Buffer): void {
		const room = (this.#gathering?.byteLength ?? 0) - this.#gatheredBytes;
		if (bytes.byteLength > room) {
			this.#sealGathering();
			this.#gathering = Buffer.allocUnsafe(8 * smallBytes);
			this.#in.push(this.#gathering);
		}
		bytes.copy(this.#gathering!, this.#gatheredBytes);
		this.#gatheredBytes += bytes.byteLength;
	}

	/** The gathered pieces become a chunk like any other. */
	#sealGathering(): void {
		if (!this.#gathering) return;
		this.#in[this.#in.length - 1] = this.#gathering.subarray(0, this.#gatheredBytes);
		this.#gathering = undefined;
		this.#gatheredBytes = 0;
	}

	#deliver(): void {
		while (this.#isWanted && this.#in.length > 0) {
			if (this.#in.length === 1) this.#sealGathering();
			this.#hand(this.#in.shift()!);
		}
		if (this.#isClosedByOther && this.#in.length === 0 && !this.destroyed) this.push(null);
	}

	#hand(bytes: Buffer): void {
		this.#isWanted = false;
		this.#consume(bytes.byteLength);
		// `push` may ask for more at once, which sets the flag again.
		if (this.push(bytes)) this.#isWanted = true;
	}

	#consume(bytes: number): void {
		this.#consumedBytes += bytes;
		if (this.#consumedBytes < windowBytes / grantSteps || this.destroyed || this.#isClosedByOther) return;
		this.#port.grant(this.#consumedBytes);
		this.#consumedBytes = 0;
	}
}

/** A code from the wire as a failure; `closed` is none. */
export function failureOfCode(code: string, reason?: string): Failure | undefined {
	if (code === 'closed') return undefined;
	return new Failure(code, {
		severity: code === 'credit_exceeded' ? 'hostile' : 'transient',
		...(reason === undefined ? {} : {details: {reason}}),
	});
}
