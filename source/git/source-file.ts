/**
 * Reads a file of the project as one consistent content: never through a symlink, never mapped into memory (a file that
 * is cut short while it is read would kill the process), and only if it did not change meanwhile.
 */
import {constants} from 'node:fs';
import {type FileHandle, open, readlink} from 'node:fs/promises';
import {Failure} from '../protocol/failure.js';
import {BufferRing} from './buffer-ring.js';
import {streamedAboveBytes} from './object-format.js';
import {systemCode} from './store-failure.js';

/** `changed`: it moved, vanished or became something else while it was read; look again later. */
export type Changed = 'changed';

const chunkBytes = 1024 * 1024;
const sampleBytes = 64 * 1024;

/** Without O_NONBLOCK opening a fifo that took the file's place would wait for ever. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

type Stamp = {readonly size: bigint; readonly mtimeNs: bigint; readonly ino: bigint};

export class SourceFile {
	readonly bytes: number;
	readonly #path: string;
	readonly #handle: FileHandle;
	readonly #stamp: Stamp;

	private constructor(path: string, handle: FileHandle, stamp: Stamp) {
		this.#path = path;
		this.#handle = handle;
		this.#stamp = stamp;
		this.bytes = Number(stamp.size);
	}

	/** Opens a regular file. Rejects with Failure `unreadable` where permission or disk refuses. */
	static async open(file: string): Promise<SourceFile | Changed> {
		let handle: FileHandle;
		try {
			handle = await open(file, openFlags);
		} catch (error) {
			return vanishedOrUnreadable(error, file);
		}

		try {
			const stat = await handle.stat({bigint: true});
			if (stat.isFile()) {
				return new SourceFile(file, handle, stat);
			}
		} catch (error) {
			await handle.close();
			return vanishedOrUnreadable(error, file);
		}

		await handle.close();
		return 'changed';
	}

	get isSmall(): boolean {
		return this.bytes <= streamedAboveBytes;
	}

	/** The whole content of a small file. */
	async readAll(): Promise<Buffer | Changed> {
		// One byte more than expected, so that growth is seen.
		const buffer = Buffer.allocUnsafe(this.bytes + 1);
		let filled = 0;
		while (filled < buffer.length) {
			const bytesRead = await this.#read(buffer, filled, filled);
			if (bytesRead === 0) {
				break;
			}

			filled += bytesRead;
		}

		return filled === this.bytes && (await this.isUnchanged()) ? buffer.subarray(0, filled) : 'changed';
	}

	/** The beginning, to judge whether deflating pays. */
	async sample(): Promise<Buffer> {
		const buffer = Buffer.allocUnsafe(sampleBytes);
		return buffer.subarray(0, await this.#read(buffer, 0, 0));
	}

	/** Each stands as long as in a ring of buffers. */
	async *chunks(): AsyncIterable<Buffer> {
		const ring = new BufferRing(chunkBytes);
		for (let at = 0; ;) {
			const buffer = ring.take();
			const bytesRead = await this.#read(buffer, 0, at);
			if (bytesRead === 0) {
				return;
			}

			at += bytesRead;
			yield buffer.subarray(0, bytesRead);
		}
	}

	async isUnchanged(): Promise<boolean> {
		const {size, mtimeNs, ino} = await this.#handle.stat({bigint: true});
		return size === this.#stamp.size && mtimeNs === this.#stamp.mtimeNs && ino === this.#stamp.ino;
	}

	/** Fills a buffer from a place in it with what stands at an offset of the file; 0 at its end. */
	async #read(buffer: Buffer, from: number, offset: number): Promise<number> {
		try {
			return (await this.#handle.read(buffer, from, buffer.length - from, offset)).bytesRead;
		} catch (error) {
			throw unreadable(error, this.#path);
		}
	}

	async close(): Promise<void> {
		await this.#handle.close().catch(() => undefined);
	}
}

/** The target of a symlink as bytes, which is what its blob holds. */
export async function readLinkTarget(file: string): Promise<Buffer | Changed> {
	try {
		return await readlink(file, {encoding: 'buffer'});
	} catch (error) {
		return vanishedOrUnreadable(error, file);
	}
}

function vanishedOrUnreadable(error: unknown, file: string): Changed {
	const code = systemCode(error) ?? 'unknown';
	// ELOOP: a symlink; EINVAL: no symlink; ENXIO: a socket. All say that something else is there now.
	if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'ENXIO', 'EISDIR'].includes(code)) {
		return 'changed';
	}

	throw unreadable(error, file);
}

function unreadable(error: unknown, file: string): Failure {
	return new Failure('unreadable', {
		details: {path: file, reason: systemCode(error) ?? 'unknown'},
		cause: error,
	});
}
