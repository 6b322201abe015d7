/** Contents of blobs: small ones through the long-lived child, large ones streamed by a child of their own. */
import {Readable} from 'node:stream';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type CatFile} from './cat-file.js';
import {startGit} from './git-child.js';
import {streamedAboveBytes} from './object-format.js';
import {storeDamaged} from './store-failure.js';

/** An object's content. Rejects with Failure `missing_object`, or `too_large` beyond `maxBytes`. */
export async function readObject(objects: CatFile, oid: Oid, maxBytes: number): Promise<Buffer> {
	const info = await objects.info(oid);
	if (!info) {
		throw new Failure('missing_object', {details: {oid}});
	}

	const content = info.bytes <= maxBytes ? (await objects.read(oid, maxBytes))?.content : undefined;
	if (!content) {
		throw new Failure('too_large', {details: {oid, bytes: info.bytes, limit: maxBytes}});
	}

	return content;
}

/** A blob as a stream; errors with a Failure when it is missing, damaged or cut off. */
export function streamBlob(gitDir: string, objects: CatFile, oid: Oid): Readable {
	return Readable.from(blobChunks(gitDir, objects, oid), {objectMode: false, highWaterMark: 256 * 1024});
}

async function* blobChunks(gitDir: string, objects: CatFile, oid: Oid): AsyncGenerator<Buffer> {
	const info = await objects.info(oid);
	if (info?.type !== 'blob') {
		throw new Failure('missing_object', {details: {oid}});
	}

	if (info.bytes <= streamedAboveBytes) {
		yield await readObject(objects, oid, streamedAboveBytes);
		return;
	}

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

		if ((await ended) !== 0 || seen !== info.bytes) {
			throw storeDamaged('a blob could not be read to its end', {oid});
		}
	} finally {
		// A reader that stops early leaves a child that waits on its pipe.
		child.kill('SIGKILL');
	}
}
