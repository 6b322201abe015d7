/**
 * Git's deltas: an object as pieces of another one, its base, and bytes of its own. The ones that travel between peers go
 * through their base in order and use no byte of it twice, so they are applied to a stream, and no object grows by more
 * than the delta's own bytes.
 *
 *   delta   size of the base | size of the object | command…          sizes: 7 bits a byte, low first; top bit: more follows
 *   copy    1 and 7 bits that say which bytes follow | offset u32 | size u24, both little-endian without their zero bytes
 *   insert  1 to 127 | that many bytes
 */
import {deltaWords} from './store-words.js';

/** A piece of the object: bytes of the base, or of the delta. */
export type DeltaPiece =
	| {readonly kind: 'copy'; readonly offset: number; readonly bytes: number}
	| {readonly kind: 'insert'; readonly content: Buffer};

export type Delta = {
	readonly baseBytes: number;
	readonly resultBytes: number;
	readonly pieces: readonly DeltaPiece[];
};

/** Offsets have 32 bits. */
export const maxDeltaBaseBytes = 2 ** 32 - 1;

/** What one delta may be: enough for thousands of small changes, and little to hold and to take apart. */
export const deltaLimits = {bytes: 4 * 1024 * 1024, pieces: 100_000} as const;

const maxCopyBytes = 0xff_ffff;
const maxInsertBytes = 0x7f;
const longestCopy = 8;
const sizeWithoutBytes = 0x1_0000;

/** What inserted bytes take in a delta. */
function insertedBytes(bytes: number): number {
	return bytes + Math.ceil(bytes / maxInsertBytes);
}

/** Puts a delta together; its pieces come in the order of the object. */
export class DeltaBuilder {
	readonly #parts: Buffer[] = [];
	#bytes = 0;
	#pieces = 0;
	#copyFrom = 0;
	#copyBytes = 0;
	#inserts: Buffer[] = [];
	#insertBytes = 0;

	constructor(baseBytes: number, resultBytes: number) {
		this.#add(Buffer.concat([encodeSize(baseBytes), encodeSize(resultBytes)]));
	}

	/** It has grown beyond what is taken. */
	get isTooLarge(): boolean {
		const bytes = this.#bytes + insertedBytes(this.#insertBytes) + longestCopy;
		return bytes > deltaLimits.bytes || this.#pieces >= deltaLimits.pieces - 1;
	}

	copy(offset: number, bytes: number): void {
		if (this.#copyBytes > 0 && this.#copyFrom + this.#copyBytes === offset) {
			this.#copyBytes += bytes;
			return;
		}

		this.#flush();
		this.#copyFrom = offset;
		this.#copyBytes = bytes;
	}

	/** The bytes are copied. */
	insert(content: Uint8Array): void {
		this.#endCopy();
		this.#inserts.push(Buffer.from(content));
		this.#insertBytes += content.length;
	}

	finish(): Buffer {
		this.#flush();
		return Buffer.concat(this.#parts, this.#bytes);
	}

	#flush(): void {
		this.#endCopy();
		const content = Buffer.concat(this.#inserts, this.#insertBytes);
		this.#inserts = [];
		this.#insertBytes = 0;
		const encoded = Buffer.allocUnsafe(insertedBytes(content.length));
		let to = 0;
		for (let at = 0; at < content.length; at += maxInsertBytes) {
			this.#pieces++;
			const piece = content.subarray(at, at + maxInsertBytes);
			to = encoded.writeUInt8(piece.length, to);
			to += piece.copy(encoded, to);
		}

		this.#add(encoded);
	}

	#endCopy(): void {
		while (this.#copyBytes > 0) {
			const bytes = Math.min(this.#copyBytes, maxCopyBytes);
			this.#add(encodeCopy(this.#copyFrom, bytes));
			this.#pieces++;
			this.#copyFrom += bytes;
			this.#copyBytes -= bytes;
		}
	}

	#add(part: Buffer): void {
		this.#parts.push(part);
		this.#bytes += part.length;
	}
}

function encodeSize(size: number): Buffer {
	const bytes: number[] = [];
	for (let rest = size; ;) {
		const low = rest % 128;
		rest = Math.floor(rest / 128);
		bytes.push(rest > 0 ? low | 0x80 : low);
		if (rest === 0) return Buffer.from(bytes);
	}
}

function encodeCopy(offset: number, bytes: number): Buffer {
	const facts = Buffer.alloc(7);
	facts.writeUInt32LE(offset, 0);
	facts.writeUIntLE(bytes, 4, 3);
	let command = 0x80;
	const present: number[] = [];
	for (const [place, byte] of facts.entries()) {
		if (byte !== 0) {
			command |= 1 << place;
			present.push(byte);
		}
	}

	return Buffer.from([command, ...present]);
}

/** What a delta says; a text says why it is none that may be applied. Nothing is allocated by its sizes. */
export function readDelta(delta: Buffer): Delta | string {
	const base = readSize(delta, 0);
	const result = base && readSize(delta, base.next);
	if (!result) return deltaWords.noSizes;
	const pieces: DeltaPiece[] = [];
	let usedUpTo = 0;
	let made = 0;
	for (let at = result.next; at < delta.length;) {
		const piece = readPiece(delta, at);
		if (pieces.length === deltaLimits.pieces) return deltaWords.tooManyPieces;
		if (!piece) return deltaWords.cutOff;
		at = piece.next;
		if (piece.kind === 'copy') {
			if (piece.offset < usedUpTo) return deltaWords.goesBack;
			usedUpTo = piece.offset + piece.bytes;
			if (usedUpTo > base.size) return deltaWords.beyondBase;
			made += piece.bytes;
		} else {
			made += piece.content.length;
		}

		pieces.push(piece);
	}

	return made === result.size
		? {baseBytes: base.size, resultBytes: result.size, pieces}
		: deltaWords.otherSize;
}

function readSize(delta: Buffer, from: number): {size: number; next: number} | undefined {
	let size = 0;
	let at = from;
	for (let scale = 1; scale < 2 ** 49; scale *= 128) {
		if (at >= delta.length) return undefined;
		const byte = delta.readUInt8(at++);
		size += (byte & 0x7f) * scale;
		if ((byte & 0x80) === 0) return {size, next: at};
	}

	return undefined;
}

function readPiece(delta: Buffer, from: number): (DeltaPiece & {readonly next: number}) | undefined {
	const command = delta.readUInt8(from);
	let at = from + 1;
	if ((command & 0x80) === 0) {
		// 0 is kept for later by git.
		const content = delta.subarray(at, at + command);
		return command > 0 && content.length === command
			? {kind: 'insert', content, next: at + command}
			: undefined;
	}

	const facts = Buffer.alloc(7);
	for (let place = 0; place < facts.length; place++) {
		if ((command & (1 << place)) !== 0) {
			if (at >= delta.length) return undefined;
			facts.writeUInt8(delta.readUInt8(at++), place);
		}
	}

	const bytes = facts.readUIntLE(4, 3);
	return {
		kind: 'copy',
		offset: facts.readUInt32LE(0),
		bytes: bytes === 0 ? sizeWithoutBytes : bytes,
		next: at,
	};
}
