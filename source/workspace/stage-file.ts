/**
 * Writes a blob into `.pulsync/tmp`, streamed and checked against its oid. What leaves here is complete; it becomes
 * durable by `sync` and visible only afterwards.
 */
import {createHash} from 'node:crypto';
import {open, rm, type FileHandle} from 'node:fs/promises';
import {type Readable} from 'node:stream';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';

/** Where contents come from: the store. */
export type BlobSource = {
	/** Size of a blob; decides whether it is streamed. */
	blobBytes(oid: Oid): Promise<number>;
	/** A small blob in one piece. */
	readBlob(oid: Oid): Promise<Uint8Array>;
	/** A large blob as a stream of buffers. */
	openBlob(oid: Oid): Readable;
};

/** A complete file under a temporary name. */
export type StagedFile = {
	readonly path: string;
	/** Waits until its bytes are on the disk. */
	sync(): Promise<void>;
	/** Removes it, if it is still there. */
	discard(): Promise<void>;
};

/** Larger blobs are streamed; 16 of this size at once is what staging holds in memory. */
const maxBufferedBytes = 1024 * 1024;

/**
 * `permissions` are those of the file that is replaced, or undefined for a new one (then the umask decides). Throws the
 * file system's error, or Failure `object_damaged` when the bytes are not those of the oid; nothing is left behind.
 */
export async function stageFile(options: {
	path: string;
	oid: Oid;
	executable: boolean;
	like?: {permissions: number; uid: number; gid: number};
	source: BlobSource;
	signal?: AbortSignal;
}): Promise<StagedFile> {
	const {path, oid, like, source, signal} = options;
	const bytes = await source.blobBytes(oid);
	const file = await open(path, 'wx', options.executable ? 0o777 : 0o666);
	try {
		const chunks = bytes <= maxBufferedBytes ? [await source.readBlob(oid)] : source.openBlob(oid);
		await writeChecked(file, chunks, {oid, bytes, signal});
		if (like) await copyOwnership(file, like, options.executable);
	} catch (error) {
		await file.close();
		await rm(path, {force: true});
		throw error;
	}
	return {
		path,
		sync: async () => {
			try {
				await file.datasync();
			} finally {
				await file.close();
			}
		},
		discard: async () => {
			await file.close().catch(() => undefined); // closed by sync
			await rm(path, {force: true});
		},
	};
}

async function writeChecked(
	file: FileHandle,
	chunks: AsyncIterable<unknown> | Iterable<unknown>,
	expected: {oid: Oid; bytes: number; signal?: AbortSignal},
): Promise<void> {
	const hash = createHash('sha1').update(`blob ${expected.bytes}\0`);
	let done = 0;
	for await (const chunk of chunks) {
		expected.signal?.throwIfAborted();
		if (!(chunk instanceof Uint8Array)) throw new TypeError('a blob is read as bytes');
		done += chunk.length;
		if (done > expected.bytes) break;
		hash.update(chunk);
		await writeAll(file, chunk);
	}
	if (done !== expected.bytes || hash.digest('hex') !== expected.oid) {
		throw new Failure('object_damaged', {details: {oid: expected.oid}});
	}
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
	for (let at = 0; at < bytes.length;) {
		const {bytesWritten} = await file.write(bytes, at);
		at += bytesWritten;
	}
}

/** The new file keeps the permissions of the old one but for the exec bits, and its owner where that is possible. */
async function copyOwnership(
	file: FileHandle,
	like: {permissions: number; uid: number; gid: number},
	executable: boolean,
): Promise<void> {
	const own = await file.stat();
	if (own.uid !== like.uid || own.gid !== like.gid)
		await file.chown(like.uid, like.gid).catch(() => undefined);
	const permissions = withExecutable(like.permissions, executable);
	if ((own.mode & 0o777) !== permissions) await file.chmod(permissions);
}

/** Permissions with execution allowed to whoever may read, or to nobody. */
export function withExecutable(permissions: number, executable: boolean): number {
	const plain = permissions & 0o666;
	return executable ? plain | ((plain & 0o444) >> 2) | 0o100 : plain;
}
