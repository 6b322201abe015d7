/**
 * zlib streams of stored blocks: what does not get smaller is framed and not deflated. zlib takes several times as long for
 * the same, in both directions, which is what most of a large binary's save consists of.
 *
 *   78 01 | block… | last, empty block: 01 00 00 ff ff | Adler-32, big-endian
 *   block  00 | length u16 little-endian | its complement | that many bytes
 */
import {BufferRing} from './buffer-ring.js';

const streamHeader = Buffer.from([0x78, 0x01]);
const lastBlock = Buffer.from([1, 0, 0, 0xff, 0xff]);
const blockHeaderBytes = 5;
const checksumBytes = 4;
const maxBlockBytes = 0xffff;

/** So many bytes, a multiple of the loop's step, whose sums stay below 2^31. */
const summedAtOnce = 2048;
const modulus = 65_521;

/** A chunk of a file with its frames. */
const usualChunkBytes = 1024 * 1024 + 17 * 5;

/** Adler-32 of more bytes behind those whose checksum is given; 1 at the beginning. */
export function adler32(bytes: Uint8Array, before = 1): number {
	let low = before & 0xffff;
	let high = before >>> 16;
	for (let at = 0; at < bytes.length;) {
		const end = Math.min(at + summedAtOnce, bytes.length);
		const stepsEnd = end - ((end - at) % 4);
		for (; at < stepsEnd; at += 4) {
			const first = low + (bytes[at] ?? 0);
			const second = first + (bytes[at + 1] ?? 0);
			const third = second + (bytes[at + 2] ?? 0);
			low = third + (bytes[at + 3] ?? 0);
			high += first + second + third + low;
		}

		for (; at < end; at++) {
			low += bytes[at] ?? 0;
			high += low;
		}

		low %= modulus;
		high %= modulus;
	}

	return high * 0x1_0000 + low;
}

/** Frames chunks as they come; the checksum is that of all of them. What is yielded stands as long as in a ring of buffers. */
export async function* storeDeflated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
	const ring = new BufferRing(usualChunkBytes);
	let checksum = 1;
	yield streamHeader;
	for await (const chunk of chunks) {
		checksum = adler32(chunk, checksum);
		yield frame(chunk, ring);
	}

	const end = Buffer.alloc(lastBlock.length + checksumBytes);
	lastBlock.copy(end);
	end.writeUInt32BE(checksum, lastBlock.length);
	yield end;
}

function frame(chunk: Uint8Array, ring: BufferRing): Buffer {
	const blocks = Math.ceil(chunk.length / maxBlockBytes);
	const framed = ring.take(chunk.length + blocks * blockHeaderBytes);
	let to = 0;
	for (let at = 0; at < chunk.length;) {
		const length = Math.min(maxBlockBytes, chunk.length - at);
		framed.writeUInt8(0, to);
		framed.writeUInt16LE(length, to + 1);
		framed.writeUInt16LE(length ^ 0xffff, to + 3);
		framed.set(chunk.subarray(at, at + length), to + blockHeaderBytes);
		to += blockHeaderBytes + length;
		at += length;
	}

	return framed;
}

/** Takes a stream of stored blocks apart, however it comes chunked. */
export class StoredInflate {
	/** False from the first block on that is not a stored one, or is broken: only zlib can read such a stream. */
	isStored = true;
	/** The last block has been seen; behind it comes the checksum. */
	isOver = false;
	#skipped = 0;
	#header = Buffer.alloc(blockHeaderBytes);
	#headerFilled = 0;
	#left = 0;
	#isLast = false;

	/** The contents that are in the next bytes, moved together at the beginning of the same memory. */
	push(bytes: Buffer): Buffer {
		let at = 0;
		let filled = 0;
		for (; this.#skipped < streamHeader.length && at < bytes.length; at++, this.#skipped++) {
			// The window's size does not matter without references; a dictionary does.
			const byte = bytes.readUInt8(at);
			this.isStored &&= this.#skipped === 0 ? (byte & 0x0f) === 8 : (byte & 0x20) === 0;
		}

		while (at < bytes.length && this.isStored && !this.isOver) {
			if (this.#left > 0) {
				const length = Math.min(this.#left, bytes.length - at);
				bytes.copyWithin(filled, at, at + length);
				filled += length;
				at += length;
				this.#left -= length;
			} else {
				at = this.#fillHeader(bytes, at);
			}

			this.isOver = this.#isLast && this.#left === 0;
		}

		return bytes.subarray(0, filled);
	}

	#fillHeader(bytes: Buffer, from: number): number {
		const copied = bytes.copy(this.#header, this.#headerFilled, from);
		this.#headerFilled += copied;
		if (this.#headerFilled === blockHeaderBytes) {
			this.#headerFilled = 0;
			const kind = this.#header.readUInt8(0);
			const length = this.#header.readUInt16LE(1);
			// The bits behind a block's kind are padding, which zlib leaves at zero.
			this.isStored = kind <= 1 && (length ^ 0xffff) === this.#header.readUInt16LE(3);
			this.#isLast = kind === 1;
			this.#left = this.isStored ? length : 0;
		}

		return from + copied;
	}
}
