/**
 * Packs some objects for a peer: self-contained and without deltas, so the receiver can measure it before reading. Entries are
 * copied as they stand in our packs; where some are stored as deltas, git unpacks and packs all of them.
 */
import {createHash} from 'node:crypto';
import {deflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader, type StoredObject} from './object-reader.js';
import {gitFailed, runGit} from './git-child.js';
import {storeDamaged, throwIfAborted} from './store-failure.js';
import {checksumBytes, encodeEntryHeader, encodePackHeader, packHeaderBytes} from './pack-format.js';
import {damageWords} from './store-words.js';

/** A segment is 8 MiB of objects; deflating random bytes adds a little, headers and ids of many small ones more. */
export const maxPackBytes = 12 * 1024 * 1024;

/**
 * How much work goes into a pack's size. `quick`: stored objects are copied with the deflate that they have (level 1, 0 for
 * what does not get smaller). `small`: each is deflated anew at the level that is worth it on slow paths.
 */
export type Packing = 'quick' | 'small';

const zlibLevels: Record<Packing, number> = {quick: 1, small: 6};

const baseArgs = [
	'pack-objects',
	'--stdout',
	'-q',
	'--window=0',
	'--depth=0',
	'--no-reuse-delta',
	'--threads=1',
] as const;

/** Rejects with Failure `missing_object` if one is not there and `too_large` if it gets larger than a segment. */
export async function packObjects(
	gitDir: string,
	objects: ObjectReader,
	oids: readonly Oid[],
	{packing = 'quick', signal}: {packing?: Packing; signal?: AbortSignal} = {},
): Promise<Buffer> {
	const wanted = [...new Set(oids)];
	const here = packing === 'quick' ? await packHere(objects, wanted, signal) : undefined;
	return here ?? packByChild(gitDir, wanted, packing, signal);
}

/** The entries as they stand in our packs, loose objects deflated; undefined where some object is stored otherwise. */
async function packHere(
	objects: ObjectReader,
	oids: readonly Oid[],
	signal?: AbortSignal,
): Promise<Buffer | undefined> {
	const parts: Buffer[] = [encodePackHeader(oids.length)];
	let bytes = packHeaderBytes + checksumBytes;
	for (const oid of oids) {
		const stored = await objects.stored(oid);
		throwIfAborted(signal);
		if (stored.kind === 'absent') {
			throw new Failure('missing_object', {details: {oid}});
		}

		const entry = packedEntry(stored, maxPackBytes);
		if (!entry) {
			return undefined;
		}

		for (const part of entry) {
			bytes += part.length;
			parts.push(part);
		}

		if (bytes > maxPackBytes) {
			throw new Failure('too_large', {details: {bytes, limit: maxPackBytes}});
		}
	}

	const hash = createHash('sha1');
	for (const part of parts) {
		hash.update(part);
	}

	return Buffer.concat([...parts, hash.digest()], bytes);
}

/** An entry's bytes; undefined if only git can make them, or they are no longer where they were. */
function packedEntry(stored: StoredObject, maxBytes: number): readonly Buffer[] | undefined {
	if (stored.kind === 'loose') {
		const {info, content} = stored;
		return [encodeEntryHeader(info.type, info.bytes), deflateSync(content, {level: zlibLevels.quick})];
	}

	if (stored.kind !== 'packed' || stored.entry.end - stored.entry.at > maxBytes) {
		return undefined;
	}

	let copy: Buffer | undefined;
	try {
		copy = stored.entry.pack.copy(stored.entry);
	} catch {
		return undefined; // joined with other packs meanwhile
	}

	if (!copy) {
		// Git would send it as it stands, and its receiver would take us for hostile.
		throw storeDamaged(damageWords.notWritten);
	}

	return [copy];
}

async function packByChild(
	gitDir: string,
	oids: readonly Oid[],
	packing: Packing,
	signal?: AbortSignal,
): Promise<Buffer> {
	const anew = ['--no-reuse-object', `--compression=${zlibLevels[packing]}`];
	const args = packing === 'quick' ? baseArgs : [...baseArgs, ...anew];
	const {exitCode, output, message} = await runGit(gitDir, args, {
		input: oids.map((oid) => `${oid}\n`).join(''),
		maxOutputBytes: maxPackBytes,
		signal,
	});
	if (exitCode !== 0) {
		const missing = /(?:unable to (?:find|read|get type of object)|bad object) ([0-9a-f]{40})/.exec(message);
		throw missing
			? new Failure('missing_object', {details: {oid: missing[1] ?? ''}})
			: gitFailed(args, message);
	}

	return output;
}
