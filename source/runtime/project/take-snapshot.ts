/** The snapshot (merge rule 11): what the disk says, on top of the head, as one commit. */
import {ancestorsOf} from '../../core/reconcile/path-order.js';
import {type DirtyPath, snapshotTree} from '../../core/reconcile/snapshot-tree.js';
import {openUserRepository} from '../../git/user-repository.js';
import {
	absent,
	type Content,
	parseContent,
	type Path,
	type Tree,
	type Value,
} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {readGitPlace} from '../../workspace/git-place.js';
import {isBelow} from '../../workspace/safe-path.js';
import {type ShownEntry} from '../../workspace/shown-index.js';
import {describeSwitch} from './branch-switch.js';
import {snapshotVerb} from './last-snapshot.js';
import {describePaths, moveHead, writeOwnCommit} from './move-head.js';
import {noteShown} from './note-shown.js';
import {type DeletionRule, type DiskReading, type FoundContent, readDisk} from './read-disk.js';
import {readSlice} from './read-slice.js';
import {addHints, type ProjectState, tellProblem} from './project-state.js';

/** Looks at the disk and commits what is new; `recalled` is what a snapshot before a crash took in. Returns the paths whose content changed here. */
export async function takeSnapshot(
	state: ProjectState,
	rule: DeletionRule = 'guard',
	recalled: ReadonlyMap<Path, Content> = new Map(),
): Promise<readonly Path[]> {
	const {hints} = state;
	try {
		const {found, deletions, totals} = await readDisk(state, rule);
		const paths = await commitFound(state, {found, deletions}, recalled);
		if (totals) [state.files, state.bytes] = [totals.files, totals.bytes];
		return paths;
	} catch (error) {
		// Nothing that was looked at is known to be in the store, so all of it is looked at again.
		if (hints === 'all') state.hints = 'all';
		else addHints(state, hints);
		throw error;
	}
}

/** Commits these contents of the disk; the head moves before `shown` does. */
async function commitFound(
	state: ProjectState,
	{found, deletions}: Pick<DiskReading, 'found' | 'deletions'>,
	recalled: ReadonlyMap<Path, Content>,
): Promise<readonly Path[]> {
	const dirty = new Map<Path, DirtyPath>();
	const shown = new Map<Path, ShownEntry | undefined>();
	for (const [path, {content, stat}] of found) {
		const known = state.shown.get(path)?.content ?? (state.indexUnknown ? undefined : absent);
		if (content !== known) dirty.set(path, {shown: recalled.get(path) ?? known, disk: content});
		shown.set(path, content === absent ? undefined : {content, stat});
	}
	for (const [path, was] of replacedSince(recalled, found)) dirty.set(path, {shown: was, disk: absent});
	const isFirst = state.head === undefined;
	const {branch} = readGitPlace(state.rules.user);
	const isSwitch = branch !== undefined && state.branch !== undefined && branch !== state.branch;
	try {
		if (dirty.size > 0 || isFirst)
			await commitFitting(state, {dirty, shown}, isSwitch ? describeSwitch(branch) : undefined);
	} catch (error) {
		if (state.unsureMove) {
			state.unsureMove = {...state.unsureMove, shown};
			noteDeletions(state, deletions);
		}
		throw error;
	}
	noteDeletions(state, deletions);
	state.branch = branch;
	for (const [path, entry] of shown) countChange(state, path, entry?.stat?.size);
	await noteShown(state, shown);
	state.moment('shown');
	if (state.deletionsAccepted) [state.deletionsAccepted, state.deletions] = [false, []];
	return [...dirty.keys()];
}

/** They count for a while: what vanishes piece by piece vanishes at once. A look that comes to nothing sees the same ones again. */
function noteDeletions(state: ProjectState, count: number): void {
	if (count > 0) state.deletions.push({at: state.now(), count});
}

/**
 * Files of the recalled snapshot that gave way to something else: a folder stands where the file was, or a file where its folder
 * was. A file that is merely gone comes back, since a disk that lost its power forgets new files as well.
 */
function replacedSince(
	recalled: ReadonlyMap<Path, Content>,
	found: ReadonlyMap<Path, FoundContent>,
): ReadonlyMap<Path, Content> {
	const replaced = new Map<Path, Content>();
	if (recalled.size === 0) return replaced;
	const files = new Set<Path>();
	for (const [path, {content}] of found) if (content !== absent) files.add(path);
	const folders = new Set([...files].flatMap((path) => ancestorsOf(path)));
	for (const [path, content] of recalled) {
		if (content === absent || found.has(path)) continue;
		if (folders.has(path) || ancestorsOf(path).some((folder) => files.has(folder)))
			replaced.set(path, content);
	}
	return replaced;
}

/** Commits these paths; those of a folder that gets too large by them are told, and taken out of both. */
async function commitFitting(
	state: ProjectState,
	{dirty, shown}: {dirty: Map<Path, DirtyPath>; shown: Map<Path, ShownEntry | undefined>},
	message?: string,
): Promise<void> {
	for (;;) {
		try {
			return await commitDirty(state, dirty, message);
		} catch (error) {
			const isTooLarge = error instanceof Failure && error.code === 'too_large';
			const folder = isTooLarge ? error.details['path'] : undefined;
			if (typeof folder !== 'string') throw error;
			const left = [...dirty.keys()].filter(
				(path) => dirty.get(path)?.disk !== absent && isBelow(path, folder === '.' ? '' : folder),
			);
			if (left.length === 0) throw error;
			for (const path of left) for (const paths of [dirty, shown]) paths.delete(path);
			tellProblem(state, 'event', 'too_large', folder, {leftOut: 1});
		}
	}
}

/** Puts these paths on top of the head; `shown` stays as it is. The message says what changed if it is not given. */
export async function commitDirty(
	state: ProjectState,
	dirty: ReadonlyMap<Path, DirtyPath>,
	message?: string,
): Promise<void> {
	const {store} = state;
	const paths = new Set(dirty.keys());
	const slice = await readSlice(store, state.tree, paths, (path) => dirty.get(path)?.disk !== absent);
	const values = await withPresentBases(state, snapshotTree(slice, dirty));
	const tree = await store.writeTree(state.tree, values);
	if (tree === state.tree) return;
	const commit = await writeOwnCommit(
		state,
		tree,
		message ?? describePaths(snapshotVerb, [...values.keys()]),
	);
	await moveHead(state, {commit, tree, values});
}

/**
 * A record's base may be a content that only the user's own repository has (the common ancestor of a joining folder): it is
 * brought in, or left out. A commit must not name what is not there.
 */
async function withPresentBases(state: ProjectState, values: Tree): Promise<Tree> {
	const checked = new Map<Path, Value>();
	for (const [path, value] of values) {
		const base = value.base === undefined ? undefined : parseContent(value.base);
		const isThere = !base || (await state.store.has(base.oid)) || (await bringIn(state, base.oid));
		checked.set(path, isThere ? value : {contents: value.contents, base: absent});
	}
	return checked;
}

async function bringIn(state: ProjectState, oid: string): Promise<boolean> {
	const bytes = await (await openUserRepository(state.root)).readBlob(oid);
	return bytes !== undefined && (await state.store.writeBlob(bytes)) === oid;
}

/** Counts one path that now has so many bytes, or is gone. Called before `shown` changes. */
export function countChange(state: ProjectState, path: Path, size: number | undefined): void {
	const before = state.shown.get(path);
	state.files += Number(size !== undefined) - Number(before !== undefined);
	state.bytes += (size ?? 0) - (before?.stat?.size ?? 0);
}
