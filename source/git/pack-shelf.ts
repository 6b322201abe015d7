/** All packs of the store, opened when they are first needed; the one that had the last answer is asked first. */
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {type Oid} from '../protocol/content.js';
import {type PackedObject, PackFile} from './pack-file.js';

/**
 * Files that stay open; more packs than this are joined soon anyway. A first join of some hundred MB makes a pack for each segment of
 * 4 MB, and its trees name objects of all of them in turn.
 */
const maxOpenFiles = 128;

export class PackShelf {
	readonly #folder: string;
	#packs = new Map<string, PackFile>();
	#order: PackFile[] = [];
	/** Those whose files are open, the longest first. */
	readonly #open = new Set<PackFile>();
	#isWhole = false;

	constructor(folder: string) {
		this.#folder = folder;
	}

	/**
	 * `unknown`: some pack could not be read, so the object may be there all the same. Throws what the disk says of the pack that
	 * holds it.
	 */
	find(oid: Oid): PackedObject | 'absent' | 'unknown' {
		const id = Buffer.from(oid, 'hex');
		const found = this.#search(id);
		if (found) {
			return found;
		}

		// Written since, or the first question.
		if (this.#look()) {
			const now = this.#search(id);
			if (now) {
				return now;
			}
		}

		return this.#isWhole ? 'absent' : 'unknown';
	}

	/** Forgets all packs: some may be gone. */
	forget(): void {
		for (const pack of this.#open) {
			pack.close();
		}

		this.#open.clear();
		this.#packs = new Map();
		this.#order = [];
		this.#isWhole = false;
	}

	#search(id: Buffer): PackedObject | undefined {
		const idStart = id.readUInt32BE(0);
		for (const pack of this.#order) {
			if (!pack.mayHold(idStart)) {
				continue;
			}

			const found = pack.find(id);
			if (found) {
				if (pack !== this.#order[0]) {
					this.#order.splice(this.#order.indexOf(pack), 1);
					this.#order.unshift(pack);
				}

				return found;
			}
		}

		return undefined;
	}

	/** True if there are packs that were not known. */
	#look(): boolean {
		let isNew = false;
		this.#isWhole = true;
		for (const file of readdirSync(this.#folder)) {
			if (!file.endsWith('.idx') || this.#packs.has(file)) {
				continue;
			}

			const pack = openIfPossible(path.join(this.#folder, file.slice(0, -'.idx'.length)), this.#noteOpen);
			if (pack) {
				this.#packs.set(file, pack);
				this.#order.unshift(pack);
				isNew = true;
			} else {
				this.#isWhole = false;
			}
		}

		return isNew;
	}

	readonly #noteOpen = (pack: PackFile): void => {
		this.#open.add(pack);
		const [longest] = this.#open;
		if (this.#open.size > maxOpenFiles && longest) {
			longest.close();
			this.#open.delete(longest);
		}
	};
}

function openIfPossible(file: string, onOpen: (pack: PackFile) => void): PackFile | undefined {
	try {
		return PackFile.open(file, onOpen);
	} catch {
		return undefined;
	}
}
