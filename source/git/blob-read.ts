/** Contents of blobs: small ones in one piece, large ones streamed, from their pack or by a git child of their own. */
import {type FileHandle, open} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {crc32, createInflate} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader} from './object-reader.js';
import {BufferRing} from './buffer-ring.js';
import {startGit} from './git-child.js';
import {streamedAboveBytes} from './object-format.js';
import {type PackedObject} from './pack-file.js';
import {readAhead} from './read-ahead.js';
import {damageWords} from './store-words.js';
import {StoredInflate} from './stored-deflate.js';
import {storeDamaged, systemCode, toStoreFailure} from './store-failure.js';

const chunkBytes = 512 * 1024;

/** An object's content. Rejects with Failure `missing_object`, or `too_large` beyond `maxBytes`. */
export async function readObject(objects: ObjectReader, oid: Oid, maxBytes: number): Promise<Buffer> {
	const object = await objects.read(oid, maxBytes);
	if (!object) {
		throw new Failure('missing_object', {details: {oid}});
	}

	const {bytes, content} = object;
	if (!content) {
		throw new Failure('too_large', {details: {oid, bytes, limit: maxBytes}});
	}

	return content;
}

/** A blob as a stream; errors with a Failure when it is missing, damaged or cut off. */
export function streamBlob(gitDir: string, objects: ObjectReader, oid: Oid): Readable {
	return Readable.from(blobChunks(gitDir, objects, oid), {objectMode: false, highWaterMark: 256 * 1024});
}

/** Where memory for the next chunk of a blob comes from. */
type Memory = (bytes: number) => Buffer;

/** The same for who is done with each chunk when the next one comes: it stands as long as in a ring of buffers. */
export function passBlob(gitDir: string, objects: ObjectReader, oid: Oid): AsyncGenerator<Buffer> {
	const ring = new BufferRing(chunkBytes);
	return blobChunks(gitDir, objects, oid, (bytes) => ring.take(bytes));
}

async function* blobChunks(
	gitDir: string,
	objects: ObjectReader,
	oid: Oid,
	memory: Memory = (bytes) => Buffer.allocUnsafe(bytes),
): AsyncGenerator<Buffer> {
	const info = await objects.info(oid);
	if (info?.type !== 'blob') {
		throw new Failure('missing_object', {details: {oid}});
	}

	if (info.bytes <= streamedAboveBytes) {
		yield await readObject(objects, oid, streamedAboveBytes);
		return;
	}

	const stored = await objects.stored(oid);
	const packed = stored.kind === 'packed' ? await openEntry(stored.entry, memory) : undefined;
	if (packed) {
		yield* readAhead(packed);
		return;
	}

	yield* chunksByChild(gitDir, oid, info.bytes);
}

/** The content of an entry, not longer than its header says; undefined if its pack was joined with others meanwhile. */
async function openEntry(entry: PackedObject, memory: Memory): Promise<AsyncGenerator<Buffer> | undefined> {
	const handle = await open(entry.pack.path).catch((error: unknown) => {
		if (systemCode(error) === 'ENOENT') {
			return undefined;
		}

		throw toStoreFailure(error);
	});
	return handle && entryChunks(handle, entry, memory);
}

/** Without zlib as long as nothing was deflated, which is several times as quick. */
async function* entryChunks(handle: FileHandle, entry: PackedObject, memory: Memory): AsyncGenerator<Buffer> {
	let isHandedOn = false;
	try {
		const seen = yield* storedChunks(handle, entry, memory);
		if (seen < entry.bytes) {
			isHandedOn = true;
			yield* inflatedChunks(handle, entry, seen);
		}
	} catch (error) {
		throw error instanceof Failure ? error : toStoreFailure(error);
	} finally {
		if (!isHandedOn) {
			await handle.close();
		}
	}
}

/** The contents of stored blocks; ends with how many bytes that were when another kind of block comes. */
async function* storedChunks(
	handle: FileHandle,
	{bytes, at, dataAt, end, crc}: PackedObject,
	memory: Memory,
): AsyncGenerator<Buffer, number> {
	const stored = new StoredInflate();
	let seen = 0;
	let sum = 0;
	for (let next = at; next < end;) {
		const wanted = Math.min(chunkBytes, end - next);
		const {buffer, bytesRead} = await handle.read(memory(wanted), 0, wanted, next);
		if (bytesRead === 0) {
			break;
		}

		const read = buffer.subarray(0, bytesRead);
		const skipped = Math.max(0, Math.min(bytesRead, dataAt - next));
		sum = crc32(read, sum);
		next += bytesRead;
		const chunk = stored.push(read.subarray(skipped));
		seen += chunk.length;
		if (seen > bytes) {
			throw storeDamaged(damageWords.wrongLength);
		}

		if (chunk.length > 0) {
			yield chunk;
		}

		if (!stored.isStored) {
			return seen;
		}
	}

	if (!stored.isOver || seen !== bytes || sum !== crc) {
		throw storeDamaged(damageWords.notWritten);
	}

	return seen;
}

/** What zlib makes of an entry, behind the bytes that were read without it. */
async function* inflatedChunks(
	handle: FileHandle,
	{bytes, dataAt, end}: PackedObject,
	from: number,
): AsyncGenerator<Buffer> {
	const source = handle.createReadStream({start: dataAt, end: end - 1, highWaterMark: chunkBytes});
	const inflate = createInflate({chunkSize: chunkBytes});
	// An error of the source has to end the reader, too; a reader that stops early, the source.
	source.once('error', (error) => inflate.destroy(error)).pipe(inflate);
	let seen = 0;
	try {
		for await (const chunk of inflate as AsyncIterable<Buffer>) {
			seen += chunk.length;
			if (seen > bytes) {
				break;
			}

			const passedOver = Math.max(0, from - (seen - chunk.length));
			if (passedOver < chunk.length) {
				yield chunk.subarray(passedOver);
			}
		}
	} catch (error) {
		throw systemCode(error)?.startsWith('Z_') ? storeDamaged(damageWords.notInflated) : toStoreFailure(error);
	} finally {
		source.destroy();
		inflate.destroy();
	}

	if (seen !== bytes) {
		throw storeDamaged(damageWords.wrongLength);
	}
}

async function* chunksByChild(gitDir: string, oid: Oid, bytes: number): AsyncGenerator<Buffer> {
	const child = startGit(gitDir, ['cat-file', 'blob', oid]);
	child.stderr.resume();
	child.stdin.end();
	const ended = new Promise<number | null>((resolve) => {
		child.once('close', resolve);
		child.once('error', () => {
			resolve(null);
		});
	});
	let seen = 0;
	try {
		for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
			seen += chunk.length;
			yield chunk;
		}

		if ((await ended) !== 0 || seen !== bytes) {
			throw storeDamaged(damageWords.blobCutOff, {oid});
		}
	} finally {
		// A reader that stops early leaves a child that waits on its pipe.
		child.kill('SIGKILL');
	}
}
