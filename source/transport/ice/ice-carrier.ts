/**
 * The carrier over a data channel, whose other half is in the child. A data channel takes whatever comes and confirms it
 * before anybody reads it, so the ends keep windows of their own: never more than the other end's reader has granted is
 * under way, and a reader that stops bounds what its writer, the network and both children hold.
 */
import {Duplex} from 'node:stream';
import {type Failure} from '../../protocol/failure.js';
import {type CarrierFacts, neverUnhandled} from '../carrier.js';
import {failureOf} from '../deadline.js';
import {WriteQueue} from '../write-queue.js';
import {type IceRoute} from './ice-route.js';
import {maxPayloadBytes} from './pipe-frame.js';
import {ReadQueue} from './read-queue.js';
import {UnderWay} from './under-way.js';

/** What the other end may have under way to us: all that four processes on a busy machine need to keep one another fed. */
export const windowBytes = 3 * 1024 * 1024;

/** Grants come in steps of this part of the window. */
const grantSteps = 6;

/** On a slow path they come earlier, so that the other end knows how slow it is. */
const grantMs = 50;

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
	readonly #out = new WriteQueue();
	#credit: number;
	readonly #underWay: UnderWay;
	#written: (() => void) | undefined;
	#flushed: (() => void) | undefined;
	/** Received, not asked for yet. */
	readonly #in = new ReadQueue();
	#isWanted = false;
	#consumedBytes = 0;
	#grantTimer: NodeJS.Timeout | undefined;
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
		neverUnhandled(this);
		this.#port = port;
		this.route = route;
		this.generation = generation;
		this.#credit = creditBytes;
		this.#underWay = new UnderWay(Math.min(creditBytes, windowBytes));
	}

	/** Bytes from the other end, this carrier's from now on; the child has checked that they were granted. */
	receive(bytes: Buffer): void {
		if (this.destroyed || this.#isClosedByOther || bytes.byteLength === 0) return;
		this.bytesIn += bytes.byteLength;
		if (this.#isWanted && this.#in.isEmpty) this.#hand(bytes);
		else this.#in.push(bytes);
	}

	/** The other end allows that many bytes more. */
	receiveCredit(bytes: number): void {
		this.#credit += bytes;
		this.#underWay.taken(bytes, performance.now());
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
		clearTimeout(this.#grantTimer);
		this.#in.clear();
		this.#dropOut();
		callback(error);
	}

	#add(chunks: readonly Uint8Array[], callback: () => void): void {
		if (this.#isClosedByOther) {
			callback();
			return;
		}
		this.#out.push(chunks);
		this.#written = callback;
		this.#send();
	}

	#send(): void {
		for (;;) {
			const byteLength = Math.min(this.#out.byteLength, this.#credit, this.#underWay.room, maxPayloadBytes);
			if (byteLength === 0) break;
			this.#credit -= byteLength;
			this.#underWay.sent(byteLength, performance.now());
			this.bytesOut += byteLength;
			this.#port.send(this.#out.take(byteLength), byteLength);
		}
		this.#settleWrites();
	}

	#dropOut(): void {
		this.#out.clear();
		this.#settleWrites();
	}

	#settleWrites(): void {
		if (this.#out.byteLength > 0) return;
		const written = this.#written;
		this.#written = undefined;
		written?.();
		// The next write may have come with that call.
		if (this.#out.byteLength > 0) return;
		const flushed = this.#flushed;
		this.#flushed = undefined;
		flushed?.();
	}

	#deliver(): void {
		while (this.#isWanted) {
			const bytes = this.#in.shift();
			if (!bytes) break;
			this.#hand(bytes);
		}
		if (this.#isClosedByOther && this.#in.isEmpty && !this.destroyed) this.push(null);
	}

	#hand(bytes: Buffer): void {
		this.#isWanted = false;
		this.#consume(bytes.byteLength);
		// `push` may ask for more at once, which sets the flag again.
		if (this.push(bytes)) this.#isWanted = true;
	}

	#consume(bytes: number): void {
		this.#consumedBytes += bytes;
		if (this.#consumedBytes >= windowBytes / grantSteps) this.#grant();
		else {
			this.#grantTimer ??= setTimeout(() => {
				this.#grantTimer = undefined;
				this.#grant();
			}, grantMs);
		}
	}

	#grant(): void {
		if (this.#consumedBytes === 0 || this.destroyed || this.#isClosedByOther) return;
		this.#port.grant(this.#consumedBytes);
		this.#consumedBytes = 0;
	}
}
