/**
 * One file takes the place of another, or goes: synchronously, so that between the last look and the rename lie
 * microseconds. The replaced file is kept under a second name until it is certain that it was the expected one.
 *
 * Between the last look and the rename another program's own rename can still slip in unseen; Node has no exchanging
 * rename that would close this window. A program that writes into the replaced file is noticed as long as it is kept.
 */
import {
	closeSync,
	constants,
	fchmodSync,
	fstatSync,
	linkSync,
	openSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
} from 'node:fs';
import {type Skip} from './apply-problem.js';
import {type DiskEntry, type DiskStat, errorCode, lookAt} from './disk-entry.js';
import {isUnwritten, setAside} from './kept-files.js';
import {withExecutable} from './stage-file.js';

/** What to put at a path. */
export type Publication =
	| {readonly kind: 'file'; readonly staged: string}
	| {readonly kind: 'symlink'; readonly target: string; readonly staged: string}
	| {readonly kind: 'chmod'; readonly executable: boolean}
	| {readonly kind: 'nothing'};

export type Published =
	| {
			readonly kind: 'done';
			/** What stands there now; undefined for nothing. */
			readonly entry?: DiskEntry;
			/** The replaced file under its second name, to be looked at once more and removed. */
			readonly kept?: Kept;
	  }
	| {readonly kind: 'skip'; readonly skip: Skip}
	| {readonly kind: 'raced'; readonly found: string};

/** `sinceMs` is when it lost its name; ms since the epoch. */
export type Kept = {readonly path: string; readonly stat: DiskStat; readonly sinceMs: number};

export const changed: Published = {kind: 'skip', skip: {reason: 'changed'}};

/** The same without a look before: undefined where something stands, or where links cannot tell. */
export function createIfFree(
	target: string,
	publication: Publication & {kind: 'file' | 'symlink'},
): Published | undefined {
	try {
		if (publication.kind === 'symlink') symlinkSync(publication.target, target);
		else linkSync(publication.staged, target);
	} catch (error) {
		if (errorCode(error) === 'EEXIST' || lacksHardLinks(error)) return undefined;
		throw error;
	}
	if (publication.kind === 'file') unlinkSync(publication.staged);
	return done(target);
}

/** At an empty place: linking fails where something appeared, and overwrites nothing. */
export function create(target: string, publication: Publication & {kind: 'file' | 'symlink'}): Published {
	if (publication.kind === 'symlink') symlinkSync(publication.target, target);
	else {
		try {
			linkSync(publication.staged, target);
			unlinkSync(publication.staged);
		} catch (error) {
			if (!lacksHardLinks(error)) throw error;
			renameSync(publication.staged, target);
		}
	}
	return done(target);
}

/** In the place of `old`, which is kept under the name `spare` until it is certain that it was the expected one. */
export function replace(
	target: string,
	publication: Publication & {kind: 'file' | 'symlink'},
	old: DiskEntry,
	spare: string,
): Published {
	const kept = old.kind === 'file' && keep(target, spare) ? {path: spare, stat: old} : undefined;
	try {
		if (kept) {
			const look = lookAt(spare);
			if (look.kind !== 'entry' || !isUnwritten(look.entry, old)) {
				unlinkSync(spare);
				return changed;
			}
		}
		if (publication.kind === 'symlink') symlinkSync(publication.target, publication.staged);
		renameSync(publication.staged, target);
	} catch (error) {
		if (kept) rmSync(spare, {force: true});
		if (publication.kind === 'symlink') rmSync(publication.staged, {force: true});
		throw error;
	}
	const result = done(target);
	return kept && result.kind === 'done' ? {...result, kept: {...kept, sinceMs: Date.now()}} : result;
}

/** Moved away in one step, whatever it is by now; if it is not `old`, it gets its name back. */
export function remove(target: string, old: DiskEntry, spare: string): Published {
	renameSync(target, spare);
	const moved = lookAt(spare);
	const isExpected = moved.kind === 'entry' && isUnwritten(moved.entry, old);
	return isExpected
		? {kind: 'done', kept: {path: spare, stat: old, sinceMs: Date.now()}}
		: putBack(spare, target);
}

/** A second name for the file at `target`; false where the file system has no such thing. */
function keep(target: string, spare: string): boolean {
	try {
		linkSync(target, spare);
		return true;
	} catch (error) {
		if (lacksHardLinks(error)) return false;
		throw error;
	}
}

/**
 * Same content, other exec bit: changed in place, on the very file that was verified. `take` gets that file, open, to make it
 * durable and close it.
 */
export function changeMode(
	target: string,
	old: DiskEntry | undefined,
	{executable, take}: {executable: boolean; take: (file: number) => void},
): Published {
	const file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	let isTaken = false;
	try {
		const stats = fstatSync(file, {bigint: true});
		if (!old || stats.ino !== old.ino || stats.mtimeNs !== old.mtimeNs) return changed;
		fchmodSync(file, withExecutable(Number(stats.mode & 0o777n), executable));
		take(file);
		isTaken = true;
	} finally {
		if (!isTaken) closeSync(file);
	}
	return done(target);
}

function done(target: string): Published {
	const look = lookAt(target);
	return {kind: 'done', entry: look.kind === 'entry' ? look.entry : undefined};
}

/**
 * Looks at a kept file for the last time. Unwritten: it goes. Written: somebody saved in that instant, and gets their
 * file back if ours still stands in its place, unwritten as well; otherwise both are kept. `ours` is what was published,
 * undefined for nothing.
 */
export function settleKept(kept: Kept, target: string, ours: DiskEntry | undefined): Published | undefined {
	const look = lookAt(kept.path);
	if (look.kind !== 'entry') return undefined;
	if (isUnwritten(look.entry, kept.stat)) {
		rmSync(kept.path, {force: true});
		return undefined;
	}
	if (!ours) return putBack(kept.path, target);
	const now = lookAt(target);
	if (now.kind !== 'entry' || !isUnwritten(now.entry, ours)) return raced(kept.path);
	renameSync(kept.path, target);
	return changed;
}

/** Gives a file its name back where that is still free. */
function putBack(spare: string, target: string): Published {
	try {
		linkSync(spare, target);
		unlinkSync(spare);
		return changed;
	} catch {
		return raced(spare);
	}
}

function raced(spare: string): Published {
	return {kind: 'raced', found: setAside(spare)};
}

function lacksHardLinks(error: unknown): boolean {
	return ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EPERM'].includes(errorCode(error));
}
