/**
 * Git trees as bytes: `<mode> <name>\0<20 bytes of id>` an entry, sorted by bytes, folders as if their names ended in a
 * slash. Encoding gives the one canonical form; parsing takes that form and nothing else, since these bytes may come
 * from a peer. Pure.
 */
import {isUtf8} from 'node:buffer';
import {type FileMode, type Oid} from '../protocol/content.js';
import {treeWords} from './store-words.js';

/** A folder's mode, as it stands in a tree. */
export const folderMode = '40000';

export type TreeMode = FileMode | typeof folderMode;

export type TreeEntry = {readonly name: string; readonly mode: TreeMode; readonly oid: Oid};

export type ParsedTree =
	{readonly ok: true; readonly entries: readonly TreeEntry[]} | {readonly ok: false; readonly reason: string};

const modes: ReadonlySet<string> = new Set(['100644', '100755', '120000', folderMode]);

const longestMode = 6;
const nullOid = '0'.repeat(40);

export function isFolder(entry: TreeEntry): entry is TreeEntry & {mode: typeof folderMode} {
	return entry.mode === folderMode;
}

export function isFileMode(mode: TreeMode): mode is FileMode {
	return mode !== folderMode;
}

/** Encodes entries in any order; names must be different and not empty, free of `/` and NUL. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
	const sorted = [...entries].sort(compareEntries);
	const heads = sorted.map((entry) => Buffer.from(`${entry.mode} ${entry.name}\0`));
	const bytes = Buffer.allocUnsafe(heads.reduce((sum, head) => sum + head.length + 20, 0));
	let at = 0;
	for (const [index, head] of heads.entries()) {
		at += head.copy(bytes, at);
		at += bytes.write(sorted[index]?.oid ?? '', at, 'hex');
	}

	return bytes;
}

/** Parses a canonical tree; every deviation, however small, is a reason. Judges form, not names (see name-rules). */
export function parseTree(bytes: Buffer): ParsedTree {
	const entries: TreeEntry[] = [];
	const names = new Set<string>();
	let before: TreeEntry | undefined;
	for (let at = 0; at < bytes.length;) {
		const space = bytes.indexOf(0x20, at);
		if (space < 0 || space - at > longestMode) {
			return bad(treeWords.noMode);
		}

		const mode = bytes.toString('latin1', at, space);
		if (!isTreeMode(mode)) {
			return bad(treeWords.otherMode);
		}

		const end = bytes.indexOf(0, space + 1);
		if (end < 0 || end + 21 > bytes.length) {
			return bad(treeWords.cutOff);
		}

		const nameBytes = bytes.subarray(space + 1, end);
		if (nameBytes.length === 0 || !isUtf8(nameBytes) || nameBytes.includes(0x2f)) {
			return bad(treeWords.badName);
		}

		const name = nameBytes.toString();
		const oid = bytes.toString('hex', end + 1, end + 21);
		const entry: TreeEntry = {name, mode, oid};
		if (oid === nullOid) {
			return bad(treeWords.nullId);
		}

		if ((before && compareEntries(before, entry) >= 0) || names.has(name)) {
			return bad(treeWords.notSorted);
		}

		names.add(name);
		entries.push(entry);
		before = entry;
		at = end + 21;
	}

	return {ok: true, entries};
}

/** Git's order of entries within a tree. */
export function compareEntries(a: TreeEntry, b: TreeEntry): number {
	return compareByBytes(isFolder(a) ? `${a.name}/` : a.name, isFolder(b) ? `${b.name}/` : b.name);
}

/**
 * Compares by UTF-8 bytes. JavaScript compares UTF-16 units, which is the same order unless one side has a surrogate
 * pair and the other a character from U+E000 on.
 */
export function compareByBytes(a: string, b: string): number {
	if (a === b) {
		return 0;
	}

	const length = Math.min(a.length, b.length);
	for (let at = 0; at < length; at++) {
		const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
		if (x !== y) {
			// A pair stands for a character beyond U+FFFF, so it comes after every single unit.
			const [xIsPair, yIsPair] = [isSurrogate(x), isSurrogate(y)];
			return xIsPair === yIsPair ? x - y : xIsPair ? 1 : -1;
		}
	}

	return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit < 0xe000;
}

function isTreeMode(mode: string): mode is TreeMode {
	return modes.has(mode);
}

function bad(reason: string): ParsedTree {
	return {ok: false, reason};
}
