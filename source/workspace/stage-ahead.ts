/**
 * Files of a first join that are written while the rest is still on its way: each blob, once it was checked, becomes a file in
 * `.pulsync/tmp`. None gets a name in the project before the whole head is here and the file is durable, and what is
 * missing here is staged out of the store: losing any of this costs time and nothing else.
 */
import {rename, rmdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type Oid} from '../protocol/content.js';
import {AheadFile, syncFile, writeFile, written} from './ahead-file.js';
import {makeFolderIn} from './durable.js';
import {checkRoom} from './guards.js';
import {NewFiles} from './new-files.js';
import {type StagedFile} from './stage-file.js';
import {canSyncDisk, syncDisk} from './sync-disk.js';

/** Files that are written at once: more would keep the store, for which the sender waits, from the threads that wait for the disk. */
const maxFilesAtOnce = 2;
/** Contents that are held in memory until it is their turn, unless a single one is larger. */
const maxHeldBytes = 24 * 1024 * 1024;
const maxHeldFiles = 4096;
/**
 * Files are made durable together when they are needed. Where a disk cannot do that, larger ones are at once, while it has
 * little to do; a small one would wait there for whatever large one is on its way.
 */
const maxSyncedLaterBytes = 256 * 1024;
/** For fewer files and bytes, each by itself is as quick as all of the disk at once. */
const minFilesForDisk = 200;
const minBytesForDisk = 16 * 1024 * 1024;
/** The disk is asked whether it has room for twice as much after so many bytes. */
const bytesBetweenLooks = 32 * 1024 * 1024;

export class StageAhead {
	readonly #folder: string;
	/**
	 * One for each file that is written at once: a disk makes one name at a time in each folder, and where thousands of files were
	 * just deleted that takes it a millisecond, for which the other thread would only wait, at full speed.
	 */
	readonly #homes: readonly string[];
	#areHomesMade: Promise<void> | undefined;
	#nextHome = 0;
	readonly #files = new Map<Oid, AheadFile>();
	readonly #turns = new Turns(maxFilesAtOnce);
	readonly #newFiles = new NewFiles();
	/** Who waits until less is held. */
	readonly #waiting: (() => void)[] = [];
	#heldFiles = 0;
	#heldBytes = 0;
	#bytesUntilLook = 0;
	#isClosed = false;
	/** Undefined until the disk was looked at. */
	#canSyncDisk: boolean | undefined;
	/** What was written before all of it is made durable. */
	#later = {files: 0, bytes: 0};
	/** How much of that the disk was asked to begin with, and whether it is about it now. */
	#begun = {files: 0, bytes: 0};
	#isBegun = false;
	#allSynced: Promise<boolean> | undefined;
	/** From now on a file that is written has to be made durable by itself. */
	#isSyncing = false;

	/** `folder` is the absolute path of `.pulsync`. */
	constructor(folder: string) {
		this.#folder = folder;
		this.#homes = Array.from({length: maxFilesAtOnce}, (_, index) => join(folder, 'tmp', `ahead-${index}`));
	}

	/** Its size if it was begun: it is most likely there, and its room on the disk is taken. */
	bytesOf(oid: Oid): number | undefined {
		return this.#files.get(oid)?.bytes;
	}

	/** Begins to write a checked blob. Resolves when there is room for the next one; never rejects. */
	async offer(oid: Oid, content: Uint8Array): Promise<void> {
		while (this.#isFull(content.length)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
		if (!(await this.#mayTake(oid, content.length))) return;
		this.#heldFiles++;
		const {length: bytes} = content;
		this.#heldBytes += bytes;
		const file = new AheadFile(this.#takeHome(), oid, bytes);
		this.#files.set(oid, file);
		void file.follow(this.#write(file, content)).then(async (isWritten) => {
			if (!isWritten) await file.discard().catch(() => undefined);
			this.#heldFiles--;
			this.#heldBytes -= bytes;
			for (const resolve of this.#waiting.splice(0)) resolve();
		});
	}

	/** Takes over a durable file that holds a checked blob; what is not taken stays where it is. Never rejects. */
	async adopt(oid: Oid, file: string, bytes: number): Promise<void> {
		if (!(await this.#mayTake(oid, bytes))) return;
		const taken = new AheadFile(this.#takeHome(), oid, bytes);
		this.#files.set(oid, taken);
		await taken.follow(this.#makeHomes().then(async () => rename(file, taken.path)));
	}

	/** Hands a file out, once; undefined where there is none. */
	async take(oid: Oid): Promise<StagedFile | undefined> {
		const file = this.#files.get(oid);
		this.#files.delete(oid);
		return (await file?.isWritten) === true ? file : undefined;
	}

	/** Begins to make durable what was offered: everything is here. `sync` of the files handed out waits for that. */
	async syncAll(): Promise<void> {
		await (this.#allSynced ??= this.#syncAll());
	}

	/** Takes nothing more, and removes what nobody took. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const files = [...this.#files.values()];
		this.#files.clear();
		await written(files);
		for (const file of files) await file.discard().catch(() => undefined); // the next start empties `tmp`
		if (this.#areHomesMade) for (const home of this.#homes) await rmdir(home).catch(() => undefined);
	}

	#takeHome(): string {
		return this.#homes[this.#nextHome++ % this.#homes.length]!;
	}

	async #makeHomes(): Promise<void> {
		this.#areHomesMade ??= Promise.all(this.#homes.map(makeFolderIn)).then(() => undefined);
		try {
			await this.#areHomesMade;
		} catch (error) {
			this.#areHomesMade = undefined; // the next one tries again
			throw error;
		}
	}

	async #syncAll(): Promise<boolean> {
		await written([...this.#files.values()]);
		this.#isSyncing = true;
		return isMuch(this.#later) && syncDisk(this.#folder);
	}

	async #write(file: AheadFile, content: Uint8Array): Promise<void> {
		const isSynced = file.bytes > maxSyncedLaterBytes && this.#canSyncDisk !== true;
		await this.#makeHomes();
		await this.#turns.run(async () => writeFile(file.path, content, {isSynced, files: this.#newFiles}));
		if (isSynced) return;
		file.syncBy = this.#isSyncing ? syncFile : this.#syncWithAll;
		if (this.#isSyncing) return;
		this.#later.files++;
		this.#later.bytes += file.bytes;
	}

	/** Who asks for the first to be durable asks for all. */
	readonly #syncWithAll = async (path: string): Promise<void> => {
		const areSynced = await (this.#allSynced ??= this.#syncAll());
		if (!areSynced) await syncFile(path);
	};

	/** Lets the disk begin with what is written, once at a time, so that little is left for the end. */
	async #syncSome(): Promise<void> {
		const {files, bytes} = this.#later;
		const isNew = isMuch({files: files - this.#begun.files, bytes: bytes - this.#begun.bytes});
		if (this.#isBegun || !isNew) return;
		[this.#isBegun, this.#begun] = [true, {files, bytes}];
		await syncDisk(this.#folder);
		this.#isBegun = false;
	}

	#isFull(bytes: number): boolean {
		const isTooMuch = this.#heldBytes > 0 && this.#heldBytes + bytes > maxHeldBytes;
		return isTooMuch || this.#heldFiles >= maxHeldFiles;
	}

	/** Where the disk gets full all of this goes: what is received has to fit first. */
	async #mayTake(oid: Oid, bytes: number): Promise<boolean> {
		if (this.#isClosed || this.#files.has(oid)) return false;
		this.#bytesUntilLook -= bytes;
		if (this.#bytesUntilLook > 0) return true;
		this.#bytesUntilLook = bytesBetweenLooks;
		this.#canSyncDisk ??= await canSyncDisk(this.#folder);
		const hasRoom = await checkRoom(this.#folder, 2 * bytesBetweenLooks + bytes).then(
			() => true,
			() => false,
		);
		if (!hasRoom) await this.close();
		else void this.#syncSome();
		return hasRoom && !this.#isClosed && !this.#files.has(oid);
	}
}

/** Lets a few tasks run at once; the others wait in the order in which they came. */
class Turns {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	constructor(atOnce: number) {
		this.#free = atOnce;
	}

	async run(task: () => Promise<void>): Promise<void> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			await task();
		} finally {
			const next = this.#waiting.shift();
			if (next) next();
			else this.#free++;
		}
	}
}

function isMuch({files, bytes}: {files: number; bytes: number}): boolean {
	return files >= minFilesForDisk || bytes >= minBytesForDisk;
}
