/**
 * Reads a pack from a peer in this process, measured before anything is unpacked: sizes are declared ahead and checked
 * against what comes out, deltas are refused (a 16 KB delta pack makes git take 4 GB) but for single ones that were asked
 * for, so memory and time are bounded.
 */
import {createHash} from 'node:crypto';
import {crc32, inflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {maxObjectBytes, objectProblem} from './object-check.js';
import {hashObject, type ObjectType} from './object-format.js';
import {deltaLimits} from './delta-format.js';
import {checksumBytes, deltaTypeNumber, packHeaderBytes, readEntryHeader} from './pack-format.js';
import {maxPackBytes} from './pack-objects.js';
import {hostileData} from './store-failure.js';
import {deltaWords, packWords} from './store-words.js';

/** An object as it stands in a pack. */
export type ScannedObject = {
	readonly type: ObjectType;
	readonly oid: Oid;
	readonly content: Buffer;
	readonly offset: number;
	readonly crc: number;
};

/** What a pack may hold. */
export const packLimits = {
	packBytes: maxPackBytes,
	/** Inflated; a segment is 8 MiB of objects. */
	contentBytes: 32 * 1024 * 1024,
	/** As many as a segment may have; each costs an inflater and an id. */
	objects: 4096,
} as const;

const shortestEntryBytes = 9;
const baseIdBytes = 20;

/** Scans a pack object by object; throws Failure `hostile_data` at the first thing that is wrong. */
export function* scanPack(pack: Buffer): Generator<ScannedObject, void, undefined> {
	const end = pack.length - checksumBytes;
	const count = checkFrame(pack, end);
	let at = packHeaderBytes;
	let total = 0;
	for (let index = 0; index < count; index++) {
		const header = headerAt(pack, at, end);
		total += header.bytes;
		if (header.bytes > maxObjectBytes[header.type] || total > packLimits.contentBytes) {
			throw hostileData(packWords.tooLarge, {bytes: Math.min(total, Number.MAX_SAFE_INTEGER)});
		}

		const {content, packedBytes} = inflateEntry(pack.subarray(header.dataAt, end), header.bytes);
		const problem = objectProblem(header.type, content);
		if (problem !== undefined) {
			throw hostileData(problem);
		}

		const next = header.dataAt + packedBytes;
		yield {
			type: header.type,
			oid: hashObject(header.type, content),
			content,
			offset: at,
			crc: crc32(pack.subarray(at, next)),
		};
		at = next;
	}

	if (at !== end) {
		throw hostileData(packWords.strayBytes);
	}
}

/**
 * Scans a pack that has to hold one delta and nothing else; throws Failure `hostile_data` for any other. What the delta says
 * is not looked at.
 */
export function scanDeltaPack(pack: Buffer): {readonly base: Oid; readonly delta: Buffer} {
	const end = pack.length - checksumBytes;
	const count = checkFrame(pack, end);
	const header = readEntryHeader(pack, packHeaderBytes, end);
	const dataAt = header && header.dataAt + baseIdBytes;
	if (count !== 1 || header?.typeNumber !== deltaTypeNumber || dataAt === undefined || dataAt >= end) {
		throw hostileData(packWords.notOneDelta);
	}

	if (header.bytes > deltaLimits.bytes) {
		throw hostileData(deltaWords.tooLarge, {bytes: header.bytes});
	}

	const {content, packedBytes} = inflateEntry(pack.subarray(dataAt, end), header.bytes);
	if (dataAt + packedBytes !== end) {
		throw hostileData(packWords.strayBytes);
	}

	return {base: pack.toString('hex', header.dataAt, dataAt), delta: content};
}

/** Checks all around the entries and returns how many there have to be. */
function checkFrame(pack: Buffer, end: number): number {
	if (pack.length > packLimits.packBytes || end < packHeaderBytes) {
		throw hostileData(packWords.wrongSize, {bytes: pack.length});
	}

	if (pack.toString('latin1', 0, 4) !== 'PACK' || pack.readUInt32BE(4) !== 2) {
		throw hostileData(packWords.none);
	}

	const count = pack.readUInt32BE(8);
	if (count > packLimits.objects || count * shortestEntryBytes > end - packHeaderBytes) {
		throw hostileData(packWords.tooManyObjects, {objects: count});
	}

	if (!createHash('sha1').update(pack.subarray(0, end)).digest().equals(pack.subarray(end))) {
		throw hostileData(packWords.wrongChecksum);
	}

	return count;
}

function headerAt(pack: Buffer, at: number, end: number): {type: ObjectType; bytes: number; dataAt: number} {
	const header = readEntryHeader(pack, at, end);
	if (!header) {
		throw hostileData(packWords.badHeader);
	}

	const {type, typeNumber, bytes, dataAt} = header;
	if (!type) {
		throw hostileData(packWords.otherType, {type: typeNumber});
	}

	return {type, bytes, dataAt};
}

/** Inflates exactly one stream of exactly the declared size, and tells how many bytes of the pack it took. */
function inflateEntry(packed: Buffer, bytes: number): {content: Buffer; packedBytes: number} {
	let result: unknown;
	try {
		// One chunk a little larger than the content: one allocation, and a bomb stops at once.
		result = inflateSync(packed, {info: true, maxOutputLength: bytes + 1, chunkSize: bytes + 64});
	} catch {
		throw hostileData(packWords.wrongInflatedSize);
	}

	const {buffer, packedBytes} = inflated(result);
	if (buffer.length !== bytes) {
		throw hostileData(packWords.wrongInflatedSize);
	}

	return {content: buffer, packedBytes};
}

/** With `info` zlib returns the engine as well, which the types do not know. */
function inflated(result: unknown): {buffer: Buffer; packedBytes: number} {
	if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
		const {buffer, engine} = result;
		if (
			buffer instanceof Buffer &&
			typeof engine === 'object' &&
			engine !== null &&
			'bytesWritten' in engine &&
			typeof engine.bytesWritten === 'number'
		) {
			return {buffer, packedBytes: engine.bytesWritten};
		}
	}

	throw new Error('zlib returned no engine');
}
