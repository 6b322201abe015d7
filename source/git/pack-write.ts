/**
 * Writes many objects as one pack, in this process and with bounded memory. Nothing is visible before `finish`, which
 * syncs pack and index and renames them in that order; `discard` leaves no trace.
 */
import {createHash, type Hash} from 'node:crypto';
import {type FileHandle, open, rm} from 'node:fs/promises';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {crc32, createDeflate, deflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {type DirtyFolders} from './dirty-folders.js';
import {hashObject, type ObjectType, startObjectHash} from './object-format.js';
import {encodeEntryHeader, encodePackHeader, packHeaderBytes, type PackEntry} from './pack-format.js';
import {installPack} from './pack-install.js';
import {readAhead} from './read-ahead.js';
import {type Layout} from './repository-layout.js';
import {storeDeflated} from './stored-deflate.js';
import {throwIfAborted, withStoreFailures} from './store-failure.js';

/** Small entries are gathered up to this size before they go to disk. */
const gatheredBytes = 1024 * 1024;

const rereadBytes = 1024 * 1024;

const deflatedAtOnceBytes = 256 * 1024;

let serial = 0;

export class PackWriter {
	readonly #layout: Layout;
	readonly #dirty: DirtyFolders;
	readonly #file: string;
	readonly #handle: FileHandle;
	readonly #entries = new Map<Oid, PackEntry>();
	#gathered: Buffer[] = [];
	#gatheredLength = 0;
	#written = packHeaderBytes;
	/** The checksum so far as long as there is one object at most, so that a large one is not read once more. */
	#lone: Hash | undefined = createHash('sha1').update(encodePackHeader(1));

	private constructor(layout: Layout, dirty: DirtyFolders, file: string, handle: FileHandle) {
		this.#layout = layout;
		this.#dirty = dirty;
		this.#file = file;
		this.#handle = handle;
	}

	static async create(layout: Layout, dirty: DirtyFolders): Promise<PackWriter> {
		const file = path.join(layout.temporary, `pack-${serial++}`);
		return withStoreFailures(async () => new PackWriter(layout, dirty, file, await open(file, 'wx+', 0o444)));
	}

	/** Bytes so far; close the pack and begin another one long before 2 GiB. */
	get bytes(): number {
		return this.#written + this.#gatheredLength;
	}

	get objects(): number {
		return this.#entries.size;
	}

	has(oid: Oid): boolean {
		return this.#entries.has(oid);
	}

	async add(type: ObjectType, content: Uint8Array, oid = hashObject(type, content)): Promise<Oid> {
		if (!this.#entries.has(oid)) {
			const header = encodeEntryHeader(type, content.length);
			const packed = deflateSync(content, {level: 1});
			const offset = this.bytes;
			this.#entries.set(oid, {oid, offset, crc: crc32(packed, crc32(header))});
			this.#gathered.push(header, packed);
			this.#gatheredLength += header.length + packed.length;
			if (this.#gatheredLength >= gatheredBytes) {
				await this.#write();
			}
		}

		return oid;
	}

	/**
	 * Adds an object from a stream. `undefined` when the stream is not exactly as long as was said; then, as after an
	 * error, the pack is as it was before.
	 */
	async addStream(
		type: ObjectType,
		bytes: number,
		source: AsyncIterable<Buffer>,
		{level, signal}: {level: 0 | 1; signal?: AbortSignal},
	): Promise<Oid | undefined> {
		await this.#write();
		if (this.#entries.size > 0) {
			this.#lone = undefined;
		}

		const offset = this.#written;
		const header = encodeEntryHeader(type, bytes);
		const hash = startObjectHash(type, bytes);
		let seen = 0;
		let crc = crc32(header);
		async function* checked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
			for await (const chunk of chunks) {
				seen += chunk.length;
				if (seen > bytes) {
					return;
				}

				hash.update(chunk);
				yield chunk;
			}
		}

		const write = async (chunks: AsyncIterable<Buffer>) => {
			for await (const chunk of chunks) {
				throwIfAborted(signal);
				crc = crc32(chunk, crc);
				await withStoreFailures(async () => this.#append(chunk));
			}
		};

		try {
			await withStoreFailures(async () => this.#append(header));
			if (level === 0) {
				await write(readAhead(storeDeflated(checked(source))));
			} else {
				const deflate = createDeflate({level, chunkSize: deflatedAtOnceBytes});
				await pipeline(source, checked, deflate, write, {signal});
			}
		} catch (error) {
			this.#rewind(offset);
			throwIfAborted(signal);
			throw error;
		}

		const oid = hash.digest('hex');
		if (seen !== bytes || this.#entries.has(oid)) {
			this.#rewind(offset);
			return seen === bytes ? oid : undefined;
		}

		this.#entries.set(oid, {oid, offset, crc});
		return oid;
	}

	/** Takes back the object that was added last, which turned out to be in the store. */
	dropLast(oid: Oid): void {
		const entry = this.#entries.get(oid);
		if (entry && this.#gatheredLength === 0) {
			this.#entries.delete(oid);
			this.#rewind(entry.offset);
		}
	}

	/** Makes all objects visible and durable (the folder is, after `DirtyFolders.flush`). An empty pack vanishes. */
	async finish(): Promise<void> {
		if (this.#entries.size === 0) {
			await this.discard();
			return;
		}

		await withStoreFailures(
			async () => {
				await this.#write();
				await this.#handle.truncate(this.#written);
				await this.#handle.write(encodePackHeader(this.#entries.size), 0, packHeaderBytes, 0);
				const checksum = await this.#checksum();
				await this.#append(checksum);
				await this.#handle.sync();
				await this.#handle.close();
				await installPack(this.#layout, this.#dirty, this.#file, [...this.#entries.values()], checksum);
			},
			async () => this.discard(),
		);
	}

	async discard(): Promise<void> {
		await this.#handle.close().catch(() => undefined);
		await rm(this.#file, {force: true});
	}

	#rewind(offset: number): void {
		this.#written = offset;
		this.#lone = undefined;
	}

	/** The header tells the number of objects, which is known at the end: so the file is read once more. */
	async #checksum(): Promise<Buffer> {
		if (this.#lone && this.#entries.size === 1) {
			const checksum = this.#lone.digest();
			this.#lone = undefined;
			return checksum;
		}

		const hash = createHash('sha1');
		const buffer = Buffer.allocUnsafe(rereadBytes);
		for (let at = 0; at < this.#written;) {
			const {bytesRead} = await this.#handle.read(buffer, 0, Math.min(rereadBytes, this.#written - at), at);
			if (bytesRead === 0) {
				throw Object.assign(new Error('pack got shorter'), {code: 'EIO'});
			}

			hash.update(buffer.subarray(0, bytesRead));
			at += bytesRead;
		}

		return hash.digest();
	}

	async #write(): Promise<void> {
		if (this.#gatheredLength > 0) {
			const bytes = Buffer.concat(this.#gathered, this.#gatheredLength);
			this.#gathered = [];
			this.#gatheredLength = 0;
			await withStoreFailures(async () => this.#append(bytes));
		}
	}

	async #append(bytes: Buffer): Promise<void> {
		if (this.#entries.size > 1) {
			this.#lone = undefined;
		}

		this.#lone?.update(bytes);
		for (let done = 0; done < bytes.length;) {
			const {bytesWritten} = await this.#handle.write(bytes, done, bytes.length - done, this.#written);
			done += bytesWritten;
			this.#written += bytesWritten;
		}
	}
}
