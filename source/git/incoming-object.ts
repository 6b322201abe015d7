/**
 * One large object that comes in parts: a file that only grows, kept over restarts, so a broken transfer goes on at the
 * byte where it stopped. The object gets into the store when all bytes are there and hash to its id.
 */
import {type FileHandle, open, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {isOid, type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectType} from './object-format.js';
import {type ObjectWriter} from './object-writer.js';
import {chooseLevel} from './pack-write.js';
import {type Layout} from './repository-layout.js';
import {hostileData, systemCode, withStoreFailures} from './store-failure.js';

/** The largest single file that is taken: 64 GiB. */
export const maxIncomingBytes = 64 * 1024 ** 3;

const chunkBytes = 1024 * 1024;

export class IncomingObject {
	readonly oid: Oid;
	readonly type: ObjectType;
	/** Its whole size. */
	readonly bytes: number;
	readonly #file: string;
	readonly #handle: FileHandle;
	readonly #objects: ObjectWriter;
	/** Bytes of an earlier run, of which nobody knows whether the disk kept them. */
	readonly #inherited: boolean;
	#offset: number;

	private constructor(
		facts: {oid: Oid; type: ObjectType; bytes: number; offset: number},
		file: string,
		handle: FileHandle,
		objects: ObjectWriter,
	) {
		this.oid = facts.oid;
		this.type = facts.type;
		this.bytes = facts.bytes;
		this.#offset = facts.offset;
		this.#inherited = facts.offset > 0;
		this.#file = file;
		this.#handle = handle;
		this.#objects = objects;
	}

	/** Opens it at an offset that is not beyond what is there; what is beyond the offset is cut off. */
	static async open(
		layout: Layout,
		objects: ObjectWriter,
		{oid, type, bytes, offset}: {oid: Oid; type: ObjectType; bytes: number; offset: number},
	): Promise<IncomingObject> {
		if (
			!isOid(oid) ||
			type !== 'blob' ||
			!Number.isSafeInteger(bytes) ||
			bytes < 0 ||
			bytes > maxIncomingBytes
		) {
			throw hostileData('a part of an object that is not taken in parts', {bytes});
		}

		const file = incomingFile(layout, oid);
		const there = await incomingBytes(layout, oid);
		if (!Number.isSafeInteger(offset) || offset < 0 || offset > Math.min(there, bytes)) {
			throw new Failure('incomplete', {details: {oid, offset, bytes: there}});
		}

		return withStoreFailures(async () => {
			const handle = await open(file, there > 0 ? 'r+' : 'w+', 0o600);
			await handle.truncate(offset);
			return new IncomingObject({oid, type, bytes, offset}, file, handle, objects);
		});
	}

	/** How many bytes are there: where the next ones belong. */
	get offset(): number {
		return this.#offset;
	}

	/** Appends bytes; calls must not overlap. Rejects with Failure `hostile_data` beyond the object's size. */
	async write(bytes: Uint8Array): Promise<void> {
		if (this.#offset + bytes.length > this.bytes) {
			throw hostileData('more bytes than the object has', {oid: this.oid});
		}

		await withStoreFailures(async () => {
			for (let done = 0; done < bytes.length;) {
				const {bytesWritten} = await this.#handle.write(bytes, done, bytes.length - done, this.#offset);
				done += bytesWritten;
				this.#offset += bytesWritten;
			}
		});
	}

	/**
	 * Checks the object and lets it in, durably. On a mismatch the file is removed: Failure `hostile_data`, or `incomplete`
	 * where bytes of an earlier run may be to blame, and then it has to come again from the start.
	 */
	async finish(signal?: AbortSignal): Promise<Oid> {
		if (this.#offset !== this.bytes) {
			throw new Failure('incomplete', {details: {oid: this.oid, offset: this.#offset, bytes: this.bytes}});
		}

		const pack = await this.#objects.startPack();
		try {
			const sample = Buffer.alloc(Math.min(64 * 1024, this.bytes));
			await this.#handle.read(sample, 0, sample.length, 0);
			const options = {level: chooseLevel(sample), signal};
			const oid = await pack.addStream(this.type, this.bytes, this.#chunks(), options);
			if (oid !== this.oid) {
				await this.abandon();
				throw this.#inherited
					? new Failure('incomplete', {details: {oid: this.oid, offset: 0, bytes: 0}})
					: hostileData('an object that does not hash to its id', {oid: this.oid});
			}

			await pack.finish();
			await this.#objects.flush();
		} catch (error) {
			await pack.discard();
			throw error;
		}

		await this.abandon();
		return this.oid;
	}

	/** Syncs what is there and closes it, to go on later. */
	async close(): Promise<void> {
		await withStoreFailures(async () => {
			await this.#handle.datasync();
			await this.#handle.close();
		});
	}

	/** Removes it. */
	async abandon(): Promise<void> {
		await this.#handle.close().catch(() => undefined);
		await rm(this.#file, {force: true});
	}

	async *#chunks(): AsyncIterable<Buffer> {
		for (let at = 0; at < this.bytes;) {
			const {buffer, bytesRead} = await this.#handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, at);
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

function incomingFile(layout: Layout, oid: Oid): string {
	if (!isOid(oid)) {
		throw hostileData('an id that is none');
	}

	return path.join(layout.incoming, oid);
}
