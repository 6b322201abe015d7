/**
 * Which paths can never be part of a project, whoever names them: the rules are the same for what a disk holds and for
 * what a peer sends, so that no peer ever sends what another has to refuse. What one disk cannot hold for reasons of its
 * own (case, reserved device names) is not decided here.
 */
import {type Path} from './content.js';

export type PathFault = 'bad_name' | 'reserved_name' | 'too_long';

/** What file systems allow for one component, and what git warns about for a whole path. */
const maxNameBytes = 255;
const maxPathBytes = 4096;

/** Deeper trees are refused: no project has them, and walks stay bounded. */
const maxDepth = 128;

/** Code points that HFS+ ignores in names: `.g\u200Cit` is `.git` there. */
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Anything that can be part of a fault; paths without it are the common case and cost one test. */
const suspicious =
	/git|pulsyn|[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff\\\0\ufffd\ud800-\udfff]|(?:^|\/)\.{0,2}(?:\/|$)/i;

/** Why a path can not be synced anywhere; undefined for a good one. Never throws, whatever the text. */
export function findPathFault(path: Path): PathFault | undefined {
	if (path.length === 0) return 'bad_name';
	const long = path.length * 3 > maxNameBytes;
	if (!long && !suspicious.test(path)) return undefined;
	if (long && (path.length > maxPathBytes || utf8Length(path) > maxPathBytes)) return 'too_long';
	const names = path.split('/');
	if (names.length > maxDepth) return 'too_long';
	for (const name of names) {
		const fault = findNameFault(name);
		if (fault) return fault;
	}
	return undefined;
}

/** The same for one component. */
export function findNameFault(name: string): PathFault | undefined {
	if (name === '' || name === '.' || name === '..' || name.includes('\0') || name.includes('/'))
		return 'bad_name';
	if (/\p{Surrogate}/u.test(name)) return 'bad_name';
	if (name.length * 3 > maxNameBytes && utf8Length(name) > maxNameBytes) return 'too_long';
	// On NTFS a backslash separates: `..\x` climbs out, `a\.git` is a repository.
	for (const part of name.split('\\')) {
		if (part === '..' || isReservedName(part)) return 'reserved_name';
	}
	return undefined;
}

/** True for `.git` and `.pulsync` in any spelling that a file system of today takes for them (case, NTFS, HFS+). */
export function isReservedName(name: string): boolean {
	const plain = name.replace(hfsIgnored, '').normalize('NFC').toLowerCase();
	const onNtfs = plain.replace(/:.*$/s, '').replace(/[. ]+$/, '');
	return /^(?:\.git|\.pulsync|git~\d+|pulsyn~\d+)$/.test(onNtfs);
}

function utf8Length(text: string): number {
	let bytes = 0;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (unit < 0x80) bytes += 1;
		else if (unit < 0x800) bytes += 2;
		else if (unit >= 0xd800 && unit < 0xdc00) {
			bytes += 4;
			index++;
		} else bytes += 3;
	}
	return bytes;
}
