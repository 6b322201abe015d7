/**
 * Which paths can never be part of a project, whoever names them. The rules are the same for what a disk holds and for
 * what a peer sends, so that no peer ever sends what another has to refuse. What one disk cannot hold for reasons of its
 * own (case, device names) is not decided here.
 */
import {type Path} from './content.js';

export type PathFault = 'bad_name' | 'reserved_name' | 'name_too_long';

/** What file systems allow for one component, and Linux for a whole path. */
const maxNameBytes = 255;
const maxPathBytes = 4095;

/** Deeper trees exist in attacks only, and walks stay bounded. */
const maxDepth = 64;

/** Code points that HFS+ ignores in names: `.g\u200cit` is `.git` there. */
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Escape sequences begin with these; tab, line feed and carriage return are legal and do occur in names. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Plain text, and nothing in it that could make a fault: the common case costs these two tests. */
const plain = /^[ -[\]-~]{1,80}$/;
const suspicious = /git|pulsyn|(?:^|\/)\.{0,2}(?:\/|$)/i;

/** Why a path can not be synced anywhere; undefined for a good one. Never throws, whatever the text. */
export function findPathFault(path: Path): PathFault | undefined {
	if (plain.test(path) && !suspicious.test(path)) return undefined;
	if (path.length > maxPathBytes || utf8Length(path) > maxPathBytes) return 'name_too_long';
	const names = path.split('/');
	if (names.length > maxDepth) return 'name_too_long';
	for (const name of names) {
		const fault = findNameFault(name);
		if (fault) return fault;
	}
	return undefined;
}

/** True for `.git` and `.pulsync` in any spelling that a file system of today takes for them (case, NTFS, HFS+). */
export function isReservedName(name: string): boolean {
	const folded = name.replace(hfsIgnored, '').normalize('NFKC').toLowerCase();
	// NTFS: `name:stream` is the file `name`, and dots and spaces at the end do not count.
	const onNtfs = folded.replace(/:.*$/s, '').replace(/[. ]+$/, '');
	return /^(?:\.git|\.pulsync|git~\d+|pulsyn~\d+)$/.test(onNtfs);
}

function findNameFault(name: string): PathFault | undefined {
	if (name === '' || name === '.' || name === '..') return 'bad_name';
	if (control.test(name) || /\p{Surrogate}/u.test(name)) return 'bad_name';
	if (utf8Length(name) > maxNameBytes) return 'name_too_long';
	// On NTFS a backslash separates: `..\x` climbs out, `a\.git` is a repository.
	for (const part of name.split('\\')) {
		if (part === '.' || part === '..' || isReservedName(part)) return 'reserved_name';
	}
	return undefined;
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
