/** Looks for the blobs that trees of a peer name. They are asked for in bulk, since folders are many and small. */
import {Failure} from '../protocol/failure.js';
import {type ObjectInfo} from './cat-file-header.js';
import {type ObjectReader} from './object-reader.js';
import {mapInGroups} from './gate.js';
import {hostileData} from './store-failure.js';
import {objectWords} from './store-words.js';
import {type TreeEntry} from './tree-format.js';

/** Blobs that are looked for in one go. */
const checkedAtOnce = 512;

/** A target longer than PATH_MAX is no symlink. */
const maxLinkBytes = 4096;

export class BlobCheck {
	readonly #objects: ObjectReader;
	#unchecked: TreeEntry[] = [];

	constructor(objects: ObjectReader) {
		this.#objects = objects;
	}

	/** Files whose blobs are to be looked for. */
	add(...entries: readonly TreeEntry[]): void {
		this.#unchecked.push(...entries);
	}

	/** The same as `check` where enough have come together, otherwise nothing. */
	async checkIfMany(): Promise<void> {
		if (this.#unchecked.length >= checkedAtOnce) {
			await this.check();
		}
	}

	/** Looks for all that were added. Rejects with Failure `incomplete` or `hostile_data`. */
	async check(): Promise<void> {
		const entries = this.#unchecked;
		this.#unchecked = [];
		const infos = await mapInGroups(entries, checkedAtOnce, async ({oid}) => this.#objects.info(oid));
		for (const [at, info] of infos.entries()) {
			const entry = entries[at];
			if (entry) {
				checkBlob(entry, info);
			}
		}
	}

	forget(): void {
		this.#unchecked = [];
	}
}

function checkBlob(entry: TreeEntry, info: ObjectInfo | undefined): void {
	if (!info) {
		throw new Failure('incomplete', {details: {oid: entry.oid}});
	}

	if (info.type !== 'blob') {
		throw hostileData(objectWords.notBlob, {oid: entry.oid});
	}

	if (entry.mode === '120000' && info.bytes > maxLinkBytes) {
		throw hostileData(objectWords.longSymlink, {oid: entry.oid});
	}
}
