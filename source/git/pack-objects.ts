/** Packs some objects for a peer: self-contained and without deltas, so the receiver can measure it before reading. */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {runGit, gitFailed} from './git-child.js';

/** A segment is 8 MiB of objects; deflating random bytes adds a little, headers and ids of many small ones more. */
export const maxPackBytes = 12 * 1024 * 1024;

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
	oids: readonly Oid[],
	signal?: AbortSignal,
): Promise<Buffer> {
	const {exitCode, output, message} = await runGit(gitDir, args, {
		input: oids.map((oid) => `${oid}\n`).join(''),
		maxOutputBytes: maxPackBytes,
		signal,
	});
	if (exitCode !== 0) {
		const missing =
			/(?:unable to (?:find|get type of object|read)|bad object|expected object ID[^\n]*) ([0-9a-f]{40})/.exec(
				message,
			);
		throw missing
			? new Failure('missing_object', {details: {oid: missing[1] ?? ''}})
			: gitFailed(args, message);
	}

	return output;
}
