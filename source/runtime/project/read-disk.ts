/**
 * What the disk holds that it has not shared yet: a scan, judged by the guards, with the contents brought into the store. A
 * file that changes while it is read is left for the next round.
 */
import {join} from 'node:path';
import {Failure} from '../../protocol/failure.js';
import {absent, type Content, formatContent, type Path} from '../../protocol/content.js';
import {maxPaths} from '../../protocol/project-limits.js';
import {type DiskEntry, type DiskStat, lookAt} from '../../workspace/disk-entry.js';
import {isBelow} from '../../workspace/safe-path.js';
import {checkDeletions, checkRoot} from '../../workspace/guards.js';
import {findGitOperation} from '../../workspace/git-operation.js';
import {readGitPlace} from '../../workspace/git-place.js';
import {isRuleFile} from '../../workspace/rule-file.js';
import {scan, type ScanResult} from '../../workspace/scan.js';
import {settleMove} from './move-head.js';
import {tellUntold} from './note-shown.js';
import {atMostTenASecond} from './throttle.js';
import {addHints, type ProjectState, solveProblems, tellProblem} from './project-state.js';

/** What cannot be read at the moment is one path, and perhaps for good. */
const readAgainMs = 10_000;

export type FoundContent = {readonly content: Content; readonly stat?: DiskStat};

export type DiskReading = {
	/** Paths whose stat or presence differs from what was shown; the content may turn out to be the same. */
	readonly found: ReadonlyMap<Path, FoundContent>;
	/** Files that are gone, and not to another name: to be noted once that is taken in. */
	readonly deletions: number;
	/** After a full scan: all that is in view. */
	readonly totals?: {readonly files: number; readonly bytes: number};
};

/** What vanishes within this time vanishes at once. */
const atOnceMs = 60_000;

/** So many missing files may be the first of more. */
const manyMissing = 50;

/** How missing files are taken: `guard` stops at too many, `forget` says that they were never here. */
export type DeletionRule = 'guard' | 'forget';

/**
 * Scans where the hints point, and takes them: who cannot use the answer gives them back. Rejects with the guards' fatal Failures,
 * and then nothing was taken in; with Failure `held` when the user's git began to change files meanwhile, so that half of a
 * checkout is never a snapshot.
 */
export async function readDisk(state: ProjectState, rule: DeletionRule = 'guard'): Promise<DiskReading> {
	await settleMove(state);
	await tellUntold(state);
	const {user} = state.rules;
	const {trace} = readGitPlace(user);
	// Of what git changed the watcher may have told a part so far.
	const hints = trace === state.gitTrace ? state.hints : 'all';
	state.hints = new Set();
	await checkRoot({root: state.root, folder: state.folder, identity: state.identity});
	const told = await scanDisk(state, hints);
	// The watcher tells of folders one after the other: what went together is judged together.
	const result = !told.full && told.gone.length >= manyMissing ? await scanDisk(state, 'all') : told;
	checkCount(state, result);
	const {gone, deletions} = await judgeDeletions(state, result, rule);
	await forgetIgnored(state, result);
	const {generation} = state.rules;
	const found = await importFiles(state, result.dirty);
	if (found.size > 0) await leaveOutIgnored(state, found, generation);
	solveScanned(state, result, found);
	for (const path of gone) found.set(path, {content: absent});
	const operation = found.size === 0 ? undefined : await findGitOperation(user);
	if (operation !== undefined || readGitPlace(user).trace !== trace)
		throw new Failure('held', {details: {operation: operation ?? 'writing'}});
	// What git takes out of a sparse checkout is gone from the disk before its index says so.
	if (gone.length > 0 && state.rules.hasOtherIndex) {
		const ignored = [...(await state.rules.isIgnored(gone))];
		for (const path of ignored) found.delete(path);
		await forgetIgnored(state, {ignored});
	}
	state.gitTrace = trace;
	return {found, deletions, totals: result.full ? {files: result.files, bytes: result.bytes} : undefined};
}

async function scanDisk(state: ProjectState, hints: ProjectState['hints']): Promise<ScanResult> {
	const {root, rules, shown, signal, callbacks} = state;
	const report = atMostTenASecond((done: number) => callbacks.progress({kind: 'scanning', done}));
	const only = hints === 'all' ? undefined : hints;
	if (only?.size !== 0) callbacks.progress({kind: 'scanning', done: 0});
	const result = await scan({root, rules, shown, only, signal, onProgress: report});
	// What came back into view has to be compared with the head, as has everything after a full look.
	if (result.full || [...(only ?? [])].some((path) => isRuleFile(path))) state.comparesAll = true;
	for (const {path, reason} of result.notSynced) {
		if (reason === 'unreadable') readAgain(state, path);
		tellProblem(state, 'scan', reason, path, reason === 'too_large' ? {leftOut: 1} : {});
	}
	return result;
}

/** Throws Failure `too_many_files` for more paths than any peer takes, before anything is made of them. */
export function checkCount(
	{shown}: {readonly shown: Pick<ProjectState['shown'], 'size' | 'get'>},
	{dirty, gone, ignored}: Pick<ScanResult, 'dirty' | 'gone' | 'ignored'>,
): void {
	let files = shown.size - gone.length - ignored.length;
	for (const path of dirty.keys()) if (!shown.get(path)) files++;
	if (files > maxPaths)
		throw new Failure('too_many_files', {severity: 'fatal', details: {files, most: maxPaths}});
}

/** The missing paths that count as deleted, and how many of them did not move. */
async function judgeDeletions(
	state: ProjectState,
	{gone, files, full, dirty}: ScanResult,
	rule: DeletionRule,
): Promise<{gone: readonly Path[]; deletions: number}> {
	const shown = state.shown.size;
	const left = full ? files : Math.max(files, shown - gone.length);
	if (state.deletionsAccepted) return {gone, deletions: 0};
	const now = state.now();
	// A slow disk, or a slow program, takes a project away piece by piece.
	state.deletions = state.deletions.filter(({at}) => at <= now && now - at < atOnceMs);
	const before = state.deletions.reduce((sum, {count}) => sum + count, 0);
	try {
		const count = gone.length - countMoved(state, gone, dirty);
		checkDeletions({shown: shown + before, gone: count === 0 ? 0 : count + before, left});
		return {gone, deletions: count};
	} catch (error) {
		if (rule === 'guard') throw error;
		await state.shown.set(new Map(gone.map((path) => [path, undefined])));
		return {gone: [], deletions: 0};
	}
}

/** How many of the missing files stand under another name: a moved folder is no deletion. */
function countMoved(
	{shown}: ProjectState,
	gone: readonly Path[],
	dirty: ReadonlyMap<Path, DiskEntry>,
): number {
	const places = new Set<string>();
	for (const [path, entry] of dirty) if (!shown.get(path)) places.add(identityOf(entry));
	let count = 0;
	for (const path of gone) {
		const stat = shown.get(path)?.stat;
		if (stat && places.delete(identityOf(stat))) count++;
	}
	return count;
}

/** What a file keeps when it gets another name, and a new one in its place on the disk does not have. */
function identityOf({ino, size, mtimeNs}: DiskStat): string {
	return `${ino} ${size} ${mtimeNs}`;
}

/** A path that rules took out of view: its tree entry and its file stay, and this disk has no opinion on it. */
async function forgetIgnored(state: ProjectState, {ignored}: Pick<ScanResult, 'ignored'>): Promise<void> {
	await state.shown.set(new Map(ignored.map((path) => [path, undefined])));
	for (const path of ignored) state.pending.delete(path);
}

/** Brings the contents of these files into the store. */
async function importFiles(
	state: ProjectState,
	dirty: ReadonlyMap<Path, DiskEntry>,
): Promise<Map<Path, FoundContent>> {
	const entries = [...dirty];
	const found = new Map<Path, FoundContent>();
	if (entries.length === 0) return found;
	const report = atMostTenASecond((done: number) =>
		state.callbacks.progress({
			kind: 'snapshotting',
			done,
			total: entries.length,
			path: entries[Math.min(done, entries.length - 1)]?.[0],
		}),
	);
	const files = entries.map(([path, {kind}]) => ({path: join(state.root, path), mode: kind}));
	let isMoving = false;
	for await (const result of state.store.writeBlobFiles(files, {
		signal: state.signal,
		onProgress: ({files: done}) => report(done),
	})) {
		const [path, entry] = entries[result.index]!;
		if ('oid' in result) found.set(path, {content: formatContent(entry.mode, result.oid), stat: entry});
		else if (result.error === 'changed') {
			isMoving = true;
			addHints(state, [path]);
		} else reportUnreadable(state, path, result.error);
	}
	if (isMoving) state.lookAgainSoon();
	return found;
}

/** Rules that were saved since the scan may be about what is new: once it is sent, nothing takes it back. */
async function leaveOutIgnored(
	{rules, shown}: ProjectState,
	found: Map<Path, FoundContent>,
	generation: number,
): Promise<void> {
	const news = [...found.keys()].filter((path) => !shown.get(path));
	rules.noticeRulesAbove(news);
	if (rules.generation === generation) return;
	for (const path of await rules.isIgnored(news)) found.delete(path);
}

/** Of the paths that were looked at, those with which nothing is wrong any more. */
function solveScanned(
	state: ProjectState,
	{covered, notSynced, dirty}: ScanResult,
	found: ReadonlyMap<Path, FoundContent>,
): void {
	const wrong = new Set(notSynced.map(({path}) => path));
	const isCovered = (path: Path) => covered.has(path) || [...covered].some((place) => isBelow(path, place));
	solveProblems(state, 'scan', (path, code) => {
		if (wrong.has(path) || (dirty.has(path) && !found.has(path))) return false;
		if (covered.has('') || isCovered(path)) return true;
		// A name that cannot be synced is no hint; where it is gone, it was renamed as it was asked for.
		return code !== 'name_not_utf8' && lookAt(join(state.root, path)).kind === 'absent';
	});
}

/** That a disk or the system has come to itself, nobody tells. */
function readAgain(state: ProjectState, path: Path): void {
	addHints(state, [path]);
	state.lookAgainSoon(readAgainMs);
}

function reportUnreadable(state: ProjectState, path: Path, failure: Failure): void {
	if (failure.code === 'disk_full') throw failure;
	readAgain(state, path);
	tellProblem(state, 'scan', failure.code, path, {...failure.details, path});
}
