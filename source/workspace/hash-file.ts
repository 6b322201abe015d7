/** The git object id of what stands on the disk, streamed, without a store. */
import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {type Content, formatContent, type Oid, type Path} from '../protocol/content.js';
import {type DiskEntry, isSameStat, lookAt} from './disk-entry.js';

/** Read at a time; larger is no faster. */
const chunkBytes = 256 * 1024;

/** Neither follows a link nor waits for the other end of a fifo, should one have taken the file's place. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The oid of a blob with these bytes. */
export function hashBytes(bytes: Uint8Array): Oid {
	return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/**
 * The content that an entry stands for; undefined when the file is not, or is no longer, the one that was looked at.
 * Throws the file system's error when it cannot be read.
 */
export async function hashEntry(
	root: string,
	path: Path,
	entry: DiskEntry,
	signal?: AbortSignal,
): Promise<Content | undefined> {
	if (entry.linkTarget !== undefined)
		return formatContent('120000', hashBytes(Buffer.from(entry.linkTarget)));
	const absolutePath = join(root, path);
	const hash = createHash('sha1').update(`blob ${entry.size}\0`);
	const file = await open(absolutePath, readFlags);
	try {
		const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, entry.size + 1));
		let done = 0;
		for (;;) {
			signal?.throwIfAborted();
			const {bytesRead} = await file.read(buffer, 0, buffer.length);
			if (bytesRead === 0) break;
			done += bytesRead;
			if (done > entry.size) return undefined;
			hash.update(buffer.subarray(0, bytesRead));
		}
		if (done !== entry.size) return undefined;
	} finally {
		await file.close();
	}
	const now = lookAt(absolutePath);
	if (now.kind !== 'entry' || !isSameStat(now.entry, entry)) return undefined;
	return formatContent(entry.mode, hash.digest('hex'));
}
