/**
 * Compares the disk with what this peer last shared (`shown`), all of it or only where hints point. Reads no contents:
 * an entry whose stat is not the recorded one is dirty, and whether its content really changed is decided by its hash.
 * What cannot be judged (unreadable, a nested repository, a fifo) counts neither as changed nor as gone.
 */
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {findOtherSpelling, isCaseBlind} from './case-blind.js';
import {type DiskEntry, errorCode, isKnownContent, type Look, lookAt} from './disk-entry.js';
import {withModeThatCounts} from './file-modes.js';
import {type IgnoreRules} from './ignore-rules.js';
import {OwnDevice} from './own-device.js';
import {pulsyncFolderOf} from './project-files.js';
import {findObstacle, parentOf} from './safe-path.js';
import {findHints, findOutside} from './scan-hints.js';
import {type ShownIndex} from './shown-index.js';
import {TimeSlice} from './time-slice.js';
import {judge, type NotSynced, walkFolder} from './walk-folder.js';

export type ScanOptions = {
	readonly root: string;
	readonly rules: IgnoreRules;
	readonly shown: ShownIndex;
	/** Hints from the watcher, files and folders; without it everything is looked at. */
	readonly only?: ReadonlySet<Path>;
	readonly signal?: AbortSignal;
	readonly onProgress?: (files: number) => void;
};

export type ScanResult = {
	/** In view, and not known to hold what `shown` says. */
	readonly dirty: Map<Path, DiskEntry>;
	/** In `shown` and in view, and neither file nor link any more. */
	readonly gone: Path[];
	/** In `shown`, but rules ignore them now: out of view, to be forgotten by `shown`, kept on every disk. */
	readonly ignored: Path[];
	/** Files in view and their bytes, of all that was looked at. */
	readonly files: number;
	readonly bytes: number;
	readonly notSynced: NotSynced[];
	/** Places that were looked at, with everything below them. */
	readonly covered: ReadonlySet<Path>;
	/** True if everything was looked at. */
	readonly full: boolean;
};

/** Who changes rules all the time is told by each change that there is more to look at. */
const maxLooks = 3;

/** Never throws for a single bad path; throws Failure when git cannot be asked, or the signal's reason. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
	const {rules, only} = options;
	const hints = only && findHints(options.root, only);
	const full = hints === undefined || hints.has('');
	if (full) await rules.refresh();
	for (let look = 1; ; look++) {
		const {generation} = rules;
		const job = new Job(options);
		if (full) await job.lookAtFolder('');
		else await job.lookAtHints(hints);
		await job.findGone();
		const result = job.result(full);
		// Rules that were saved meanwhile may be about what is new: once it is sent, nothing takes it back.
		rules.noticeRulesAbove(newPaths(result, options.shown));
		if (rules.generation === generation || look === maxLooks) return result;
	}
}

function* newPaths({dirty}: ScanResult, shown: ShownIndex): Iterable<Path> {
	for (const path of dirty.keys()) if (!shown.get(path)) yield path;
}

function isAtOrBelowAny(path: Path, places: ReadonlySet<Path>): boolean {
	for (let at = path; at !== ''; at = parentOf(at)) if (places.has(at)) return true;
	return places.has('');
}

/** One scan under way. */
class Job {
	readonly #options: ScanOptions;
	readonly #caseBlind: boolean;
	readonly #device: OwnDevice;
	readonly #slice: TimeSlice;
	/** Paths that are on the disk and in view. */
	readonly #present = new Set<Path>();
	/** The folders above these. */
	readonly #folders = new Set<Path>();
	/** Places that were looked at with everything below them: what `shown` has there and the disk has not is gone. */
	readonly #covered = new Set<Path>();
	/** Those of the covered places that were walked as folders. */
	readonly #walked = new Set<Path>();
	readonly #dirty = new Map<Path, DiskEntry>();
	readonly #gone: Path[] = [];
	readonly #ignored: Path[] = [];
	readonly #notSynced = new Map<Path, NotSynced>();
	#bytes = 0;

	constructor(options: ScanOptions) {
		this.#options = options;
		this.#caseBlind = isCaseBlind(pulsyncFolderOf(options.root));
		this.#device = new OwnDevice(options.root);
		this.#slice = new TimeSlice(options.signal);
	}

	result(full: boolean): ScanResult {
		return {
			dirty: this.#dirty,
			gone: this.#gone,
			ignored: this.#ignored,
			files: this.#present.size,
			bytes: this.#bytes,
			notSynced: [...this.#notSynced.values()],
			covered: this.#covered,
			full,
		};
	}

	async lookAtFolder(folder: Path): Promise<void> {
		const {root, rules, onProgress} = this.#options;
		this.#covered.add(folder);
		this.#walked.add(folder);
		const [device, slice] = [this.#device, this.#slice];
		const walk = await walkFolder({root, folder, rules, device, slice, onFound: onProgress});
		for (const [path, entry] of walk.entries) {
			this.#add(path, entry);
			if (this.#slice.isOver()) await this.#slice.giveWay();
		}
		for (const one of walk.notSynced) this.#notSynced.set(one.path, one);
	}

	async lookAtHints(hints: ReadonlySet<Path>): Promise<void> {
		const {root, rules} = this.#options;
		const ignored = await rules.isIgnored(hints);
		// Folders before what is in them, which then has been looked at already.
		for (const path of [...hints].sort((one, other) => one.length - other.length)) {
			if (isAtOrBelowAny(parentOf(path), this.#walked)) continue;
			if (this.#slice.isOver()) await this.#slice.giveWay();
			const outside = findOutside(root, path, this.#device);
			if (outside !== undefined) {
				this.#notSynced.set(outside.path, outside);
				continue;
			}
			const look = this.#look(path);
			if (look.kind === 'folder' && (!ignored.has(path) || rules.hasTrackedBelow(path))) {
				await this.lookAtFolder(path);
				continue;
			}
			this.#covered.add(path);
			if (look.kind === 'folder' || look.kind === 'absent' || ignored.has(path)) continue;
			const judged = judge(path, look);
			if ('reason' in judged) this.#notSynced.set(path, judged);
			else this.#add(path, judged);
		}
	}

	/** Judges what `shown` has in the covered places and the walks did not find. */
	async findGone(): Promise<void> {
		const {shown, rules, root} = this.#options;
		const missing = new Set<Path>();
		for (const place of this.#covered) {
			if (shown.get(place) && !this.#present.has(place)) missing.add(place);
		}
		for (const path of shown.belowAny(this.#covered)) if (!this.#present.has(path)) missing.add(path);
		if (missing.size === 0) return;
		this.#leaveToOthers(missing);
		const unknown = new Set(this.#notSynced.keys());
		const judged = [...missing].filter((path) => !isAtOrBelowAny(path, unknown));
		const ignored = await rules.isIgnored(judged);
		for (const path of judged) {
			if (ignored.has(path)) this.#ignored.push(path);
			else this.#confirmGone(root, path);
			if (this.#slice.isOver()) await this.#slice.giveWay();
		}
	}

	/**
	 * Takes out what lies where another disk is mounted, looked at anew: it may be mounted since. What it hides, or held before,
	 * nobody knows when it goes again: this disk has no opinion on it.
	 */
	#leaveToOthers(missing: Set<Path>): void {
		const device = new OwnDevice(this.#options.root);
		for (const path of missing) {
			const other = device.findOther(path);
			if (!other) continue;
			const isUnread = other.error !== undefined;
			if (isUnread && this.#isReplaced(path)) continue;
			const reason = isUnread ? 'unreadable' : 'other_filesystem';
			this.#notSynced.set(other.at, {path: other.at, reason, code: other.error});
			if (!isUnread) this.#ignored.push(path);
			missing.delete(path);
		}
	}

	/** A second look before anything is called gone: reading a folder may miss a name that is being renamed over. */
	#confirmGone(root: string, path: Path): void {
		const obstacle = findObstacle(root, path);
		if (obstacle?.kind === 'unreadable' && !this.#isReplaced(path)) {
			this.#notSynced.set(obstacle.at, {path: obstacle.at, reason: 'unreadable', code: obstacle.code});
			return;
		}
		const look = obstacle === undefined ? this.#look(path) : undefined;
		const isNothing = look === undefined || look.kind === 'absent' || look.kind === 'folder';
		if (isNothing || (look.kind === 'unreadable' && this.#isReplaced(path))) {
			this.#gone.push(path);
			return;
		}
		const judged = judge(path, look);
		if ('reason' in judged) this.#notSynced.set(path, judged);
		else this.#add(path, judged);
	}

	/** True if this scan found a file above the path or something below it: nothing can stand there as well. */
	#isReplaced(path: Path): boolean {
		if (this.#folders.has(path)) return true;
		for (let at = parentOf(path); at !== ''; at = parentOf(at)) if (this.#present.has(at)) return true;
		return false;
	}

	/** What stands at a path under this very spelling. */
	#look(path: Path): Look {
		const {root} = this.#options;
		const look = lookAt(join(root, path));
		if (look.kind === 'absent' || !this.#caseBlind) return look;
		try {
			return findOtherSpelling(root, path) === undefined ? look : {kind: 'absent'};
		} catch (error) {
			return {kind: 'unreadable', code: errorCode(error)};
		}
	}

	#add(path: Path, found: DiskEntry): void {
		if (this.#present.has(path)) return;
		this.#present.add(path);
		for (let at = parentOf(path); at !== '' && !this.#folders.has(at); at = parentOf(at))
			this.#folders.add(at);
		this.#bytes += found.size;
		const {root, shown} = this.#options;
		const known = shown.get(path);
		const entry = withModeThatCounts(pulsyncFolderOf(root), found, known?.content);
		if (!known || !isKnownContent(entry, known)) this.#dirty.set(path, entry);
	}
}
