/**
 * Which names may stand in a synced tree. They hold for what we write and for what peers send: a name that one system
 * takes for `.git`, `.pulsync` or a way out of the root is refused on all. Pure.
 */

/** Most file systems end here. */
const maxNameBytes = 255;

/** PATH_MAX of Linux, with its final zero. */
export const maxPathBytes = 4095;

/** Deeper trees exist in attacks only. */
export const maxPathDepth = 64;

/** Code points that HFS+ leaves out when it compares names, so `.g\u200cit` is `.git` there. */
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

const reservedSpellings = new Set(['.git', '.pulsync']);

/** What NTFS calls them when it makes short names. */
const shortName = /^(git|pulsyn)~\d+$/;

/** Escape sequences begin with these; tab, line feed and carriage return are legal and do occur in names. */
const controlBytes = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Half of a pair: no bytes stand for it. */
const loneSurrogate = /\p{Surrogate}/u;

/** The reserved entry of the root in which conflict records live; allowed there and in this spelling alone. */
export const reservedName = '.pulsync';

/** Why a single name may not be synced, in a few words; undefined if it may. */
export function nameProblem(name: string): string | undefined {
	if (name === '') {
		return 'an empty name';
	}

	if (name.includes('/')) {
		return 'a slash in a name';
	}

	if (loneSurrogate.test(name)) {
		return 'a name that is not valid Unicode';
	}

	if (controlBytes.test(name)) {
		return 'a control character in a name';
	}

	if (name.length > maxNameBytes || Buffer.byteLength(name) > maxNameBytes) {
		return 'a name longer than 255 bytes';
	}

	// NTFS and Windows take a backslash for a slash.
	for (const part of name.split('\\')) {
		if (part === '.' || part === '..') {
			return 'a name that leads out of its folder';
		}

		if (isReserved(part)) {
			return 'a name that stands for .git or .pulsync';
		}
	}

	return undefined;
}

/** Why a project path may not be synced, in a few words; undefined if it may. */
export function pathProblem(path: string): string | undefined {
	if (path.length > maxPathBytes || Buffer.byteLength(path) > maxPathBytes) {
		return 'a path longer than 4095 bytes';
	}

	const names = path.split('/');
	if (names.length > maxPathDepth) {
		return 'a path deeper than 64 folders';
	}

	for (const name of names) {
		const problem = nameProblem(name);
		if (problem !== undefined) {
			return problem;
		}
	}

	return undefined;
}

/** True for every spelling that some file system takes for `.git` or `.pulsync`. */
function isReserved(name: string): boolean {
	// Most names are told apart by their first character; the rest costs three passes.
	if (!/^[.gGpP\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/u.test(name)) {
		return false;
	}

	const folded = name.replace(hfsIgnored, '').normalize('NFKC').toLowerCase();
	// NTFS: `name:stream` is the file `name`, and dots and spaces at the end do not count.
	const plain = (folded.split(':')[0] ?? '').replace(/[. ]+$/, '');
	return reservedSpellings.has(plain) || shortName.test(plain);
}
