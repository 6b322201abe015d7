/**
 * Writes a blob into `.pulsync/tmp`, streamed and checked against its oid. What leaves here is complete; it becomes
 * durable by `sync` and visible only afterwards.
 */
import {createHash} from 'node:crypto';
import {closeSync, fchmodSync, fchownSync, fdatasync, fstatSync, openSync, rmSync, writeSync} from 'node:fs';
import {open, rm, type FileHandle} from 'node:fs/promises';
import {type Readable} from 'node:stream';
import {promisify} from 'node:util';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {hashBytes} from './hash-file.js';

const datasync = promisify(fdatasync);

/** Where contents come from: the store. */
export type BlobSource = {
	/** Size of a blob; decides whether it is streamed. */
	blobBytes(oid: Oid): Promise<number>;
	/** A small blob in one piece. */
	readBlob(oid: Oid): Promise<Uint8Array>;
	/** A large blob as a stream of buffers. */
	openBlob(oid: Oid): Readable;
	/** The blob as a file that is there already, complete and durable, with the permissions of a new one. */
	takeAhead?(oid: Oid): Promise<StagedFile | undefined>;
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

type StageOptions = {
	readonly path: string;
	readonly oid: Oid;
	readonly executable: boolean;
	/** Of the file that is replaced; undefined for a new one, then the umask decides. */
	readonly like?: Ownership;
	readonly source: BlobSource;
	readonly signal?: AbortSignal;
};

export type Ownership = {readonly permissions: number; readonly uid: number; readonly gid: number};

/**
 * Throws the file system's error, or Failure `object_damaged` when the bytes are not those of the oid; nothing is left
 * behind.
 */
export async function stageFile(options: StageOptions): Promise<StagedFile> {
	const {oid, source} = options;
	const bytes = await source.blobBytes(oid);
	return bytes <= maxBufferedBytes
		? stageWhole(options, bytes, await source.readBlob(oid))
		: stageStream(options, bytes);
}

/** Without a turn of the loop: of a thousand small files that would be most of the time. */
function stageWhole(options: StageOptions, bytes: number, content: Uint8Array): StagedFile {
	const {path, oid, executable, like} = options;
	if (content.length !== bytes || hashBytes(content) !== oid) throw damaged(oid);
	const file = openSync(path, 'wx', modeOf(executable));
	try {
		for (let at = 0; at < content.length;) at += writeSync(file, content, at);
		if (like) copyOwnership(file, like, executable);
	} catch (error) {
		closeSync(file);
		rmSync(path, {force: true});
		throw error;
	}
	let isOpen = true;
	const close = () => {
		if (isOpen) closeSync(file);
		isOpen = false;
	};
	return {
		path,
		sync: async () => {
			try {
				await datasync(file);
			} finally {
				close();
			}
		},
		discard: async () => {
			close();
			await rm(path, {force: true});
		},
	};
}

async function stageStream(options: StageOptions, bytes: number): Promise<StagedFile> {
	const {path, oid, executable, like, source, signal} = options;
	const file = await open(path, 'wx', modeOf(executable));
	try {
		await writeChecked(file, source.openBlob(oid), {oid, bytes, signal});
		if (like) copyOwnership(file.fd, like, executable);
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

function modeOf(executable: boolean): number {
	return executable ? 0o777 : 0o666;
}

function damaged(oid: Oid): Failure {
	return new Failure('object_damaged', {details: {oid}});
}

async function writeChecked(
	file: FileHandle,
	chunks: AsyncIterable<unknown>,
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
	if (done !== expected.bytes || hash.digest('hex') !== expected.oid) throw damaged(expected.oid);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
	for (let at = 0; at < bytes.length;) {
		const {bytesWritten} = await file.write(bytes, at);
		at += bytesWritten;
	}
}

/** The new file keeps the permissions of the old one but for the exec bits, and its owner where that is possible. */
function copyOwnership(file: number, like: Ownership, executable: boolean): void {
	const own = fstatSync(file);
	if (own.uid !== like.uid || own.gid !== like.gid) {
		try {
			fchownSync(file, like.uid, like.gid);
		} catch {
			// Only root gives files away.
		}
	}
	const permissions = withExecutable(like.permissions, executable);
	if ((own.mode & 0o777) !== permissions) fchmodSync(file, permissions);
}

/** Permissions with execution allowed to whoever may read, or to nobody. */
export function withExecutable(permissions: number, executable: boolean): number {
	const plain = permissions & 0o666;
	return executable ? plain | ((plain & 0o444) >> 2) | 0o100 : plain;
}
