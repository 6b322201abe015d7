/**
 * A carrier made of messages through the relay: numbered, in windows of credit that the reader grants as it consumes. What
 * the messages look like is the port's: binary frames (tier proxy) or JSON (tier json).
 *
 * Never more than the granted credit is under way, so a reader that stops bounds what its writer and the relay hold. A
 * repeated or missing number, or more than the credit, ends the tunnel.
 */
import {Duplex} from 'node:stream';
import {Failure} from '../protocol/failure.js';
import {fullDataBytes, maxDataBytes, startWindowBytes} from '../protocol/limits.js';
import {type Route, type Tier} from '../protocol/tiers.js';
import {type CarrierFacts, neverUnhandled} from './carrier.js';
import {failureOf} from './deadline.js';
import {type RateShare} from './rate-limiter.js';
import {ReceiveWindow, windowUnder} from './receive-window.js';
import {type BulkSource} from './send-lanes.js';
import {WriteQueue} from './write-queue.js';

/** The wire below a tunnel. */
export type TunnelPort = {
	/** One message with these bytes, which the slices hold together. */
	encode(counter: number, slices: readonly Uint8Array[], byteLength: number): Uint8Array | string;
	/** The network has taken the message: its memory is free again. */
	sent?(message: Uint8Array | string): void;
	/** There is something to pull. */
	wake(source: BulkSource): void;
	/** Allows the other end more; `total` is all that was ever consumed. */
	grant(bytes: number, total: number): void;
	/** Tells the other end that the tunnel is over. */
	sayClosed(reason: string): void;
	/** Nothing comes to this tunnel any more. */
	detach(): void;
};

/** Given to the socket's lanes before the next write is asked for: keeps them full without holding much. */
const lowWaterBytes = maxDataBytes;

export class TunnelCarrier extends Duplex implements CarrierFacts, BulkSource {
	readonly openedAt = Date.now();
	readonly route: Route;
	bytesIn = 0;
	bytesOut = 0;
	readonly #port: TunnelPort;
	readonly #share: RateShare | undefined;
	/** Given by the writer, not sent yet. */
	readonly #out = new WriteQueue();
	#credit: number;
	#nextOut = 0;
	#written: (() => void) | undefined;
	#flushed: (() => void) | undefined;
	/** Received, not asked for yet. */
	readonly #in: Buffer[] = [];
	#isWanted = false;
	readonly #window: ReceiveWindow;
	#nextIn = 0;
	#isClosedByOther = false;

	constructor({
		port,
		tier,
		generation,
		creditBytes,
		windowBytes = startWindowBytes,
		maxWindowBytes = startWindowBytes,
		share,
	}: {
		readonly port: TunnelPort;
		readonly tier: Extract<Tier, 'proxy' | 'json'>;
		readonly generation: number;
		/** What the other end allows at the start. */
		readonly creditBytes: number;
		/** What we allow at the start, and what our window may grow to. */
		readonly windowBytes?: number;
		readonly maxWindowBytes?: number;
		/** What the limit down leaves to the peer. */
		readonly share?: RateShare;
	}) {
		super({highWaterMark: maxDataBytes, allowHalfOpen: false});
		neverUnhandled(this);
		this.tier = tier;
		this.route = tier;
		this.generation = generation;
		this.#port = port;
		this.#credit = creditBytes;
		this.#window = new ReceiveWindow({
			startBytes: windowBytes,
			maxBytes: () => windowUnder(share, maxWindowBytes),
		});
		this.#share = share;
	}

	readonly tier: Tier;
	readonly generation: number;

	/** The next message for the socket: as much as there is, fits one, and is allowed. */
	pull(): Uint8Array | string | undefined {
		const byteLength = Math.min(this.#out.byteLength, this.#credit, fullDataBytes);
		if (byteLength === 0) return undefined;
		const message = this.#port.encode(this.#nextOut++, this.#out.take(byteLength), byteLength);
		this.#credit -= byteLength;
		this.bytesOut += byteLength;
		this.#settleWrites();
		return message;
	}

	sent(message: Uint8Array | string): void {
		this.#port.sent?.(message);
	}

	/** Bytes from the other end. */
	receive(counter: number, data: Buffer): void {
		if (this.destroyed || this.#isClosedByOther) return;
		if (counter !== this.#nextIn) {
			this.destroy(new Failure('sequence_gap'));
			return;
		}
		this.#nextIn++;
		if (!this.#window.take(data.byteLength)) {
			this.destroy(new Failure('credit_exceeded', {severity: 'hostile'}));
			return;
		}
		this.bytesIn += data.byteLength;
		if (data.byteLength === 0) return;
		this.#in.push(data);
		this.#deliver();
	}

	/** The other end allows that many bytes more. */
	receiveCredit(bytes: number): void {
		this.#credit += bytes;
		this.#port.wake(this);
	}

	/** The other end, the relay, or the way to the relay ended the tunnel; without a failure it was done. */
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
		this.#addOut([chunk], callback);
	}

	override _writev(chunks: {chunk: Buffer}[], callback: () => void): void {
		this.#addOut(
			chunks.map(({chunk}) => chunk),
			callback,
		);
	}

	override _final(callback: () => void): void {
		this.#flushed = () => {
			callback();
			// There is no half-open tunnel: who ends its side is done with it.
			setImmediate(() => this.destroy());
		};
		this.#settleWrites();
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#port.detach();
		if (!this.#isClosedByOther) this.#port.sayClosed(error ? failureOf(error, 'failed').code : 'closed');
		this.#in.length = 0;
		this.#dropOut();
		callback(error);
	}

	#addOut(chunks: readonly Uint8Array[], callback: () => void): void {
		if (this.#isClosedByOther) {
			callback();
			return;
		}
		this.#out.push(chunks);
		this.#written = callback;
		this.#port.wake(this);
		this.#settleWrites();
	}

	#dropOut(): void {
		this.#out.clear();
		this.#settleWrites();
	}

	#settleWrites(): void {
		if (this.#written && this.#out.byteLength <= lowWaterBytes) {
			const written = this.#written;
			this.#written = undefined;
			written();
		}
		if (this.#flushed && this.#out.byteLength === 0) {
			const flushed = this.#flushed;
			this.#flushed = undefined;
			flushed();
		}
	}

	#deliver(): void {
		while (this.#isWanted && this.#in.length > 0) {
			const data = this.#in.shift()!;
			this.#isWanted = false;
			this.#consume(data.byteLength);
			// `push` may ask for more at once, which sets the flag again and leaves the rest to this loop.
			if (this.push(data)) this.#isWanted = true;
		}
		if (this.#isClosedByOther && this.#in.length === 0 && !this.destroyed) this.push(null);
	}

	#consume(bytes: number): void {
		const grant = this.#window.consume(bytes);
		if (!grant) return;
		const tell = () => {
			if (this.destroyed || this.#isClosedByOther) return;
			this.#window.granted(grant);
			if (grant.bytes > 0) this.#port.grant(grant.bytes, grant.total);
		};
		if (this.#share?.bytesPerSecond === undefined) tell();
		else void this.#share.take(grant.consumedBytes).then(tell);
	}
}
