/**
 * Conflict records as git trees: `.pulsync/conflicts/<sha256 of path>/` holds `path` (a blob), `base` (an entry; missing
 * stands for absent) and one entry per side, named by its content. Packs carry the sides, since they are real entries.
 */
import {createHash} from 'node:crypto';
import {
	absent,
	formatContent,
	parseContent,
	type Path,
	sortContents,
	type Value,
} from '../protocol/content.js';
import {pathProblem} from './name-rules.js';
import {emptyBlobOid} from './object-format.js';
import {recordWords} from './store-words.js';
import {isFileMode, type TreeEntry} from './tree-format.js';

/** A decoded record. */
export type ConflictRecord = {readonly path: Path; readonly value: Value};

export type DecodedRecord =
	| {readonly ok: true; readonly value: Value; readonly pathEntry: TreeEntry}
	| {readonly ok: false; readonly reason: string};

/** The entries below the root that hold all records. */
export const recordsFolder = ['.pulsync', 'conflicts'] as const;

export const recordNamePattern = /^[0-9a-f]{64}$/;

const pathEntryName = 'path';
const baseEntryName = 'base';

/** More sides than a session has peers and versions in flight are not a conflict but an attack. */
const maxSides = 1024;

/** The name of a path's record. */
export function recordName(path: Path): string {
	return createHash('sha256').update(path).digest('hex');
}

/** The entries of a record's tree; `pathOid` is the blob that holds the path. */
export function encodeRecord(value: Value, pathOid: string): TreeEntry[] {
	const entries: TreeEntry[] = [{name: pathEntryName, mode: '100644', oid: pathOid}];
	const base = value.base === undefined ? undefined : parseContent(value.base);
	if (base) {
		entries.push({name: baseEntryName, ...base});
	}

	for (const content of value.contents) {
		entries.push({name: content, ...(parseContent(content) ?? {mode: '100644', oid: emptyBlobOid})});
	}

	return entries;
}

/** Decodes the entries of a record's tree; takes only what `encodeRecord` makes. */
export function decodeRecord(entries: readonly TreeEntry[]): DecodedRecord {
	const contents: string[] = [];
	let base = absent;
	let pathEntry: TreeEntry | undefined;
	if (entries.length > maxSides) {
		return {ok: false, reason: recordWords.tooManySides};
	}

	for (const entry of entries) {
		if (!isFileMode(entry.mode)) {
			return {ok: false, reason: recordWords.folder};
		}

		const content = formatContent(entry.mode, entry.oid);
		if (entry.name === pathEntryName && entry.mode === '100644') {
			pathEntry = entry;
		} else if (entry.name === baseEntryName) {
			base = content;
		} else if (entry.name === absent && entry.mode === '100644' && entry.oid === emptyBlobOid) {
			contents.push(absent);
		} else if (entry.name === content) {
			contents.push(content);
		} else {
			return {ok: false, reason: recordWords.noSide};
		}
	}

	if (!pathEntry || contents.length < 2) {
		return {ok: false, reason: recordWords.incomplete};
	}

	return {ok: true, value: {contents: sortContents(contents), base}, pathEntry};
}

/** Why the text of a record's `path` entry is not the path of that record; undefined if it is. */
export function recordPathProblem(path: string, name: string): string | undefined {
	return recordName(path) === name ? pathProblem(path) : recordWords.otherPath;
}
