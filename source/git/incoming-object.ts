/**
 * One large object that comes in parts: a file that only grows, kept over restarts, so a broken transfer goes on at the
 * byte where it stopped. The object gets into the store when all bytes are there and hash to its id.
 */
import {type FileHandle, open, readdir, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {isOid, type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {BufferRing} from './buffer-ring.js';
import {type BlobSink} from './blob-sink.js';
import {maxObjectBytes, objectProblem} from './object-check.js';
import {hashObject, type ObjectType} from './object-format.js';
import {type ObjectWriter} from './object-writer.js';
import {chooseLevel} from './choose-level.js';
import {maxFileBytes} from '../protocol/project-limits.js';
import {type Layout} from './repository-layout.js';
import {hostileData, systemCode, withStoreFailures} from './store-failure.js';
import {objectWords} from './store-words.js';

/** Nobody goes on with a transfer that rested for a week. */
const keptMs = 7 * 24 * 3_600_000;

const chunkBytes = 1024 * 1024;
const sampleBytes = 64 * 1024;

type Facts = {readonly oid: Oid; readonly type: ObjectType; readonly bytes: number};

/** Where it comes to lie. */
type Target = {readonly layout: Layout; readonly objects: ObjectWriter; readonly sink?: BlobSink};

export class IncomingObject {
	readonly oid: Oid;
	readonly type: ObjectType;
	/** Its whole size. */
	readonly bytes: number;
	readonly #file: string;
	readonly #handle: FileHandle;
	readonly #objects: ObjectWriter;
	readonly #sink: BlobSink | undefined;
	#offset: number;

	private constructor(
		facts: Facts,
		offset: number,
		file: string,
		handle: FileHandle,
		{objects, sink}: Target,
	) {
		this.oid = facts.oid;
		this.type = facts.type;
		this.bytes = facts.bytes;
		this.#offset = offset;
		this.#file = file;
		this.#handle = handle;
		this.#objects = objects;
		// The file of an earlier run may have permissions that are not today's.
		this.#sink = offset === 0 && facts.type === 'blob' ? sink : undefined;
	}

	/**
	 * Opens it at an offset, or where the bytes that are there end if that is before: see `offset`. Rejects with Failure
	 * `hostile_data` for sizes that are not taken.
	 */
	static async open(target: Target, facts: Facts, offset: number): Promise<IncomingObject> {
		const {layout} = target;
		const {oid, type, bytes} = facts;
		const limit = type === 'blob' ? maxFileBytes : maxObjectBytes[type];
		if (!isOid(oid) || !Number.isSafeInteger(bytes) || bytes < 0 || bytes > limit || !(offset >= 0)) {
			throw hostileData(objectWords.notInParts, {bytes});
		}

		const there = Math.min(await incomingBytes(layout, oid), bytes, Math.floor(offset));
		const file = incomingFile(layout, oid);
		return withStoreFailures(async () => {
			const handle = await open(file, there > 0 ? 'r+' : 'w+', 0o666);
			await handle.truncate(there);
			return new IncomingObject(facts, there, file, handle, target);
		});
	}

	/** How many bytes are there: where the next ones belong. */
	get offset(): number {
		return this.#offset;
	}

	/**
	 * Appends bytes; resolves when they are durable. Calls must not overlap. Rejects with Failure `hostile_data` beyond the
	 * object's size.
	 */
	async write(bytes: Uint8Array): Promise<void> {
		if (this.#offset + bytes.length > this.bytes) {
			throw hostileData(objectWords.tooManyBytes, {oid: this.oid});
		}

		await withStoreFailures(async () => {
			let at = this.#offset;
			for (let done = 0; done < bytes.length;) {
				const {bytesWritten} = await this.#handle.write(bytes, done, bytes.length - done, at);
				done += bytesWritten;
				at += bytesWritten;
			}

			await this.#handle.datasync();
			this.#offset = at;
		});
	}

	/**
	 * Checks the object and lets it in, durably. Rejects with Failure `incomplete` while bytes are missing, and with
	 * `hostile_data`, all bytes thrown away, if they are not the object's.
	 */
	async finish(signal?: AbortSignal): Promise<void> {
		if (this.#offset !== this.bytes) {
			throw new Failure('incomplete', {
				details: {oid: this.oid, offset: this.#offset, bytes: this.bytes},
			});
		}

		try {
			await (this.type === 'blob' ? this.#letBlobIn(signal) : this.#letTreeIn());
		} catch (error) {
			const isWrong = error instanceof Failure && error.code === 'hostile_data';
			await (isWrong ? this.abandon() : this.close());
			throw error;
		}

		await this.#objects.flush();
		await this.close();
		await this.#sink?.adopt(this.oid, this.#file, this.bytes);
		await this.abandon();
	}

	/** Closes it, to go on later. */
	async close(): Promise<void> {
		await this.#handle.close().catch(() => undefined);
	}

	/** Removes it. */
	async abandon(): Promise<void> {
		await this.close();
		await rm(this.#file, {force: true});
	}

	async #letBlobIn(signal?: AbortSignal): Promise<void> {
		const pack = await this.#objects.startPack();
		try {
			const sample = Buffer.alloc(Math.min(sampleBytes, this.bytes));
			await withStoreFailures(async () => this.#handle.read(sample, 0, sample.length, 0));
			const oid = await pack.addStream(this.type, this.bytes, this.#chunks(), {
				level: chooseLevel(sample),
				signal,
			});
			this.#checkOid(oid);
			await pack.finish();
		} catch (error) {
			await pack.discard();
			throw error;
		}
	}

	/** Trees and commits are bounded, and judged as a whole. */
	async #letTreeIn(): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of this.#chunks()) {
			chunks.push(Buffer.from(chunk));
		}

		const content = Buffer.concat(chunks);
		this.#checkOid(hashObject(this.type, content));
		const problem = objectProblem(this.type, content);
		if (problem !== undefined) {
			throw hostileData(problem, {oid: this.oid});
		}

		await this.#objects.writeSmall(this.type, content, this.oid);
	}

	#checkOid(oid: Oid | undefined): void {
		if (oid !== this.oid) {
			throw hostileData(objectWords.otherId, {oid: this.oid});
		}
	}

	/** Each stands as long as in a ring of buffers. */
	async *#chunks(): AsyncIterable<Buffer> {
		const ring = new BufferRing(chunkBytes);
		for (let at = 0; at < this.bytes;) {
			const from = at;
			const {buffer, bytesRead} = await withStoreFailures(async () =>
				this.#handle.read(ring.take(), 0, chunkBytes, from),
			);
			if (bytesRead === 0) {
				return;
			}

			at += bytesRead;
			yield buffer.subarray(0, bytesRead);
		}
	}
}

/** How many bytes of an object an earlier run left: a transfer may go on there. */
export async function incomingBytes(layout: Layout, oid: Oid): Promise<number> {
	try {
		return (await stat(incomingFile(layout, oid))).size;
	} catch (error) {
		if (systemCode(error) === 'ENOENT') {
			return 0;
		}

		throw error;
	}
}

/** Removes what nobody went on with. */
export async function sweepIncoming({incoming}: Layout, nowMs: number): Promise<void> {
	for (const name of await readdir(incoming)) {
		const file = path.join(incoming, name);
		if ((await stat(file)).mtimeMs < nowMs - keptMs) {
			await rm(file, {force: true, recursive: true});
		}
	}
}

function incomingFile(layout: Layout, oid: Oid): string {
	if (!isOid(oid)) {
		throw hostileData(objectWords.noId);
	}

	return path.join(layout.incoming, oid);
}
