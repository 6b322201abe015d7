/**
 * The bytes of the shown index's journal: a header line, then one line a batch of records:
 *
 *     <crc32 of the JSON, 8 hex digits> <JSON array of records>\n
 *     record: [path, content, size, mtimeNs, ctimeNs, ino, seenAtMs] · [path, content] · [path]
 *
 * Later records win. Decoding stops at the first line that is torn or not ours, and never throws.
 */
import {crc32} from 'node:zlib';
import {absent, type Content, parseContent, type Path} from '../protocol/content.js';
import {type ShownChanges, type ShownEntry} from './shown-index.js';

export const journalHeader = Buffer.from('pulsync shown 1\n');

/** Long lines cost memory while they are parsed, short ones cost a checksum each. */
const maxRecordsPerLine = 512;

type Row =
	| [path: Path]
	| [path: Path, content: Content]
	| [
			path: Path,
			content: Content,
			size: number,
			mtimeNs: string,
			ctimeNs: string,
			ino: string,
			seenAtMs: number,
	  ];

/** The lines of some changes, ready to be appended. */
export function encodeRecords(changes: ShownChanges): Buffer {
	const lines: string[] = [];
	let rows: Row[] = [];
	const endLine = () => {
		if (rows.length === 0) return;
		const json = JSON.stringify(rows);
		lines.push(`${checksum(json)} ${json}\n`);
		rows = [];
	};
	for (const [path, entry] of changes) {
		rows.push(encodeRow(path, entry));
		if (rows.length === maxRecordsPerLine) endLine();
	}
	endLine();
	return Buffer.from(lines.join(''));
}

/** What a journal says, how many of its bytes are good, and how many records they hold. */
export function decodeJournal(data: Uint8Array): {
	entries: Map<Path, ShownEntry>;
	bytes: number;
	records: number;
} {
	const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
	const state = {entries: new Map<Path, ShownEntry>(), bytes: 0, records: 0};
	if (!buffer.subarray(0, journalHeader.length).equals(journalHeader)) return state;
	state.bytes = journalHeader.length;
	for (;;) {
		const end = buffer.indexOf(0x0a, state.bytes);
		if (end < 0) return state;
		const rows = decodeLine(buffer.toString('utf8', state.bytes, end));
		if (!rows) return state;
		for (const [path, entry] of rows) {
			if (entry) state.entries.set(path, entry);
			else state.entries.delete(path);
		}
		state.records += rows.length;
		state.bytes = end + 1;
	}
}

function encodeRow(path: Path, entry: ShownEntry | undefined): Row {
	if (entry === undefined || entry.content === absent) return [path];
	const {content, stat} = entry;
	if (!stat) return [path, content];
	return [path, content, stat.size, `${stat.mtimeNs}`, `${stat.ctimeNs}`, `${stat.ino}`, stat.seenAtMs];
}

function decodeLine(line: string): [Path, ShownEntry | undefined][] | undefined {
	const json = line.slice(9);
	if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined;
	try {
		const rows: unknown = JSON.parse(json);
		return Array.isArray(rows) ? rows.map(decodeRow) : undefined;
	} catch {
		return undefined;
	}
}

/** Throws on anything that `encodeRow` does not write. */
function decodeRow(row: unknown): [Path, ShownEntry | undefined] {
	if (!Array.isArray(row)) throw new TypeError('not a record');
	const [path, content, size, mtimeNs, ctimeNs, ino, seenAtMs] = row as unknown[];
	if (typeof path !== 'string') throw new TypeError('not a path');
	if (content === undefined) return [path, undefined];
	if (typeof content !== 'string' || !parseContent(content)) throw new TypeError('not a content');
	if (size === undefined) return [path, {content}];
	// Whoever compares the times needs whole numbers.
	if (!isCount(size) || !isCount(seenAtMs)) throw new TypeError('not a stat');
	const stat = {size, mtimeNs: toBigInt(mtimeNs), ctimeNs: toBigInt(ctimeNs), ino: toBigInt(ino), seenAtMs};
	return [path, {content, stat}];
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value);
}

function toBigInt(value: unknown): bigint {
	if (typeof value !== 'string') throw new TypeError('not a number');
	return BigInt(value);
}

function checksum(text: string): string {
	return crc32(text).toString(16).padStart(8, '0');
}
