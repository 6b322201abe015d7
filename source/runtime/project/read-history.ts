/** What happened to a path, from the commits that are here; bounded in number and time. */
import {type History, type HistoryEntry} from '../../core/session.js';
import {comparePaths, isBelow} from '../../core/reconcile/path-order.js';
import {type Commit, mergeAuthor} from '../../git/commit-format.js';
import {emptyTreeOid} from '../../git/object-format.js';
import {type Oid, type Path} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

const maxEntries = 200;
/** Commits that one question looks at, … */
const maxCommits = 200_000;
/** … and for how long: a person waits. */
const maxMs = 5000;
/** Commits that are looked at side by side: of a path most are passed over, of all none is. */
const readAhead = {path: 128, all: 8} as const;
/** Paths that an entry names. */
const maxPaths = 20;

export type PathChange = {readonly commit: Commit; readonly before: Oid; readonly paths: readonly Path[]};

/** How a walk ended: `boundary`: history goes on, but not here; `limit`: it took too long. */
export type WalkEnd = {end: 'start' | 'boundary' | 'limit'};

/** Snapshots that changed something at or below the path (or anything), newest first as the graph has it. */
export async function* walkChanges(
	state: ProjectState,
	path: Path | undefined,
	how: WalkEnd = {end: 'start'},
): AsyncGenerator<PathChange> {
	const {store, head} = state;
	if (head === undefined) return;
	const until = performance.now() + maxMs;
	const at = path === undefined || path === '.' ? undefined : path;
	const noted = at === undefined ? undefined : await store.changes.look(at);
	let count = 0;
	for (const group of inGroups(
		state.ancestry.walk(head),
		at === undefined ? readAhead.all : readAhead.path,
	)) {
		count += group.length;
		if (count > maxCommits || performance.now() > until) {
			how.end = 'limit';
			return;
		}
		if (group.some((oid) => !store.graph.isPresent(oid))) how.end = 'boundary';
		// Most commits changed something else, which was noted or shows without a list of what; the store answers many at a time.
		const open = group.filter((oid) => noted?.get(oid) !== false);
		const steps = await Promise.all(open.map(async (oid) => readStepAt(state, oid, at)));
		for (const step of steps) {
			if (!step) continue;
			const changed = [...(await store.diffTrees(step.before, step.commit.tree)).keys()];
			const paths = changed.filter((one) => isIn(one, at));
			if (paths.length > 0) yield {...step, paths: paths.sort(comparePaths)};
		}
	}
}

type Step = {readonly commit: Commit; readonly before: Oid};

/** What one commit stands between; undefined where it changed nothing at the path, or nobody knows what. */
async function readStepAt(state: ProjectState, oid: Oid, at: Path | undefined): Promise<Step | undefined> {
	const step = await readStep(state, oid);
	if (step === 'unknown' || step === 'merge') return undefined;
	if (at !== undefined && (await state.store.isSameAt(step.before, step.commit.tree, at))) return undefined;
	return step;
}

/** The same whatever the path. A merge is nobody's change. */
export async function readStep({store}: ProjectState, oid: Oid): Promise<Step | 'unknown' | 'merge'> {
	if (!store.graph.isPresent(oid)) return 'unknown';
	const commit = await store.readCommit(oid);
	if (commit.author.peerId === mergeAuthor.peerId && commit.parents.length > 1) return 'merge';
	const [parent] = commit.parents;
	// What the commit at the boundary changed is not known here: the one before it is not.
	if (parent !== undefined && !store.graph.isPresent(parent)) return 'unknown';
	const before = parent === undefined ? emptyTreeOid : (await store.readCommit(parent)).tree;
	return {commit, before};
}

function* inGroups<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
	let group: T[] = [];
	for (const item of items) {
		group.push(item);
		if (group.length < size) continue;
		yield group;
		group = [];
	}
	if (group.length > 0) yield group;
}

export async function readHistory(state: ProjectState, path: Path | undefined): Promise<History> {
	const entries: HistoryEntry[] = [];
	const how: WalkEnd = {end: 'start'};
	for await (const {commit, paths} of walkChanges(state, path, how)) {
		if (entries.length >= maxEntries) {
			how.end = 'limit';
			break;
		}
		entries.push({
			commit: commit.oid,
			at: commit.atMs,
			peerId: commit.author.peerId,
			name: commit.author.name,
			paths: paths.slice(0, maxPaths),
			more: Math.max(0, paths.length - maxPaths),
		});
	}
	return {entries: entries.sort((one, other) => other.at - one.at), end: how.end};
}

/** True for the path itself and all below it; no path, and `.`, is everything. */
export function isIn(path: Path, folder: Path | undefined): boolean {
	return folder === undefined || folder === '.' || path === folder || isBelow(path, folder);
}
