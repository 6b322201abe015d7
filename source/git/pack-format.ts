/**
 * The parts of git's pack format (version 2) that are used: plain objects, and single deltas between peers.
 *
 *   pack   "PACK" | version u32 | objects u32 | entry… | SHA-1 of all before
 *   entry  type (3 bits) and size (4 bits, then 7 a byte, low first; top bit: more follows) | zlib stream
 *   index  ff 't' 'O' 'c' | version u32 | fan-out 256 × u32 | ids | CRC-32s | offsets u32 | SHA-1 of pack | SHA-1 of all
 */
import {createHash} from 'node:crypto';
import {type Oid} from '../protocol/content.js';
import {type ObjectType} from './object-format.js';

export const packHeaderBytes = 12;
export const checksumBytes = 20;

const typeNumbers: Readonly<Record<ObjectType, number>> = {commit: 1, tree: 2, blob: 3};

/** An entry that is a delta; the 20 bytes of its base's id follow its header. */
export const deltaTypeNumber = 7;

/** Entry types by number; tags (4) and deltas (6, 7) are left out on purpose. */
const typesByNumber: ReadonlyMap<number, ObjectType> = new Map([
	[1, 'commit'],
	[2, 'tree'],
	[3, 'blob'],
]);

export function encodePackHeader(objects: number): Buffer {
	const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
	header.writeUInt32BE(objects, 8);
	return header;
}

export function encodeEntryHeader(type: ObjectType, bytes: number): Buffer {
	return encodeTypeAndSize(typeNumbers[type], bytes);
}

/** Of a delta of so many bytes against an object that has this id. */
export function encodeDeltaHeader(base: Oid, bytes: number): Buffer {
	return Buffer.concat([encodeTypeAndSize(deltaTypeNumber, bytes), Buffer.from(base, 'hex')]);
}

function encodeTypeAndSize(typeNumber: number, bytes: number): Buffer {
	const header: number[] = [];
	let byte = (typeNumber << 4) | (bytes % 16);
	// Division, not shifts: sizes go beyond 32 bits.
	for (let rest = Math.floor(bytes / 16); rest > 0; rest = Math.floor(rest / 128)) {
		header.push(byte | 0x80);
		byte = rest % 128;
	}

	header.push(byte);
	return Buffer.from(header);
}

/**
 * The header of an entry within `[at, end)`; undefined for a broken one. `type` is missing for deltas, tags and types that are
 * none; sizes are below 2^53.
 */
export function readEntryHeader(
	pack: Buffer,
	at: number,
	end: number,
):
	| {readonly type?: ObjectType; readonly typeNumber: number; readonly bytes: number; readonly dataAt: number}
	| undefined {
	if (at >= end) {
		return undefined;
	}

	let byte = pack.readUInt8(at);
	const typeNumber = (byte >> 4) & 7;
	let bytes = byte & 15;
	let next = at + 1;
	for (let scale = 16; byte & 0x80; scale *= 128, next++) {
		if (next >= end || scale > 2 ** 42) {
			return undefined;
		}

		byte = pack.readUInt8(next);
		bytes += (byte & 0x7f) * scale;
	}

	return {type: typesByNumber.get(typeNumber), typeNumber, bytes, dataAt: next};
}

/** One object of a pack, as its index tells. `offset` is below 2^31: packs are closed long before. */
export type PackEntry = {readonly oid: Oid; readonly crc: number; readonly offset: number};

/** Encodes the index of a pack; sorts a copy of the entries, which must not repeat an id. */
export function encodePackIndex(entries: readonly PackEntry[], packChecksum: Buffer): Buffer {
	const sorted = [...entries].sort((a, b) => (a.oid < b.oid ? -1 : 1));
	const count = sorted.length;
	const oidsAt = 8 + 256 * 4;
	const crcsAt = oidsAt + count * 20;
	const offsetsAt = crcsAt + count * 4;
	const index = Buffer.alloc(offsetsAt + count * 4 + 2 * checksumBytes);
	index.writeUInt32BE(0xff744f63, 0);
	index.writeUInt32BE(2, 4);
	for (const [at, entry] of sorted.entries()) {
		index.write(entry.oid, oidsAt + at * 20, 'hex');
		index.writeUInt32BE(entry.crc, crcsAt + at * 4);
		index.writeUInt32BE(entry.offset, offsetsAt + at * 4);
		const fan = 8 + index.readUInt8(oidsAt + at * 20) * 4;
		index.writeUInt32BE(at + 1, fan);
	}

	// Each place of the fan-out counts the ids whose first byte is at most its own.
	for (let byte = 1, before = index.readUInt32BE(8); byte < 256; byte++) {
		before = Math.max(before, index.readUInt32BE(8 + byte * 4));
		index.writeUInt32BE(before, 8 + byte * 4);
	}

	packChecksum.copy(index, offsetsAt + count * 4);
	createHash('sha1')
		.update(index.subarray(0, -checksumBytes))
		.digest()
		.copy(index, index.length - checksumBytes);
	return index;
}
