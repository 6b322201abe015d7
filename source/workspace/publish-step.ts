/**
 * Lets staged content take its place, or removes a file: synchronously, so that between the last look and the rename lie
 * microseconds. The replaced file is kept under a second name until it is certain that it was the expected one.
 *
 * Between the last look and the rename another program's own rename can still slip in unseen; Node has no exchanging
 * rename that would close this window. A program that writes into the replaced file is noticed as long as it is kept.
 */
import {
	chmodSync,
	closeSync,
	constants,
	fchmodSync,
	fstatSync,
	linkSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	symlinkSync,
	unlinkSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {type Skip} from './apply-problem.js';
import {type DiskEntry, type DiskStat, errorCode, isSameStat, lookAt} from './disk-entry.js';
import {findObstacle, parentOf} from './safe-path.js';
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

export type Kept = {readonly path: string; readonly stat: DiskStat};

/** One run of steps on one disk: where it works, and what it learned about folders. */
export class Publisher {
	readonly #root: string;
	readonly #caseBlind: boolean;
	/** Folders that lost a file: removed when nothing is left in them. */
	readonly #emptied = new Set<Path>();
	/** Folders whose list of names changed since the last call of `takeTouched`. */
	#touched = new Set<Path>();

	constructor(options: {root: string; caseBlind: boolean}) {
		this.#root = options.root;
		this.#caseBlind = options.caseBlind;
	}

	/** `old` is what was verified to stand at the path; `spare` is an unused name in `.pulsync/tmp`. Throws raw errors. */
	publish(path: Path, publication: Publication, old: DiskEntry | undefined, spare: string): Published {
		const blocked = this.#makeWay(path, publication);
		if (blocked) return {kind: 'skip', skip: blocked};
		const target = join(this.#root, path);
		const look = lookAt(target);
		if (old) {
			if (look.kind !== 'entry' || !isSameStat(look.entry, old)) return changed;
		} else {
			if (look.kind === 'folder') return {kind: 'skip', skip: {reason: 'blocked'}};
			if (look.kind !== 'absent') return changed;
		}
		this.#touched.add(parentOf(path));
		return withWritableFolder(dirname(target), () => {
			if (publication.kind === 'nothing') return this.#remove(path, old, spare);
			if (publication.kind === 'chmod') return changeMode(target, old, publication.executable);
			return old ? replace(target, publication, old, spare) : create(target, publication);
		});
	}

	/** Folders whose names have to be made durable, as absolute paths. */
	takeTouched(): string[] {
		const touched = [...this.#touched].map((path) => join(this.#root, path));
		this.#touched = new Set();
		return touched;
	}

	/** Removes the folders that lost files and in which nothing at all is left; deepest first. */
	removeEmptied(): void {
		const folders = [...this.#emptied].sort((one, other) => other.length - one.length);
		this.#emptied.clear();
		for (const folder of folders) {
			if (findObstacle(this.#root, `${folder}/x`)) continue;
			try {
				withWritableFolder(dirname(join(this.#root, folder)), () => rmdirSync(join(this.#root, folder)));
				this.#touched.delete(folder);
				this.#touched.add(parentOf(folder));
			} catch {
				// Something unknown or ignored is in it, or it is in use: it stays.
			}
		}
	}

	/**
	 * A file takes the place of a folder that holds no file, only folders: those that this plan emptied, or an earlier
	 * one that was cut short. With anything else in it the folder stays and is in the way.
	 */
	#removeHollow(path: Path): void {
		const folders = hollowFolders(join(this.#root, path));
		for (const folder of folders) withWritableFolder(dirname(folder), () => rmdirSync(folder));
		if (folders.length > 0) this.#touched.add(parentOf(path));
	}

	#remove(path: Path, old: DiskEntry | undefined, spare: string): Published {
		if (!old) return {kind: 'done'};
		const target = join(this.#root, path);
		renameSync(target, spare);
		for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) this.#emptied.add(folder);
		const moved = lookAt(spare);
		if (moved.kind === 'entry' && isUnwritten(moved.entry, old)) {
			return {kind: 'done', kept: {path: spare, stat: old}};
		}
		return putBack(spare, target);
	}

	/** Makes the folders above a path, each looked at; says what is in the way. */
	#makeWay(path: Path, publication: Publication): Skip | undefined {
		for (;;) {
			const obstacle = findObstacle(this.#root, path);
			if (!obstacle) break;
			if (obstacle.kind !== 'absent') return {reason: 'blocked'};
			if (publication.kind === 'nothing') return {reason: 'changed'};
			const folder = join(this.#root, obstacle.at);
			withWritableFolder(dirname(folder), () => mkdirSync(folder));
			this.#touched.add(parentOf(obstacle.at));
		}
		if (publication.kind === 'nothing') return undefined;
		if (this.#caseBlind && this.#collides(path)) return {reason: 'problem', code: 'case_collision'};
		this.#removeHollow(path);
		return undefined;
	}

	/** On a disk that is blind to case: true if one component exists under another spelling. */
	#collides(path: Path): boolean {
		for (let at = path; at !== ''; at = parentOf(at)) {
			if (lookAt(join(this.#root, at)).kind === 'absent') continue;
			if (!readdirSync(join(this.#root, parentOf(at))).includes(basename(at))) return true;
		}
		return false;
	}
}

/** A folder and all below it, deepest first; empty if it is no folder, or anything but folders is in it. */
function hollowFolders(top: string): string[] {
	if (lookAt(top).kind !== 'folder') return [];
	const folders = [top];
	for (let index = 0; index < folders.length; index++) {
		for (const child of readdirSync(folders[index]!, {withFileTypes: true})) {
			if (!child.isDirectory() || folders.length > maxHollowFolders) return [];
			folders.push(join(folders[index]!, child.name));
		}
	}
	return folders.reverse();
}

/** More empty folders than this are somebody's purpose. */
const maxHollowFolders = 10_000;

const changed: Published = {kind: 'skip', skip: {reason: 'changed'}};

/** At an empty place: linking fails where something appeared, and overwrites nothing. */
function create(target: string, publication: Publication & {kind: 'file' | 'symlink'}): Published {
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

function replace(
	target: string,
	publication: Publication & {kind: 'file' | 'symlink'},
	old: DiskEntry,
	spare: string,
): Published {
	if (publication.kind === 'symlink') symlinkSync(publication.target, publication.staged);
	const kept = old.kind === 'file' && keep(target, spare) ? {path: spare, stat: old} : undefined;
	if (kept) {
		const look = lookAt(spare);
		if (look.kind !== 'entry' || !isUnwritten(look.entry, old)) {
			unlinkSync(spare);
			return changed;
		}
	}
	renameSync(publication.staged, target);
	const result = done(target);
	return kept && result.kind === 'done' ? {...result, kept} : result;
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

/** Same content, other exec bit: changed in place, on the very file that was verified. */
function changeMode(target: string, old: DiskEntry | undefined, executable: boolean): Published {
	const file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const stats = fstatSync(file, {bigint: true});
		if (!old || stats.ino !== old.ino || stats.mtimeNs !== old.mtimeNs) return changed;
		fchmodSync(file, withExecutable(Number(stats.mode & 0o777n), executable));
	} finally {
		closeSync(file);
	}
	return done(target);
}

function done(target: string): Published {
	const look = lookAt(target);
	return {kind: 'done', entry: look.kind === 'entry' ? look.entry : undefined};
}

/** Linking and renaming change the ctime of a file, writing its mtime or size. */
function isUnwritten(now: DiskStat, then: DiskStat): boolean {
	return now.ino === then.ino && now.size === then.size && now.mtimeNs === then.mtimeNs;
}

/**
 * Looks at a kept file for the last time. Unwritten: it goes. Written: somebody saved in that instant, and gets their
 * file back if ours still stands in its place; otherwise both are kept. `ours` is what was published, undefined for
 * nothing.
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
	if (now.kind !== 'entry' || now.entry.ino !== ours.ino) return raced(kept.path);
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

/** A name under which the file survives the emptying of `tmp` at the next start. */
function raced(spare: string): Published {
	const found = join(dirname(spare), `raced-${basename(spare)}`);
	renameSync(spare, found);
	return {kind: 'raced', found};
}

function lacksHardLinks(error: unknown): boolean {
	return ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EPERM'].includes(errorCode(error));
}

/** Runs `action`; if a read-only folder of our own refuses it, once more with the folder writable meanwhile. */
function withWritableFolder<T>(folder: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (errorCode(error) !== 'EACCES') throw error;
		const stats = lstatSync(folder);
		const refuses = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o300) !== 0o300;
		if (!refuses) throw error;
		chmodSync(folder, (stats.mode & 0o7777) | 0o300);
		try {
			return action();
		} finally {
			chmodSync(folder, stats.mode & 0o7777);
		}
	}
}
