/**
 * The blocks of an object, to be found in another one at any offset: by a checksum that rolls on byte by byte, and then by
 * SHA-1, so that a block that is found is the same.
 */
import {hash} from 'node:crypto';
import {ByteCursor} from './byte-cursor.js';
import {Breath} from './gate.js';

/** Some ten thousand blocks, none so small that its place costs as much as its bytes. */
function blockBytesOf(bytes: number): number {
	return Math.min(64 * 1024, Math.max(1024, 2 ** Math.round(Math.log2(bytes / 16_384))));
}

const hashBytes = 20;

/** Bits of a checksum that are looked up first: nearly all offsets are passed over by that. */
const filterBits = 20;

export class BlockIndex {
	readonly blockBytes: number;
	/** Blocks by their checksum, in order. */
	readonly #blocks = new Map<number, number[]>();
	readonly #filter = new Uint8Array(2 ** filterBits);
	readonly #hashes: Buffer;

	private constructor(blockBytes: number, blocks: number) {
		this.blockBytes = blockBytes;
		this.#hashes = Buffer.alloc(blocks * hashBytes);
	}

	static async of(source: AsyncIterable<Buffer>, bytes: number): Promise<BlockIndex> {
		const blockBytes = blockBytesOf(bytes);
		const blocks = Math.floor(bytes / blockBytes);
		const index = new BlockIndex(blockBytes, blocks);
		const cursor = new ByteCursor(source);
		const block = Buffer.alloc(blockBytes);
		const breath = new Breath();
		try {
			for (let place = 0; place < blocks; place++) {
				for (let filled = 0; filled < blockBytes;) {
					const taken = await cursor.take(blockBytes - filled);
					if (taken.length === 0) return index;
					filled += taken.copy(block, filled);
				}

				index.#add(place, block);
				await breath.take();
			}
		} finally {
			await cursor.close();
		}

		return index;
	}

	/** Looks through another object, which is pushed in chunks: blocks that are found, by number and in order, and all else. */
	scan(onPiece: (piece: number | Buffer) => void): BlockScan {
		return new BlockScan(this, onPiece);
	}

	/** True if some block may have this checksum. */
	has(low: number, high: number): boolean {
		return this.#filter[filterPlace(low, high)] === 1;
	}

	/** The first block from a place on that is the same. */
	find(low: number, high: number, block: Buffer, from: number): number | undefined {
		const places = this.#blocks.get(high * 0x1_0000 + low);
		if (places === undefined || (places.at(-1) ?? 0) < from) return undefined;
		const digest = hash('sha1', block, 'buffer');
		const isSame = (place: number) =>
			digest.compare(this.#hashes, place * hashBytes, (place + 1) * hashBytes) === 0;
		return places.find((place) => place >= from && isSame(place));
	}

	#add(place: number, block: Buffer): void {
		const [low, high] = sumsOf(block, 0, block.length);
		const sum = high * 0x1_0000 + low;
		const places = this.#blocks.get(sum);
		// A file of zeros has the same block everywhere; some of them are enough.
		if (places && places.length < maxSameBlocks) places.push(place);
		else if (!places) this.#blocks.set(sum, [place]);
		this.#filter[filterPlace(low, high)] = 1;
		hash('sha1', block, 'buffer').copy(this.#hashes, place * hashBytes);
	}
}

const maxSameBlocks = 64;

/** Looks that were in vain: with contents that fool the checksum at every byte the search would take minutes. */
const maxMisses = 200_000;

function filterPlace(low: number, high: number): number {
	return (low ^ (high << 4)) & (2 ** filterBits - 1);
}

/** Two sums of 16 bits, as in rsync: of the bytes, and of the first sum after each. */
function sumsOf(bytes: Buffer, from: number, length: number): [low: number, high: number] {
	let low = 0;
	let high = 0;
	for (let at = from; at < from + length; at++) {
		low = (low + (bytes[at] ?? 0)) | 0;
		high = (high + low) | 0;
	}

	return [low & 0xffff, high & 0xffff];
}

class BlockScan {
	readonly #index: BlockIndex;
	readonly #onPiece: (piece: number | Buffer) => void;
	/** What was not told of yet. */
	#held: Buffer = Buffer.alloc(0);
	#nextBlock = 0;
	#misses = 0;

	constructor(index: BlockIndex, onPiece: (piece: number | Buffer) => void) {
		this.#index = index;
		this.#onPiece = onPiece;
	}

	push(chunk: Buffer): void {
		const {blockBytes} = this.#index;
		const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
		let told = 0;
		let at = 0;
		while (at + blockBytes <= bytes.length) {
			let [low, high] = sumsOf(bytes, at, blockBytes);
			let found = this.#find(low, high, bytes, at);
			while (found === undefined && at + blockBytes < bytes.length) {
				const leaving = bytes[at] ?? 0;
				low = (low - leaving + (bytes[at + blockBytes] ?? 0)) & 0xffff;
				high = (high - blockBytes * leaving + low) & 0xffff;
				at++;
				if (this.#index.has(low, high)) found = this.#find(low, high, bytes, at);
			}

			if (found === undefined) {
				at++;
				break;
			}

			if (at > told) this.#onPiece(bytes.subarray(told, at));
			this.#onPiece(found);
			this.#nextBlock = found + 1;
			at += blockBytes;
			told = at;
		}

		// A block may begin in the last bytes; what stands before them belongs to none.
		const rest = Math.max(told, Math.min(at, bytes.length));
		if (rest > told) this.#onPiece(bytes.subarray(told, rest));
		this.#held = Buffer.from(bytes.subarray(rest));
	}

	finish(): void {
		if (this.#held.length > 0) this.#onPiece(this.#held);
		this.#held = Buffer.alloc(0);
	}

	#find(low: number, high: number, bytes: Buffer, at: number): number | undefined {
		if (this.#misses > maxMisses || !this.#index.has(low, high)) return undefined;
		const block = bytes.subarray(at, at + this.#index.blockBytes);
		const found = this.#index.find(low, high, block, this.#nextBlock);
		if (found === undefined) this.#misses++;
		return found;
	}
}
