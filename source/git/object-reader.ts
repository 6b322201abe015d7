/**
 * Reads objects of the store, in this process where they stand plainly in packs and loose files: no pipe, no other process.
 * Deltas, and whatever cannot be read here for any reason, are left to git's own `cat-file`.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {inflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {type ObjectInfo} from './cat-file-header.js';
import {CatFile, type ReadObject} from './cat-file.js';
import {Breath} from './gate.js';
import {parseLoose} from './loose-format.js';
import {type PackedObject} from './pack-file.js';
import {PackShelf} from './pack-shelf.js';
import {type Layout} from './repository-layout.js';
import {systemCode} from './store-failure.js';

/** An object where it stands: an entry of a pack, whole and plain, or a loose one. `elsewhere`: only git can tell. */
export type StoredObject =
	| {readonly kind: 'packed'; readonly entry: Entry}
	| {readonly kind: 'loose'; readonly info: ObjectInfo; readonly content: Buffer}
	| {readonly kind: 'absent'}
	| {readonly kind: 'elsewhere'};

type Entry = PackedObject & ObjectInfo;

/** Entries whose place is remembered: who asks for an object's size will soon ask for the object. */
const maxRemembered = 8192;

/** zlib adds five bytes to each 16 KiB that it cannot deflate, and a few at both ends. */
function packedBound(bytes: number): number {
	return bytes + Math.ceil(bytes / 16_000) * 5 + 64;
}

export class ObjectReader {
	readonly #layout: Layout;
	readonly #packs: PackShelf;
	readonly #git: CatFile;
	readonly #places = new Map<Oid, Entry>();
	readonly #breath = new Breath();
	#closed = false;

	constructor(layout: Layout) {
		this.#layout = layout;
		this.#packs = new PackShelf(layout.packs);
		this.#git = new CatFile(layout.gitDir);
	}

	/** Type and size; undefined if there is no such object. */
	async info(oid: Oid): Promise<ObjectInfo | undefined> {
		const found = await this.#find(oid);
		switch (found.kind) {
			case 'packed':
				return {type: found.entry.type, bytes: found.entry.bytes};
			case 'loose':
				return found.info;
			case 'absent':
				return undefined;
			case 'elsewhere':
				return this.#git.info(oid);
		}
	}

	/** The object, its content only up to `maxBytes`; undefined if there is no such object. */
	async read(oid: Oid, maxBytes: number): Promise<ReadObject | undefined> {
		const found = await this.#find(oid);
		switch (found.kind) {
			case 'packed': {
				const {type, bytes} = found.entry;
				if (bytes > maxBytes) {
					return {type, bytes};
				}

				const content = inflateEntry(found.entry);
				return content ? {type, bytes, content} : this.#git.read(oid, maxBytes);
			}

			case 'loose': {
				const {info, content} = found;
				return info.bytes > maxBytes ? info : {...info, content};
			}

			case 'absent':
				return undefined;
			case 'elsewhere':
				return this.#git.read(oid, maxBytes);
		}
	}

	/** An object as it is stored. May throw what the disk says when its entry is read. */
	async stored(oid: Oid): Promise<StoredObject> {
		return this.#find(oid);
	}

	/** After packs were joined: those that were known may be gone. */
	restart(): void {
		this.#forget();
		this.#git.restart();
	}

	/** The same at once, for objects that are gone: nothing is answered any more out of what was there before. */
	replace(): void {
		this.#forget();
		this.#git.replace();
	}

	async close(): Promise<void> {
		this.#closed = true;
		this.#forget();
		await this.#git.close();
	}

	async #find(oid: Oid): Promise<StoredObject> {
		// Thousands of questions are answered one after the other without anybody waiting; others want their turn, too.
		await this.#breath.take();
		if (this.#closed) {
			throw new Error('the store was closed');
		}

		try {
			const known = this.#places.get(oid);
			if (known) {
				return {kind: 'packed', entry: known};
			}

			const packed = this.#packs.find(oid);
			if (typeof packed === 'object') {
				const {type} = packed;
				return type ? {kind: 'packed', entry: this.#remember(oid, {...packed, type})} : {kind: 'elsewhere'};
			}

			return this.#loose(oid) ?? {kind: packed === 'absent' ? 'absent' : 'elsewhere'};
		} catch {
			// A pack that was joined with others meanwhile, a disk that errs: git looks anew and says what is wrong.
			this.#forget();
			return {kind: 'elsewhere'};
		}
	}

	#remember(oid: Oid, entry: Entry): Entry {
		if (this.#places.size === maxRemembered) {
			this.#places.clear();
		}

		this.#places.set(oid, entry);
		return entry;
	}

	#forget(): void {
		this.#places.clear();
		this.#packs.forget();
	}

	#loose(oid: Oid): StoredObject | undefined {
		let file: Buffer;
		try {
			file = readFileSync(path.join(this.#layout.objects, oid.slice(0, 2), oid.slice(2)));
		} catch (error) {
			if (systemCode(error) === 'ENOENT') {
				return undefined;
			}

			throw error;
		}

		const object = parseLoose(file);
		return object ? {kind: 'loose', ...object} : {kind: 'elsewhere'};
	}
}

/** undefined for an entry that is not what its header says. */
function inflateEntry({pack, bytes, dataAt, end}: PackedObject): Buffer | undefined {
	const packed = Buffer.allocUnsafe(Math.min(end - dataAt, packedBound(bytes)));
	try {
		const read = pack.read(packed, dataAt);
		const content = inflateSync(packed.subarray(0, read), {
			maxOutputLength: bytes + 1,
			chunkSize: bytes + 64,
		});
		return content.length === bytes ? content : undefined;
	} catch {
		return undefined;
	}
}
