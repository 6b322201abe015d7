/**
 * What the entries of one pack are: type, size, where each begins and ends. Headers are read when they are asked for, one by one; where
 * small entries are asked for by the thousand, as when each file of a head is looked for, all that lie in the same stretch of the
 * pack at once, and kept.
 */
import {type ObjectType} from './object-format.js';
import {readEntryHeader} from './pack-format.js';

export type PlacedEntry = {
	/** Missing for a delta. */
	readonly type?: ObjectType;
	/** Of the object's content; for a delta its own. */
	readonly bytes: number;
	/** Where the entry begins, where its zlib stream does, and where the next entry begins. */
	readonly at: number;
	readonly dataAt: number;
	readonly end: number;
};

/** Reads from a place of the pack as far as it goes; returns how much that was. */
type Read = (into: Buffer, at: number) => number;

/** The longest header of an entry: 64 bits of size at 7 a byte. */
const maxHeaderBytes = 16;

const stretchBytes = 128 * 1024;
/** A stretch of larger entries takes longer to read than the headers in it. */
const maxEntryBytes = 8 * 1024;
/** Whoever asked for this share of the entries asks for the rest as well. */
const shareThatTells = 1 / 8;
const minEntries = 64;

const types = ['commit', 'tree', 'blob'] as const;
/** Codes in `Kept`; those of types are above. */
const [notRead, readAlone, untyped, firstType] = [0, 1, 2, 3] as const;

type Kept = {readonly codes: Uint8Array; readonly headerBytes: Uint8Array; readonly bytes: Float64Array};

/** Used by one synchronous call at a time. */
let stretch: Buffer | undefined;

export class PackHeaders {
	readonly #starts: Float64Array;
	readonly #end: number;
	readonly #read: Read;
	#asked = 0;
	#kept: Kept | undefined;

	/** `starts` is where entries begin, in any order, and taken over; `end` is where the last one ends. */
	constructor(starts: Float64Array, end: number, read: Read) {
		this.#starts = starts.sort();
		this.#end = end;
		this.#read = read;
	}

	/** The entry that begins at a place; undefined for a broken one. Throws what the disk says. */
	at(at: number): PlacedEntry | undefined {
		const place = this.#placeAfter(at) - 1;
		const kept = this.#keptAt(place);
		if (kept) return kept;
		if (this.#kept?.codes[place] !== readAlone && this.#isAskedForAll()) {
			this.#readStretch(at);
			const found = this.#keptAt(place);
			if (found) return found;
		}
		const end = this.#endOf(place);
		const header = Buffer.allocUnsafe(maxHeaderBytes);
		const read = this.#read(header, at);
		const entry = readEntryHeader(header, 0, Math.min(read, end - at));
		return entry && {type: entry.type, bytes: entry.bytes, at, dataAt: at + entry.dataAt, end};
	}

	#isAskedForAll(): boolean {
		const {length: entries} = this.#starts;
		return (
			entries >= minEntries &&
			++this.#asked > entries * shareThatTells &&
			this.#end / entries <= maxEntryBytes
		);
	}

	#keptAt(place: number): PlacedEntry | undefined {
		const at = this.#starts[place];
		const code = this.#kept?.codes[place] ?? notRead;
		if (at === undefined || code < untyped) return undefined;
		const {bytes, headerBytes} = this.#kept!;
		const dataAt = at + headerBytes[place]!;
		return {type: types[code - firstType], bytes: bytes[place]!, at, dataAt, end: this.#endOf(place)};
	}

	/** Keeps the headers of all entries that begin in the stretch of the pack in which `at` lies. */
	#readStretch(at: number): void {
		const {length} = this.#starts;
		this.#kept ??= {
			codes: new Uint8Array(length),
			headerBytes: new Uint8Array(length),
			bytes: new Float64Array(length),
		};
		stretch ??= Buffer.allocUnsafeSlow(stretchBytes);
		const from = at - (at % stretchBytes);
		const read = this.#read(stretch, from);
		for (let place = this.#placeAfter(from - 1); place < length; place++) {
			const start = this.#starts[place]! - from;
			if (start >= stretchBytes) return;
			const entry = readEntryHeader(stretch, start, Math.min(read, this.#endOf(place) - from));
			// One that is cut off here, or broken.
			this.#kept.codes[place] = readAlone;
			if (!entry) continue;
			this.#kept.codes[place] = entry.type ? firstType + types.indexOf(entry.type) : untyped;
			this.#kept.headerBytes[place] = entry.dataAt - start;
			this.#kept.bytes[place] = entry.bytes;
		}
	}

	#endOf(place: number): number {
		return this.#starts[place + 1] ?? this.#end;
	}

	/** The first entry that begins behind a place. */
	#placeAfter(at: number): number {
		let low = 0;
		let high = this.#starts.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.#starts[middle]! <= at) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}
