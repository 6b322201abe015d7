/**
 * One pack of the store, read in this process: which objects it holds, where each entry begins and ends. Entries are left as
 * they are; whoever reads one decides what it takes of it.
 */
import {closeSync, openSync, readFileSync, readSync, statSync} from 'node:fs';
import {crc32} from 'node:zlib';
import {checksumBytes} from './pack-format.js';
import {type PlacedEntry, PackHeaders} from './pack-headers.js';

/** An entry as it stands in its pack. */
export type PackedObject = PlacedEntry & {
	readonly pack: PackFile;
	/** Of the entry's bytes. */
	readonly crc: number;
};

/** An index of a million objects; a larger one is left to git. */
const maxIndexBytes = 64 * 1024 * 1024;

const idBytes = 20;
const fanOutAt = 8;
const idsAt = fanOutAt + 256 * 4;

export class PackFile {
	readonly path: string;
	readonly #index: Buffer;
	readonly #count: number;
	readonly #bytes: number;
	/** The first four bytes of its lowest and highest id. */
	readonly #lowest: number;
	readonly #highest: number;
	/** Made when it is first asked for. */
	#headers: PackHeaders | undefined;
	#file: number | undefined;
	readonly #onOpen: (pack: PackFile) => void;

	private constructor(path: string, index: Buffer, bytes: number, onOpen: (pack: PackFile) => void) {
		this.path = path;
		this.#onOpen = onOpen;
		this.#index = index;
		this.#count = index.readUInt32BE(idsAt - 4);
		this.#bytes = bytes;
		this.#lowest = this.#count === 0 ? Infinity : index.readUInt32BE(idsAt);
		this.#highest = this.#count === 0 ? -1 : index.readUInt32BE(idsAt + (this.#count - 1) * idBytes);
	}

	/**
	 * `path` without ending; `onOpen` hears each time that the file is opened, by whatever reads it, and is to close it at some time.
	 * Throws what the disk says; undefined for an index that is not read here.
	 */
	static open(path: string, onOpen: (pack: PackFile) => void): PackFile | undefined {
		const {size} = statSync(`${path}.idx`);
		if (size > maxIndexBytes || size < idsAt + 2 * checksumBytes) {
			return undefined;
		}

		const index = readFileSync(`${path}.idx`);
		const isVersion2 = index.readUInt32BE(0) === 0xff744f63 && index.readUInt32BE(4) === 2;
		const count = index.readUInt32BE(idsAt - 4);
		if (!isVersion2 || index.length < idsAt + count * (idBytes + 8) + 2 * checksumBytes) {
			return undefined;
		}

		return new PackFile(`${path}.pack`, index, statSync(`${path}.pack`).size, onOpen);
	}

	/**
	 * False for an id that is certainly not here, by its first four bytes. Objects travel in the order of their ids, so each pack that was
	 * received holds a narrow range of them.
	 */
	mayHold(idStart: number): boolean {
		return idStart >= this.#lowest && idStart <= this.#highest;
	}

	/** Throws what the disk says, and RangeError where a damaged index leads out of itself. */
	find(oid: Buffer): PackedObject | undefined {
		const place = this.#search(oid);
		if (place === undefined) {
			return undefined;
		}

		const at = this.#offset(place);
		this.#headers ??= new PackHeaders(
			Float64Array.from({length: this.#count}, (_, other) => this.#offset(other)),
			this.#bytes - checksumBytes,
			(into, from) => this.read(into, from),
		);
		const entry = this.#headers.at(at);
		if (!entry) {
			return undefined;
		}

		const crc = this.#index.readUInt32BE(idsAt + this.#count * idBytes + place * 4);
		return {pack: this, crc, ...entry};
	}

	/** Fills a buffer from a place of the file, as far as the file goes. */
	read(into: Buffer, at: number): number {
		if (this.#file === undefined) {
			this.#file = openSync(this.path, 'r');
			this.#onOpen(this);
		}

		let filled = 0;
		while (filled < into.length) {
			const read = readSync(this.#file, into, filled, into.length - filled, at + filled);
			if (read === 0) {
				break;
			}

			filled += read;
		}

		return filled;
	}

	/** The bytes of an entry as they stand; undefined if they are not those that were written. Throws what the disk says. */
	copy({at, end, crc}: PackedObject): Buffer | undefined {
		const bytes = Buffer.allocUnsafe(end - at);
		return this.read(bytes, at) === bytes.length && crc32(bytes) === crc ? bytes : undefined;
	}

	/** Lets go of the file; the next read opens it again. */
	close(): void {
		if (this.#file !== undefined) {
			closeSync(this.#file);
			this.#file = undefined;
		}
	}

	#search(oid: Buffer): number | undefined {
		const first = oid[0] ?? 0;
		let low = first === 0 ? 0 : this.#index.readUInt32BE(fanOutAt + (first - 1) * 4);
		let high = Math.min(this.#index.readUInt32BE(fanOutAt + first * 4), this.#count);
		while (low < high) {
			const middle = (low + high) >>> 1;
			const at = idsAt + middle * idBytes;
			const order = this.#index.compare(oid, 0, idBytes, at, at + idBytes);
			if (order === 0) {
				return middle;
			}

			if (order < 0) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}

		return undefined;
	}

	#offset(place: number): number {
		const offsetsAt = idsAt + this.#count * (idBytes + 4);
		const offset = this.#index.readUInt32BE(offsetsAt + place * 4);
		if (offset < 0x80000000) {
			return offset;
		}

		// Beyond 2 GiB the entry is a place in the table of large offsets.
		const large = offsetsAt + this.#count * 4 + (offset - 0x80000000) * 8;
		return Number(this.#index.readBigUInt64BE(large));
	}
}
