/**
 * Packs some objects for a peer: self-contained and without deltas, so the receiver can measure it before reading. What
 * one save adds is packed in this process; a segment by a git child, which copies stored objects as they are.
 */
import {createHash} from 'node:crypto';
import {deflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type CatFile} from './cat-file.js';
import {gitFailed, runGit} from './git-child.js';
import {encodeEntryHeader, encodePackHeader} from './pack-format.js';

/** A segment is 8 MiB of objects; deflating random bytes adds a little, headers and ids of many small ones more. */
export const maxPackBytes = 12 * 1024 * 1024;

/** Up to here starting a child takes longer than packing. */
const packedHere = {objects: 64, bytes: 512 * 1024} as const;

const args = [
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
	objects: CatFile,
	oids: readonly Oid[],
	signal?: AbortSignal,
): Promise<Buffer> {
	const wanted = [...new Set(oids)];
	return (await packHere(objects, wanted)) ?? packByChild(gitDir, wanted, signal);
}

/** A pack of a few small objects; undefined if they are many or large. */
async function packHere(objects: CatFile, oids: readonly Oid[]): Promise<Buffer | undefined> {
	if (oids.length > packedHere.objects) {
		return undefined;
	}

	const infos = await Promise.all(oids.map(async (oid) => objects.info(oid)));
	if (infos.reduce((sum, info) => sum + (info?.bytes ?? 0), 0) > packedHere.bytes) {
		return undefined;
	}

	const parts = [encodePackHeader(oids.length)];
	const found = await Promise.all(oids.map(async (oid) => objects.read(oid, packedHere.bytes)));
	for (const [at, object] of found.entries()) {
		if (!object?.content) {
			throw new Failure('missing_object', {details: {oid: oids[at] ?? ''}});
		}

		parts.push(encodeEntryHeader(object.type, object.bytes), deflateSync(object.content));
	}

	const pack = Buffer.concat(parts);
	return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

async function packByChild(gitDir: string, oids: readonly Oid[], signal?: AbortSignal): Promise<Buffer> {
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
