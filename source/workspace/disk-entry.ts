/**
 * What `lstat` says about one path, reduced to what syncing needs, and when such a record may be believed later.
 * Times are nanoseconds: a save in the same millisecond as the last look must be seen.
 */
import {lstatSync, readlinkSync, type BigIntStats} from 'node:fs';
import {isUtf8} from 'node:buffer';
import {type Content, type FileMode, parseContent} from '../protocol/content.js';

/** The part of a file's state that changes with every change of its content or mode. */
export type DiskStat = {
	readonly size: number;
	readonly mtimeNs: bigint;
	readonly ctimeNs: bigint;
	readonly ino: bigint;
	/** When it was looked at; ms since the epoch, taken before the look. */
	readonly seenAtMs: number;
};

/** A regular file or a symbolic link as it stands on the disk. */
export type DiskEntry = DiskStat & {
	readonly kind: 'file' | 'symlink';
	readonly mode: FileMode;
	/** Of a link: its text, which is also the content of its blob. */
	readonly linkTarget?: string;
};

/** What can stand at a path: an entry, a folder, nothing, or something that is never synced. */
export type Look =
	| {readonly kind: 'entry'; readonly entry: DiskEntry}
	| {readonly kind: 'folder'; readonly stats: BigIntStats}
	| {readonly kind: 'absent'}
	| {readonly kind: 'special'; readonly reason: 'not_a_file' | 'link_not_utf8'}
	| {readonly kind: 'unreadable'; readonly code: string};

/**
 * A change within the same tick of the file system's clock as the look before it leaves no trace in the times. Ticks
 * are up to 10 ms (CONFIG_HZ=100); twice that also covers the wall clock running ahead of the coarse one.
 */
const racyWindowNs = 20_000_000n;

/** Some disks keep whole seconds (sshfs, HFS+, ext with small inodes), FAT even ones. By chance both times are whole almost never. */
const coarseTickNs = 2_000_000_000n;
const secondNs = 1_000_000_000n;

/** After so long a look at what was just written tells of all later changes. */
export const settleMs = 25;

/** Looks at one absolute path without following a link; never throws. */
export function lookAt(absolutePath: string): Look {
	const seenAtMs = Date.now();
	try {
		const stats = lstatSync(absolutePath, {bigint: true});
		if (stats.isDirectory()) return {kind: 'folder', stats};
		if (stats.isFile()) {
			const mode = (stats.mode & 0o100n) === 0n ? '100644' : '100755';
			return {kind: 'entry', entry: {kind: 'file', mode, ...statOf(stats, seenAtMs)}};
		}
		if (!stats.isSymbolicLink()) return {kind: 'special', reason: 'not_a_file'};
		const target = readlinkSync(absolutePath, 'buffer');
		if (!isUtf8(target)) return {kind: 'special', reason: 'link_not_utf8'};
		const linkTarget = target.toString('utf8');
		return {
			kind: 'entry',
			entry: {kind: 'symlink', mode: '120000', linkTarget, ...statOf(stats, seenAtMs)},
		};
	} catch (error) {
		const code = errorCode(error);
		return code === 'ENOENT' || code === 'ENOTDIR' ? {kind: 'absent'} : {kind: 'unreadable', code};
	}
}

/** True if nothing happened to the file between two looks, as far as one tick of the clock can tell. */
export function isSameStat(one: DiskStat, other: DiskStat): boolean {
	return (
		one.ino === other.ino &&
		one.size === other.size &&
		one.mtimeNs === other.mtimeNs &&
		one.ctimeNs === other.ctimeNs
	);
}

/** True if the record was made long enough after the file's last change that a later change must show. */
export function isSettledStat(stat: DiskStat): boolean {
	const windowNs = hasCoarseTimes(stat) ? coarseTickNs + racyWindowNs : racyWindowNs;
	return stat.ctimeNs + windowNs < BigInt(stat.seenAtMs) * 1_000_000n;
}

/** True if the disk seems to keep no times between whole seconds: `settleMs` is not enough there. */
export function hasCoarseTimes({mtimeNs, ctimeNs}: DiskStat): boolean {
	return mtimeNs % secondNs === 0n && ctimeNs % secondNs === 0n;
}

/** True if the file was changed about when it was looked at: another change then may have left no trace. */
export function isJustWritten(stat: DiskStat): boolean {
	return !isSettledStat(stat) && stat.ctimeNs < BigInt(stat.seenAtMs) * 1_000_000n + racyWindowNs;
}

/** True if the disk still holds `content` for sure; false means "read it to know". */
export function isKnownContent(entry: DiskEntry, known: {content: Content; stat?: DiskStat}): boolean {
	return (
		known.stat !== undefined &&
		isSameStat(entry, known.stat) &&
		isSettledStat(known.stat) &&
		parseContent(known.content)?.mode === entry.mode
	);
}

export function errorCode(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

function statOf(stats: BigIntStats, seenAtMs: number): DiskStat {
	return {
		size: Number(stats.size),
		mtimeNs: stats.mtimeNs,
		ctimeNs: stats.ctimeNs,
		ino: stats.ino,
		seenAtMs,
	};
}
