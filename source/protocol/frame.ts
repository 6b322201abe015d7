/**
 * The binary frame of the proxy tier. One WebSocket message is one frame, so the data's length is not in it.
 *
 *     [session_id_len:u8][session_id][peer_id_len:u8][peer_id][sequence:u64 big-endian][data…]
 *     sequence = [generation:24 bit][counter:40 bit]
 *
 * Client to relay, peer_id is the target; relay to client, it is the source. Ids are ASCII.
 */
import {maxCounter, maxDataBytes, maxFrameIdBytes, maxGeneration} from './limits.js';

type Sequence = {
	/** Which attempt's tunnel, 1 to 2²⁴-1; 0 only in the echo test to oneself. */
	readonly generation: number;
	/** From 0, one more with each frame of a direction. */
	readonly counter: number;
};

export type Frame = {
	readonly sessionId: string;
	readonly peerId: string;
	readonly sequence: Sequence;
	readonly data: Uint8Array;
};

export type FrameHeader = {
	readonly sessionId: string;
	readonly peerId: string;
	readonly generation: number;
	readonly counter: number;
	/** Where peer_id begins, so that the relay can write the source over the target. */
	readonly peerIdOffset: number;
	readonly dataOffset: number;
};

const sequenceBytes = 8;

/** One frame in memory of its own. Throws RangeError for ids, sequences and data outside their ranges: a bug here. */
export function encodeFrame({sessionId, peerId, sequence, data}: Frame): Uint8Array {
	const {generation, counter} = sequence;
	if (!isIn(generation, maxGeneration) || !isIn(counter, maxCounter)) throw new RangeError('frame sequence');
	if (data.length > maxDataBytes) throw new RangeError('frame data');
	const dataOffset = 1 + sessionId.length + 1 + peerId.length + sequenceBytes;
	const bytes = new Uint8Array(dataOffset + data.length);
	let offset = writeId(bytes, 0, sessionId);
	offset = writeId(bytes, offset, peerId);
	writeSequence(bytes, offset, sequence);
	bytes.set(data, dataOffset);
	return bytes;
}

/** Makes frames to one peer that differ in counter and data alone; throws RangeError as `encodeFrame` does. */
export class FrameWriter {
	readonly #header: Uint8Array;
	readonly #generation: number;

	constructor({sessionId, peerId, generation}: {sessionId: string; peerId: string; generation: number}) {
		const sequence = {generation, counter: 0};
		this.#header = encodeFrame({sessionId, peerId, sequence, data: new Uint8Array()});
		this.#generation = generation;
	}

	/** Bytes before the data. */
	get headerBytes(): number {
		return this.#header.length;
	}

	/** Writes a frame whose data the slices hold together to the beginning of `target`; returns how long it is. */
	write(target: Uint8Array, counter: number, slices: readonly Uint8Array[]): number {
		if (!isIn(counter, maxCounter)) throw new RangeError('frame sequence');
		target.set(this.#header);
		let end = this.#header.length;
		writeSequence(target, end - sequenceBytes, {generation: this.#generation, counter});
		for (const slice of slices) {
			target.set(slice, end);
			end += slice.length;
		}

		return end;
	}
}

/** Reads the header of bytes from the network; never throws, and shares no memory with them. */
export function decodeFrameHeader(
	bytes: Uint8Array,
): FrameHeader | {readonly error: 'bad_message' | 'frame_too_large'} {
	const sessionId = readId(bytes, 0);
	if (sessionId === undefined) return {error: 'bad_message'};
	const peerIdOffset = 1 + sessionId.length + 1;
	const peerId = readId(bytes, peerIdOffset - 1);
	if (peerId === undefined) return {error: 'bad_message'};
	const sequenceOffset = peerIdOffset + peerId.length;
	const dataOffset = sequenceOffset + sequenceBytes;
	if (bytes.length < dataOffset) return {error: 'bad_message'};
	if (bytes.length - dataOffset > maxDataBytes) return {error: 'frame_too_large'};
	const view = new DataView(bytes.buffer, bytes.byteOffset + sequenceOffset, sequenceBytes);
	const high = view.getUint32(0);
	return {
		sessionId,
		peerId,
		generation: high >>> 8,
		counter: (high & 0xff) * 2 ** 32 + view.getUint32(4),
		peerIdOffset,
		dataOffset,
	};
}

/** Writes another peer_id of the same length over the one in a frame, in place: the relay's only change. */
export function overwritePeerId(bytes: Uint8Array, header: FrameHeader, peerId: string): void {
	if (peerId.length !== header.peerId.length) throw new RangeError('peer_id length');
	writeId(bytes, header.peerIdOffset - 1, peerId);
}

function writeSequence(bytes: Uint8Array, offset: number, {generation, counter}: Sequence): void {
	const view = new DataView(bytes.buffer, bytes.byteOffset + offset, sequenceBytes);
	view.setUint32(0, generation * 0x100 + Math.floor(counter / 2 ** 32));
	view.setUint32(4, counter % 2 ** 32);
}

function isIn(value: number, max: number): boolean {
	return Number.isInteger(value) && value >= 0 && value <= max;
}

function writeId(bytes: Uint8Array, offset: number, id: string): number {
	if (id.length === 0 || id.length > maxFrameIdBytes) throw new RangeError('frame id');
	bytes[offset] = id.length;
	for (let index = 0; index < id.length; index++) {
		const code = id.charCodeAt(index);
		if (!isIdCode(code)) throw new RangeError('frame id');
		bytes[offset + 1 + index] = code;
	}

	return offset + 1 + id.length;
}

function readId(bytes: Uint8Array, offset: number): string | undefined {
	const length = bytes[offset];
	if (length === undefined || length === 0 || length > maxFrameIdBytes) return undefined;
	const end = offset + 1 + length;
	if (bytes.length < end) return undefined;
	// Twice for each frame that a relay passes on: neither an iterator nor a spread, which cost four times as much.
	for (let at = offset + 1; at < end; at++) if (!isIdCode(bytes[at] ?? 0)) return undefined;
	return Buffer.from(bytes.buffer, bytes.byteOffset + offset + 1, length).toString('latin1');
}

/** Printable ASCII without the space. */
function isIdCode(code: number): boolean {
	return code > 0x20 && code < 0x7f;
}
