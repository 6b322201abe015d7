/** Contents of blobs: small ones in one piece, large ones streamed, from their pack or by a git child of their own. */
import {type FileHandle, open} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {createInflate} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader} from './object-reader.js';
import {startGit} from './git-child.js';
import {streamedAboveBytes} from './object-format.js';
import {type PackedObject} from './pack-file.js';
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

async function* blobChunks(gitDir: string, objects: ObjectReader, oid: Oid): AsyncGenerator<Buffer> {
	const info = await objects.info(oid);
	if (info?.type !== 'blob') {
		throw new Failure('missing_object', {details: {oid}});
	}

	if (info.bytes <= streamedAboveBytes) {
		yield await readObject(objects, oid, streamedAboveBytes);
		return;
	}

	const stored = await objects.stored(oid);
	const packed = stored.kind === 'packed' ? await openEntry(stored.entry) : undefined;
	if (packed) {
		yield* packed;
		return;
	}

	yield* chunksByChild(gitDir, oid, info.bytes);
}

/** The content of an entry, not longer than its header says; undefined if its pack was joined with others meanwhile. */
async function openEntry(entry: PackedObject): Promise<AsyncGenerator<Buffer> | undefined> {
	const handle = await open(entry.pack.path).catch((error: unknown) => {
		if (systemCode(error) === 'ENOENT') {
			return undefined;
		}

		throw toStoreFailure(error);
	});
	return handle && inflatedChunks(handle, entry);
}

async function* inflatedChunks(
	handle: FileHandle,
	{bytes, dataAt, end}: PackedObject,
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

			yield chunk;
		}
	} catch (error) {
		throw systemCode(error)?.startsWith('Z_')
			? storeDamaged('an entry that does not inflate')
			: toStoreFailure(error);
	} finally {
		source.destroy();
		inflate.destroy();
	}

	if (seen !== bytes) {
		throw storeDamaged('an entry that is not as long as it says');
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
			throw storeDamaged('a blob could not be read to its end', {oid});
		}
	} finally {
		// A reader that stops early leaves a child that waits on its pipe.
		child.kill('SIGKILL');
	}
}
