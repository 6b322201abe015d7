/** Which raw errors of the file system concern one path only, and under which code a person is told. */
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {isDiskFull} from './durable.js';

/** Why a step was not done. `changed`: the disk holds something else now. `blocked`: a file or folder is in the way. */
export type Skip = {
	readonly reason: 'changed' | 'blocked' | 'problem';
	readonly code?: string;
	readonly message?: string;
};

const skips: Readonly<Record<string, Skip>> = {
	ENOENT: {reason: 'changed'},
	EEXIST: {reason: 'changed'},
	ENOTDIR: {reason: 'blocked'},
	EISDIR: {reason: 'blocked'},
	ENOTEMPTY: {reason: 'blocked'},
	ELOOP: {reason: 'blocked'},
	EACCES: {reason: 'problem', code: 'not_writable'},
	EPERM: {reason: 'problem', code: 'not_writable'},
	EROFS: {reason: 'problem', code: 'not_writable'},
	EBUSY: {reason: 'problem', code: 'not_writable'},
	ETXTBSY: {reason: 'problem', code: 'not_writable'},
	EXDEV: {reason: 'problem', code: 'other_filesystem'},
	ENAMETOOLONG: {reason: 'problem', code: 'name_not_possible'},
	EINVAL: {reason: 'problem', code: 'name_not_possible'},
	EILSEQ: {reason: 'problem', code: 'name_not_possible'},
	EIO: {reason: 'problem', code: 'disk_error'},
	EMFILE: {reason: 'problem', code: 'too_many_open_files'},
	ENFILE: {reason: 'problem', code: 'too_many_open_files'},
};

/** What an error means for one path. Throws Failure `disk_full`, an abort, and whatever is a bug of ours. */
export function skipFor(error: unknown): Skip {
	if (isDiskFull(error)) throw new Failure('disk_full', {cause: error});
	if (error instanceof Failure) {
		if (error.code === 'disk_full' || error.code === 'aborted') throw error;
		return {reason: 'problem', code: error.code, message: error.message};
	}
	const skip = skips[errorCode(error)];
	if (!skip) throw error;
	return skip.reason === 'problem' && error instanceof Error ? {...skip, message: error.message} : skip;
}
