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

/** One writer; changes are applied in the order in which they were asked for. */
export class ShownIndex {
	readonly #path: string;
	readonly #entries: Map<Path, ShownEntry>;
	/** How many shown paths lie below each folder, so that most questions about a folder need no search. */
	readonly #below = new Map<Path, number>();
	#file: FileHandle;
	#bytes: number;
	#records: number;
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

	/** Shown paths below a folder (empty: all), not the folder's own path. */
	*below(folder: Path): Iterable<Path> {
		if (folder === '') yield* this.#entries.keys();
		else if (this.#below.has(folder)) {
			const prefix = `${folder}/`;
			for (const path of this.#entries.keys()) if (path.startsWith(prefix)) yield path;
		}
	}

	/** Changes some paths; resolves when that is durable. Throws Failure `disk_full`, with nothing changed. */
	async set(changes: ShownChanges): Promise<void> {
		if (changes.size === 0) return;
		const fixed = new Map(changes);
		return this.#enqueue(async () => {
			await this.#append(encodeRecords(fixed), fixed.size);
			for (const [path, entry] of fixed) this.#apply(path, entry);
			if (this.#records > 2 * this.#entries.size + minHistoryLines) await this.#compact();
		});
	}

	/** Forgets everything: what the disk holds then counts as never shared. */
	async clear(): Promise<void> {
		return this.#enqueue(async () => {
			this.#entries.clear();
			this.#below.clear();
			await this.#compact();
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
		try {
			await this.#file.appendFile(bytes);
			await this.#file.datasync();
		} catch (error) {
			await this.#file.truncate(this.#bytes).catch(() => undefined);
			throw error;
		}
		this.#bytes += bytes.length;
		this.#records += records;
	}

	/** The journal rewritten without history, old or new at any crash. */
	async #compact(): Promise<void> {
		const bytes = Buffer.concat([journalHeader, encodeRecords(this.#entries)]);
		const file = await openFile(`${this.#path}.new`, 'w', 0o600);
		try {
			await file.writeFile(bytes);
			await file.datasync();
		} finally {
			await file.close();
		}
		await rename(`${this.#path}.new`, this.#path);
		await syncFolder(dirname(this.#path));
		await this.#file.close();
		this.#file = await openFile(this.#path, appendFlags, 0o600);
		this.#bytes = bytes.length;
		this.#records = this.#entries.size;
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
