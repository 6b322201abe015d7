/** Reads and writes the few small frames before a channel is open, one at a time, so that what follows stays unread. */
import {type Duplex} from 'node:stream';
import {Failure} from '../protocol/failure.js';
import {decodeControl, encodeControlFrame, frameHeaderBytes, frameKinds} from '../protocol/peer-frames.js';
import {maxEarlyFrameBytes, type PeerMessage} from '../protocol/peer-messages.js';
import {failureOf} from './deadline.js';
import {fitMessage} from './fit-message.js';

export class EarlyFrames {
	readonly #stream: Duplex;
	readonly #carrier: Duplex;
	/** Length and kind of the frame that is being read. */
	#header: {readonly bodyBytes: number; readonly kind: number} | undefined;

	/** `stream` is the secure one over `carrier`, whose errors say more than those of the stream. */
	constructor(stream: Duplex, carrier: Duplex) {
		this.#stream = stream;
		this.#carrier = carrier;
	}

	/** Throws RangeError for a message that cannot be made to fit: a bug. */
	say(message: PeerMessage): void {
		const frame = encodeControlFrame(fitMessage(message, maxEarlyFrameBytes), maxEarlyFrameBytes);
		if (!frame) throw new RangeError(`A ${message.type} message does not fit into an early frame.`);
		if (!this.#stream.destroyed) this.#stream.write(frame);
	}

	/**
	 * The next message; undefined if it is none that we know. Rejects with Failure `bad_frame` (hostile), `closed_by_peer`,
	 * the carrier's own, or the signal's reason. What comes behind the message is left in the stream.
	 */
	async read(signal: AbortSignal): Promise<PeerMessage | undefined> {
		const [stream, carrier] = [this.#stream, this.#carrier];
		if (signal.aborted) throw failureOf(signal.reason);
		return new Promise((resolve, reject) => {
			const finish = (failure: Failure | undefined, message?: PeerMessage) => {
				stream.off('readable', look);
				stream.off('end', ended);
				for (const source of [carrier, stream]) source.off('error', failed).off('close', lost);
				signal.removeEventListener('abort', aborted);
				if (failure) reject(failure);
				else resolve(message);
			};
			const look = () => {
				const next = this.#next();
				if (next) finish(next.failure, next.message);
			};
			const ended = () => finish(new Failure('closed_by_peer'));
			const failed = (error: Error) => finish(failureOf(error, 'carrier_lost'));
			const lost = () => finish(failureOf(carrier.errored ?? stream.errored, 'carrier_lost'));
			const aborted = () => finish(failureOf(signal.reason));
			stream.on('readable', look);
			stream.once('end', ended);
			for (const source of [carrier, stream]) source.once('error', failed).once('close', lost);
			signal.addEventListener('abort', aborted, {once: true});
			if (carrier.destroyed || stream.destroyed) lost();
			else look();
		});
	}

	#next(): {readonly failure?: Failure; readonly message?: PeerMessage} | undefined {
		this.#header ??= this.#readHeader();
		if (!this.#header) return undefined;
		const {bodyBytes, kind} = this.#header;
		if (bodyBytes < 0 || bodyBytes + frameHeaderBytes > maxEarlyFrameBytes)
			return {failure: new Failure('bad_frame', {severity: 'hostile'})};
		const body = bodyBytes === 0 ? Buffer.alloc(0) : this.#take(bodyBytes);
		if (!body) return undefined;
		this.#header = undefined;
		const parsed = kind === frameKinds.control ? decodeControl(body) : undefined;
		return parsed?.ok ? {message: parsed.message} : {};
	}

	#readHeader() {
		const bytes = this.#take(frameHeaderBytes);
		return bytes && {bodyBytes: bytes.readUInt32BE(0) - 1, kind: bytes.readUInt8(4)};
	}

	/** Exactly that many bytes, or none: at its end a stream gives the few that are left. */
	#take(byteLength: number): Buffer | undefined {
		const chunk: unknown = this.#stream.read(byteLength);
		return Buffer.isBuffer(chunk) && chunk.byteLength === byteLength ? chunk : undefined;
	}
}
