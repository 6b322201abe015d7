/**
 * What parent and child say to each other over their pipe. Both ends are ours, yet the child runs native code that parses
 * what strangers send: an unknown type or a length above the bound ends the child, and nothing is allocated for it.
 *
 *     0      1            5              9
 *     | type | link (u32) | length (u32) | payload
 *
 * | to the child | payload | | to the parent | payload |
 * |---|---|---|---|---|
 * | open | order, JSON | | ready | |
 * | remote | SDP | | unavailable | why |
 * | data | bytes | | described | SDP |
 * | grant | u32: bytes the other end may send more | | stage | how far it is, in words |
 * | close | code | | opened | u32 credit, route |
 * | ping | | | data, grant | as there |
 * | end | | | closed | code |
 * | | | | failed | why |
 * | | | | pong | |
 */

/** Each type has its number; 0 is none, so that zeros are garbage. */
const frameTypes = [
	undefined,
	'open',
	'remote',
	'data',
	'grant',
	'close',
	'ping',
	'end',
	'ready',
	'unavailable',
	'described',
	'stage',
	'opened',
	'closed',
	'failed',
	'pong',
] as const;

export type FrameType = Exclude<(typeof frameTypes)[number], undefined>;

const headerBytes = 9;

/** Data are cut into messages of this size, and nothing else is as long: an SDP has 16 KiB at most. */
export const maxPayloadBytes = 64 * 1024;

const noBytes = Buffer.alloc(0);

/** The header of a frame whose payload follows. */
export function encodeHeader(type: FrameType, link: number, byteLength: number): Buffer {
	const header = Buffer.allocUnsafe(headerBytes);
	header[0] = frameTypes.indexOf(type);
	header.writeUInt32BE(link, 1);
	header.writeUInt32BE(byteLength, 5);
	return header;
}

/** A whole frame; for everything but data. */
export function encodeFrame(type: FrameType, link = 0, payload: Uint8Array | string = noBytes): Buffer {
	const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
	return Buffer.concat([encodeHeader(type, link, bytes.byteLength), bytes]);
}

/** The payload of `grant`. */
export function encodeCount(count: number): Buffer {
	const bytes = Buffer.allocUnsafe(4);
	bytes.writeUInt32BE(count);
	return bytes;
}

/** The number at the start of a payload; undefined if it is too short. */
export function decodeCount(payload: Buffer): number | undefined {
	return payload.byteLength < 4 ? undefined : payload.readUInt32BE(0);
}

/** Takes a frame; the payload is a view of what was read, good until the call returns where the reader's memory is reused. */
export type TakeFrame = (type: FrameType, link: number, payload: Buffer) => void;

/** Cuts what comes through the pipe into frames. */
export class FrameReader {
	readonly #take: TakeFrame;
	/** Whether data may be handed on in pieces, as they come: no copy is made then. */
	readonly #inPieces: boolean;
	/** Start of a header that the last chunk ended in. */
	#head = noBytes;
	#type: FrameType | undefined;
	#link = 0;
	#missing = 0;
	/** Payload gathered so far, where it cannot be handed on in pieces. */
	#whole: Buffer | undefined;

	constructor({inPieces, take}: {readonly inPieces: boolean; readonly take: TakeFrame}) {
		this.#inPieces = inPieces;
		this.#take = take;
	}

	/** Throws at garbage; the reader is of no use then. */
	push(chunk: Buffer): void {
		let rest = chunk;
		if (this.#head.byteLength > 0) {
			rest = Buffer.concat([this.#head, chunk]);
			this.#head = noBytes;
		}
		let at = 0;
		while (at < rest.byteLength || this.#type !== undefined) {
			if (this.#type === undefined) {
				if (rest.byteLength - at < headerBytes) {
					this.#head = Buffer.from(rest.subarray(at));
					return;
				}
				this.#start(rest, at);
				at += headerBytes;
			}
			const piece = rest.subarray(at, at + this.#missing);
			if (piece.byteLength === 0 && this.#missing > 0) return;
			at += piece.byteLength;
			this.#continue(piece);
		}
	}

	#start(bytes: Buffer, at: number): void {
		const type = frameTypes[bytes[at]!];
		const byteLength = bytes.readUInt32BE(at + 5);
		if (type === undefined || byteLength > maxPayloadBytes) throw new Error('garbage on the pipe');
		this.#type = type;
		this.#link = bytes.readUInt32BE(at + 1);
		this.#missing = byteLength;
	}

	#continue(piece: Buffer): void {
		const type = this.#type!;
		const isLast = piece.byteLength === this.#missing;
		if (isLast) this.#type = undefined;
		if ((isLast && !this.#whole) || (this.#inPieces && type === 'data')) {
			this.#missing -= piece.byteLength;
			this.#take(type, this.#link, piece);
			return;
		}
		this.#whole ??= Buffer.allocUnsafe(this.#missing);
		piece.copy(this.#whole, this.#whole.byteLength - this.#missing);
		this.#missing -= piece.byteLength;
		if (!isLast) return;
		const whole = this.#whole;
		this.#whole = undefined;
		this.#take(type, this.#link, whole);
	}
}
