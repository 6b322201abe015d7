/**
 * Layer 4's bytes: frames with a length before each, control messages as JSON, bulk slices as they are. Decoding never
 * throws: what is not a frame is a returned value. Limits are checked before anything is allocated.
 *
 * ```
 * [length:u32 big-endian][kind:u8][body]           length counts kind and body; the whole ≤ 64 KiB
 * kind 1  control   body = one JSON object, UTF-8
 * kind 2  segment   body = [request:u32][index:u32][offset:u64][bytes]
 * kind 3  part      body = [request:u32][index:u32][offset:u64][bytes]
 * ```
 */
import {
	maxPeerFrameBytes,
	type ParsedPeerMessage,
	parsePeerMessage,
	type PeerMessage,
} from './peer-messages.js';

export const frameKinds = {control: 1, segment: 2, part: 3} as const;

/** The two sorts of bulk: slices of a pack, and slices of one large object. */
export type BulkKind = 'segment' | 'part';

/** Where a slice belongs. `offset` counts from the start of the segment, or of the object for a part. */
export type BulkHeader = {readonly request: number; readonly index: number; readonly offset: number};

/** `[length:u32][kind:u8]` */
export const frameHeaderBytes = 5;
const bulkHeaderBytes = 16;

/** Bytes in one bulk slice: a frame of it stays under the limit with room for a later header. */
export const maxSliceBytes = 60 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** One whole frame of a control message; undefined if it would be larger than the limit. */
export function encodeControlFrame(
	message: PeerMessage,
	limitBytes = maxPeerFrameBytes,
): Uint8Array | undefined {
	const json = encoder.encode(JSON.stringify(message));
	const frame = new Uint8Array(frameHeaderBytes + json.byteLength);
	if (frame.byteLength > limitBytes) return undefined;
	writeFrameHeader(frame, frameKinds.control, json.byteLength);
	frame.set(json, frameHeaderBytes);
	return frame;
}

/** Bytes of a bulk frame before its slice. */
export const bulkFrameHeaderBytes = frameHeaderBytes + bulkHeaderBytes;

/** Everything of a bulk frame but the slice itself, which follows it on the wire. */
export function encodeBulkHeader(kind: BulkKind, header: BulkHeader, sliceBytes: number): Uint8Array {
	const bytes = new Uint8Array(bulkFrameHeaderBytes);
	writeFrameHeader(bytes, frameKinds[kind], bulkHeaderBytes + sliceBytes);
	const view = new DataView(bytes.buffer);
	view.setUint32(frameHeaderBytes, header.request);
	view.setUint32(frameHeaderBytes + 4, header.index);
	view.setBigUint64(frameHeaderBytes + 8, BigInt(header.offset));
	return bytes;
}

/** Reads a control body: UTF-8, JSON, schema. Never throws. */
export function decodeControl(body: Uint8Array): ParsedPeerMessage {
	let value: unknown;
	try {
		value = JSON.parse(decoder.decode(body));
	} catch {
		return {ok: false, code: 'bad_message', reason: 'not JSON'};
	}
	return parsePeerMessage(value);
}

/** `[request:u32][index:u32][offset:u64]`; undefined if the offset is beyond exact numbers. */
function readBulkHeader(view: DataView, at: number): BulkHeader | undefined {
	const offset = view.getBigUint64(at + 8);
	if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
	return {request: view.getUint32(at), index: view.getUint32(at + 4), offset: Number(offset)};
}

function writeFrameHeader(target: Uint8Array, kind: number, bodyBytes: number): void {
	const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
	view.setUint32(0, bodyBytes + 1);
	view.setUint8(4, kind);
}

/** Who takes what a FrameSplitter finds. */
export type FrameTaker = {
	/** A frame that is whole: control, and kinds of later versions. */
	frame(kind: number, body: Uint8Array): void;
	/** Bytes of a bulk frame as they come, so one slice may come in several; never copied. */
	bulk(kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void;
};

/** A bulk frame under way: where its next bytes belong, and how many are to come. */
type OpenSlice = {readonly kind: BulkKind; header: BulkHeader; left: number};

/**
 * Cuts a byte stream into frames, however it comes chunked. Bulk shares memory with the chunks; of the rest, what lies
 * whole in one chunk does too, and what does not is copied once.
 */
export class FrameSplitter {
	/** May change between frames: small until the channel is open. */
	limitBytes: number;
	readonly #taker: FrameTaker;
	/** The frame's header, and behind it that of its slice, as far as they are here. */
	readonly #header = new Uint8Array(bulkFrameHeaderBytes);
	readonly #headerView = new DataView(this.#header.buffer);
	#headerFilled = 0;
	#headerBytes = frameHeaderBytes;
	#slice: OpenSlice | undefined;
	#body: Uint8Array | undefined;
	#bodyFilled = 0;
	#broken = false;

	constructor(limitBytes: number, taker: FrameTaker) {
		this.limitBytes = limitBytes;
		this.#taker = taker;
	}

	/** Takes the next bytes. False once they cannot be a frame: the stream cannot be read any further. */
	push(chunk: Uint8Array): boolean {
		let position = 0;
		while (position < chunk.byteLength && !this.#broken) {
			if (this.#slice) position = this.#passOn(this.#slice, chunk, position);
			else if (this.#body) position = this.#fillBody(this.#body, chunk, position);
			else position = this.#fillHeader(chunk, position);
		}
		return !this.#broken;
	}

	#fillHeader(chunk: Uint8Array, start: number): number {
		let position = start;
		while (this.#headerFilled < this.#headerBytes && position < chunk.byteLength) {
			this.#header[this.#headerFilled++] = chunk[position++]!;
		}
		if (this.#headerFilled < this.#headerBytes) return position;
		const bodyBytes = this.#headerView.getUint32(0) - 1;
		const kind = bulkKindOf(this.#header[4]!);
		if (this.#headerFilled > frameHeaderBytes) {
			this.#openSlice(kind!, bodyBytes - bulkHeaderBytes);
		} else if (bodyBytes < (kind ? bulkHeaderBytes : 0) || bodyBytes + frameHeaderBytes > this.limitBytes) {
			this.#broken = true;
		} else if (kind) {
			this.#headerBytes += bulkHeaderBytes;
		} else if (chunk.byteLength - position >= bodyBytes) {
			this.#finish(chunk.subarray(position, position + bodyBytes));
			position += bodyBytes;
		} else {
			this.#body = new Uint8Array(bodyBytes);
			this.#bodyFilled = 0;
		}
		return position;
	}

	#openSlice(kind: BulkKind, left: number): void {
		const header = readBulkHeader(this.#headerView, frameHeaderBytes);
		this.#headerFilled = 0;
		this.#headerBytes = frameHeaderBytes;
		if (!header) this.#broken = true;
		else if (left === 0) this.#taker.bulk(kind, header, new Uint8Array());
		else this.#slice = {kind, header, left};
	}

	#passOn(slice: OpenSlice, chunk: Uint8Array, start: number): number {
		const {kind, header} = slice;
		const bytes = chunk.subarray(start, start + slice.left);
		slice.left -= bytes.byteLength;
		if (slice.left === 0) this.#slice = undefined;
		else slice.header = {...header, offset: header.offset + bytes.byteLength};
		this.#taker.bulk(kind, header, bytes);
		return start + bytes.byteLength;
	}

	#fillBody(body: Uint8Array, chunk: Uint8Array, start: number): number {
		const end = Math.min(chunk.byteLength, start + body.byteLength - this.#bodyFilled);
		body.set(chunk.subarray(start, end), this.#bodyFilled);
		this.#bodyFilled += end - start;
		if (this.#bodyFilled === body.byteLength) this.#finish(body);
		return end;
	}

	#finish(body: Uint8Array): void {
		this.#headerFilled = 0;
		this.#body = undefined;
		this.#taker.frame(this.#header[4]!, body);
	}
}

function bulkKindOf(kind: number): BulkKind | undefined {
	if (kind === frameKinds.segment) return 'segment';
	return kind === frameKinds.part ? 'part' : undefined;
}
