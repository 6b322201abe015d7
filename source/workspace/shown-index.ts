/**
 * `shown`: per path the content that this disk last shared with the store, with the stat it had then. Kept in memory and
 * in an append-only journal of checksummed lines; a torn tail is dropped at the next start, which only makes some paths
 * look at themselves again. Compacted when most of the journal is history.
 */
import {constants} from 'node:fs';
import {open as openFile, readFile, rename, rm, type FileHandle} from 'node:fs/promises';
import {dirname} from 'node:path';
import {absent, type Content, type Path} from '../protocol/content.js';
import {type DiskStat, errorCode} from './disk-entry.js';
import {syncFolder, toFailure} from './durable.js';
import {decodeJournal, encodeRecords, journalHeader} from './shown-journal.js';
import {parentOf} from './safe-path.js';

export type ShownEntry = {
	/** Never `absent`: a path that shows nothing is not in the index. */
	readonly content: Content;
	/** What the disk said when it held that content; without it the file is read to compare. */
	readonly stat?: DiskStat;
};

/** Paths and what they show now; undefined or `absent`: nothing. */
export type ShownChanges = ReadonlyMap<Path, ShownEntry | undefined>;

/** Journals shorter than this many lines are not worth a rewrite. */
const minHistoryLines = 4096;

const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** For so many folders all paths are gone through one after the other; for more it pays to ask each path for its folders. */
const fewFolders = 4;

/** One writer; changes are applied in the order in which they were asked for. */
export class ShownIndex {
	readonly #path: string;
	readonly #entries: Map<Path, ShownEntry>;
	/** How many shown paths lie below each folder, so that most questions about a folder need no search. */
	readonly #below = new Map<Path, number>();
	#file: FileHandle;
	/** What is good of the journal; a write that failed may have left more behind it. */
	#bytes: number;
	#records: number;
	#isTorn = false;
	/** The journal has its name, but not yet durably. */
	#isUnnamed = false;
	/** Number of records at which the journal is written anew. */
	#compactAt = 0;
	#queue: Promise<void> = Promise.resolve();

	private constructor(
		path: string,
		file: FileHandle,
		state: {entries: Map<Path, ShownEntry>; bytes: number; records: number},
	) {
		this.#path = path;
		this.#file = file;
		this.#entries = state.entries;
		this.#bytes = state.bytes;
		this.#records = state.records;
		for (const entry of this.#entries.keys()) this.#count(entry, 1);
	}

	/** Opens or makes the journal; drops what is torn. Throws Failure `disk_full` or `state_unreadable`. */
	static async open(path: string): Promise<ShownIndex> {
		try {
			await rm(`${path}.new`, {force: true});
			const bytes = await readFile(path).catch((error: unknown) => {
				if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
				throw error;
			});
			const state = decodeJournal(bytes);
			const file = await openFile(path, appendFlags, 0o600);
			await file.truncate(state.bytes);
			const index = new ShownIndex(path, file, state);
			index.#isUnnamed = state.bytes === 0;
			if (state.bytes === 0) await index.#append(journalHeader, 0);
			return index;
		} catch (error) {
			throw toFailure(error, 'state_unreadable', path);
		}
	}

	get size(): number {
		return this.#entries.size;
	}

	get(path: Path): ShownEntry | undefined {
		return this.#entries.get(path);
	}

	entries(): IterableIterator<[Path, ShownEntry]> {
		return this.#entries.entries();
	}

	hasBelow(folder: Path): boolean {
		return folder === '' ? this.#entries.size > 0 : this.#below.has(folder);
	}

	/** Shown paths below a folder (empty: all), not the folder's own path. */
	*below(folder: Path): Iterable<Path> {
		if (folder === '') yield* this.#entries.keys();
		else if (this.#below.has(folder)) {
			const prefix = `${folder}/`;
			for (const path of this.#entries.keys()) if (path.startsWith(prefix)) yield path;
		}
	}

	/** Shown paths below any of these folders; one may come more than once. */
	*belowAny(folders: Iterable<Path>): Iterable<Path> {
		const known = new Set([...folders].filter((folder) => folder === '' || this.#below.has(folder)));
		if (known.size <= fewFolders) {
			for (const folder of known) yield* this.below(folder);
			return;
		}
		for (const path of this.#entries.keys()) if (isBelowAny(path, known)) yield path;
	}

	/** Changes some paths; resolves when that is durable. Throws Failure `disk_full` or `state_unreadable`, with nothing changed. */
	async set(changes: ShownChanges): Promise<void> {
		if (changes.size === 0) return;
		const fixed = new Map(changes);
		return this.#enqueue(async () => {
			await this.#append(encodeRecords(fixed), fixed.size);
			for (const [path, entry] of fixed) this.#apply(path, entry);
			await this.#compactInTime();
		});
	}

	/** Forgets everything: what the disk holds then counts as never shared. Throws as `set` does. */
	async clear(): Promise<void> {
		return this.#enqueue(async () => {
			await this.#rewrite(new Map());
			this.#entries.clear();
			this.#below.clear();
		});
	}

	/** Waits for changes under way. */
	async close(): Promise<void> {
		await this.#enqueue(() => this.#file.close());
	}

	#enqueue(action: () => Promise<void>): Promise<void> {
		const run = this.#queue.then(action).catch((error: unknown) => {
			throw toFailure(error, 'state_unreadable', this.#path);
		});
		this.#queue = run.catch(() => undefined);
		return run;
	}

	/** A write that failed half way is cut off again, so that what follows is not lost behind it. */
	async #append(bytes: Buffer, records: number): Promise<void> {
		await this.#mend();
		try {
			await this.#file.appendFile(bytes);
			await this.#file.datasync();
		} catch (error) {
			this.#isTorn = true;
			await this.#mend().catch(() => undefined); // else before the next write
			throw error;
		}
		this.#bytes += bytes.length;
		this.#records += records;
	}

	/** Finishes what an earlier write could not, without which no other counts. */
	async #mend(): Promise<void> {
		if (this.#isTorn) await this.#file.truncate(this.#bytes);
		this.#isTorn = false;
		if (this.#isUnnamed) await syncFolder(dirname(this.#path));
		this.#isUnnamed = false;
	}

	/** Rewrites a journal that is mostly history. If the disk refuses, that is for another time: nothing is lost. */
	async #compactInTime(): Promise<void> {
		if (this.#records <= Math.max(this.#compactAt, 2 * this.#entries.size + minHistoryLines)) return;
		this.#compactAt = this.#records + minHistoryLines;
		await this.#rewrite(this.#entries).catch(() => undefined);
	}

	/** A journal of these entries alone takes the place of the old one, which stands at any crash before. */
	async #rewrite(entries: ReadonlyMap<Path, ShownEntry>): Promise<void> {
		const bytes = Buffer.concat([journalHeader, encodeRecords(entries)]);
		const path = `${this.#path}.new`;
		await rm(path, {force: true});
		const file = await openFile(path, appendFlags, 0o600);
		try {
			await file.appendFile(bytes);
			await file.datasync();
			await rename(path, this.#path);
		} catch (error) {
			await file.close();
			throw error;
		}
		const former = this.#file;
		[this.#file, this.#bytes, this.#records] = [file, bytes.length, entries.size];
		[this.#isTorn, this.#isUnnamed, this.#compactAt] = [false, true, 0];
		await former.close();
		await this.#mend();
	}

	#apply(path: Path, entry: ShownEntry | undefined): void {
		const had = this.#entries.has(path);
		if (entry === undefined || entry.content === absent) {
			if (had && this.#entries.delete(path)) this.#count(path, -1);
		} else {
			this.#entries.set(path, entry);
			if (!had) this.#count(path, 1);
		}
	}

	#count(path: Path, step: 1 | -1): void {
		for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
			const count = (this.#below.get(folder) ?? 0) + step;
			if (count === 0) this.#below.delete(folder);
			else this.#below.set(folder, count);
		}
	}
}

function isBelowAny(path: Path, folders: ReadonlySet<Path>): boolean {
	if (folders.has('')) return true;
	for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
		if (folders.has(folder)) return true;
	}
	return false;
}
