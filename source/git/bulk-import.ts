/**
 * Brings files of the project into the store: a few small ones as loose objects, many as packs that are written in this
 * process. What is in the store already is not written again. Memory holds one group of small files and a few chunks.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {mapInGroups} from './gate.js';
import {hashObject} from './object-format.js';
import {type ObjectWriter} from './object-writer.js';
import {chooseLevel} from './choose-level.js';
import {type PackWriter} from './pack-write.js';
import {throwIfAborted} from './store-failure.js';
import {type Changed, readLinkTarget, SourceFile} from './source-file.js';

export type ImportFile = {
	/** Absolute. */
	readonly path: string;
	readonly mode: 'file' | 'symlink';
};

export type ImportResult =
	| {readonly index: number; readonly oid: Oid; readonly bytes: number}
	| {readonly index: number; readonly error: Changed | Failure};

export type ImportProgress = {readonly files: number; readonly bytes: number};

/** Small files that are read at once: at most 16 MiB of them. */
const groupSize = 32;

/** Up to here loose objects are the quicker way, and leave no small pack behind. */
const loosePreferredFiles = 16;

/** A pack is closed at this size and another one begun: offsets stay small, and a failure costs less. */
const maxPackBytes = 256 * 1024 * 1024;

type Read = Changed | Failure | {readonly large: true} | {readonly content: Buffer; readonly oid: Oid};

/** Imports one file, streamed where it is large. */
export async function importFile(
	objects: ObjectWriter,
	{path, mode}: ImportFile,
	signal?: AbortSignal,
): Promise<{oid: Oid; bytes: number} | Changed> {
	const read = await readSmall(path, mode);
	if (read instanceof Failure) {
		throw read;
	}

	if (read === 'changed') {
		return 'changed';
	}

	if ('content' in read) {
		return {oid: await objects.writeSmall('blob', read.content, read.oid), bytes: read.content.length};
	}

	const pack = await objects.startPack();
	try {
		const result = await addLarge(objects, pack, path, signal);
		await pack.finish();
		return result;
	} catch (error) {
		await pack.discard();
		throw error;
	}
}

/**
 * Imports many files; yields one result for each, in order. The objects are in the store, durably, when the iteration
 * has ended; who ends it early gets none of those that were not finished.
 */
export async function* importFiles(
	objects: ObjectWriter,
	files: readonly ImportFile[],
	{signal, onProgress}: {signal?: AbortSignal; onProgress?: (progress: ImportProgress) => void} = {},
): AsyncGenerator<ImportResult, void, undefined> {
	const pack = new RollingPack(objects, files.length > loosePreferredFiles);
	let bytes = 0;
	try {
		for (let start = 0; start < files.length; start += groupSize) {
			throwIfAborted(signal);
			const group = files.slice(start, start + groupSize);
			const reads = await Promise.all(group.map(async ({path, mode}) => readSmall(path, mode)));
			const present = await mapInGroups(reads, groupSize, async (read) =>
				read instanceof Object && 'oid' in read ? objects.has(read.oid) : false,
			);
			for (const [at, read] of reads.entries()) {
				const index = start + at;
				const result = await pack.add(read, group[at]?.path ?? '', present[at] ?? false, signal);
				bytes += typeof result === 'object' && 'bytes' in result ? result.bytes : 0;
				onProgress?.({files: index + 1, bytes});
				yield 'oid' in result ? {index, ...result} : {index, error: result.error};
			}
		}

		await pack.finish();
		await objects.flush();
	} finally {
		await pack.discard();
	}
}

type Added = {readonly oid: Oid; readonly bytes: number} | {readonly error: Changed | Failure};

/** The pack under way; closes it when it is large enough and starts another when one is needed. */
class RollingPack {
	readonly #objects: ObjectWriter;
	readonly #smallToo: boolean;
	#pack: PackWriter | undefined;

	constructor(objects: ObjectWriter, smallToo: boolean) {
		this.#objects = objects;
		this.#smallToo = smallToo;
	}

	async add(read: Read, path: string, isPresent: boolean, signal?: AbortSignal): Promise<Added> {
		if (read === 'changed' || read instanceof Failure) {
			return {error: read};
		}

		if (this.#pack && this.#pack.bytes > maxPackBytes) {
			await this.finish();
		}

		if ('content' in read) {
			if (!isPresent && this.#smallToo) {
				this.#pack ??= await this.#objects.startPack();
				await this.#pack.add('blob', read.content, read.oid);
			} else if (!isPresent) {
				await this.#objects.writeSmall('blob', read.content, read.oid);
			}

			return {oid: read.oid, bytes: read.content.length};
		}

		this.#pack ??= await this.#objects.startPack();
		try {
			const added = await addLarge(this.#objects, this.#pack, path, signal);
			return added === 'changed' ? {error: added} : added;
		} catch (error) {
			if (error instanceof Failure && error.code === 'unreadable') {
				return {error};
			}

			throw error;
		}
	}

	async finish(): Promise<void> {
		const pack = this.#pack;
		this.#pack = undefined;
		await pack?.finish();
	}

	async discard(): Promise<void> {
		await this.#pack?.discard();
		this.#pack = undefined;
	}
}

async function addLarge(
	objects: ObjectWriter,
	pack: PackWriter,
	path: string,
	signal?: AbortSignal,
): Promise<{oid: Oid; bytes: number} | Changed> {
	const file = await SourceFile.open(path);
	if (file === 'changed') {
		return 'changed';
	}

	try {
		const level = chooseLevel(await file.sample());
		const wasThere = pack.objects;
		const oid = await pack.addStream('blob', file.bytes, file.chunks(), {level, signal});
		const isNew = pack.objects > wasThere;
		if (oid === undefined || !(await file.isUnchanged())) {
			if (oid !== undefined && isNew) {
				pack.dropLast(oid);
			}

			return 'changed';
		}

		if (isNew && (await objects.has(oid))) {
			pack.dropLast(oid);
		}

		return {oid, bytes: file.bytes};
	} finally {
		await file.close();
	}
}

async function readSmall(path: string, mode: ImportFile['mode']): Promise<Read> {
	try {
		const content = mode === 'symlink' ? await readLinkTarget(path) : await readSmallFile(path);
		return content === 'changed' || 'large' in content
			? content
			: {content, oid: hashObject('blob', content)};
	} catch (error) {
		if (error instanceof Failure) {
			return error;
		}

		throw error;
	}
}

async function readSmallFile(path: string): Promise<Buffer | Changed | {large: true}> {
	const file = await SourceFile.open(path);
	if (file === 'changed') {
		return 'changed';
	}

	try {
		return file.isSmall ? await file.readAll() : {large: true};
	} finally {
		await file.close();
	}
}
