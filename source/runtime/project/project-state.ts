/**
 * What one project's operations share. One operation at a time holds it (serial-queue.ts); `head`, `tree`, `conflicts`
 * and `pending` change only in move-head.ts and apply-head.ts.
 */
import {failureSentence} from '../../core/text.js';
import {type ProjectStatus, type Problem} from '../../core/state.js';
import {type ApplyStep} from '../../core/reconcile/plan-apply.js';
import {type Ancestry} from '../../core/reconcile/ancestry.js';
import {type Store} from '../../git/store.js';
import {type Oid, type Path, type Tree, type Value} from '../../protocol/content.js';
import {type RootIdentity} from '../../workspace/guards.js';
import {type IgnoreRules} from '../../workspace/ignore-rules.js';
import {type StageAhead} from '../../workspace/stage-ahead.js';
import {type ShownChanges, type ShownEntry, type ShownIndex} from '../../workspace/shown-index.js';
import {type ProblemSource, type ToldProblems} from './told-problems.js';

export type ProjectActivity = ProjectStatus['activity'];

/** The durable moments of an operation, in their order. A test that throws at one of them plays a crash there. */
export type ProjectMoment = 'objects' | 'commit' | 'head' | 'applied' | 'shown';

export type ProjectCallbacks = {
	progress(activity: ProjectActivity): void;
	/** Something on the disk changed, or should be looked at again. */
	dirty(): void;
	problem(problem: Omit<Problem, 'at'>): void;
	/** What was told of this path is not so any more. */
	solved(problem: {readonly code: string; readonly path: Path}): void;
	/** Paths that were just saved here. */
	editing(paths: readonly Path[]): void;
};

/** A head that takes the place of the one before. */
export type HeadMove = {
	readonly commit: Oid;
	readonly tree: Oid;
	/** The paths whose value is another one in its tree. */
	readonly values: Tree;
	/** What this disk shares with the store when it has moved. */
	readonly shown?: ShownChanges;
};

export type ProjectState = {
	readonly root: string;
	/** Absolute path of `.pulsync`. */
	readonly folder: string;
	readonly self: {readonly peerId: string; readonly name: string};
	readonly store: Store;
	readonly shown: ShownIndex;
	readonly rules: IgnoreRules;
	readonly ancestry: Ancestry;
	readonly identity: RootIdentity;
	readonly callbacks: ProjectCallbacks;
	readonly signal: AbortSignal;
	readonly moment: (moment: ProjectMoment) => void;
	readonly now: () => number;
	/** Files of a first join that are here before its head is; until the disk followed the first one. */
	ahead: StageAhead | undefined;
	head: Oid | undefined;
	tree: Oid | undefined;
	/** The head's records, and when this peer first saw each. */
	readonly conflicts: Map<Path, {readonly value: Value; readonly since: number}>;
	/** A move of the head of which the disk did not tell whether it happened (move-head.ts). */
	unsureMove: HeadMove | undefined;
	/** What `shown` could not be told yet (note-shown.ts). */
	readonly untold: Map<Path, ShownEntry | undefined>;
	/** Files that were saved in the instant in which they were replaced, by where they lie now (keep-raced.ts). */
	readonly raced: Map<string, ApplyStep>;
	/** Paths whose disk may not show what it should; each apply looks at them. */
	pending: Set<Path>;
	/** The next apply compares everything with the head: after the start, and when rules changed. */
	comparesAll: boolean;
	/** What the watcher named since the last scan; `all`: everything has to be looked at. */
	hints: Set<Path> | 'all';
	/** True until a first scan has told what this disk holds: an unlisted path may be anything but deleted. */
	indexUnknown: boolean;
	/** A person has agreed to the deletions that a guard stopped for. */
	deletionsAccepted: boolean;
	/** What the user's git had checked out at the last snapshot; undefined before the first, and without a repository. */
	branch: string | undefined;
	/** Where the user's git stood at the last look: when it has moved, any file may be another. */
	gitTrace: string | undefined;
	/** How many files were found missing lately, and when: a project that goes piece by piece is noticed. */
	deletions: {readonly at: number; readonly count: number}[];
	readonly told: ToldProblems;
	/** What all commits changed has been noted once: only the newest can be missing. */
	isIndexed: boolean;
	/** Files in view and their bytes, as of the last operation. */
	files: number;
	bytes: number;
	/** A save came before something that was to be written: until the next look the disk may not show the head. */
	looksAgain: boolean;
	/** Since when that is so with this head; ms of `now`. */
	forestalled: {readonly head: Oid | undefined; readonly since: Map<Path, number>};
	/** Asks for another round a little later: a file changed while it was read. Where several ask, the earliest counts. */
	lookAgainSoon(afterMs?: number): void;
};

/** More hints than this are as good as a full scan. */
const maxHints = 20_000;

/** Notes paths that the next scan looks at. */
export function addHints(state: ProjectState, paths: Iterable<Path>): void {
	if (state.hints === 'all') return;
	for (const path of paths) state.hints.add(path);
	if (state.hints.size > maxHints) state.hints = 'all';
}

/** Tells a person about a path that cannot be synced (or what is wrong with all of it), once. */
export function tellProblem(
	state: ProjectState,
	source: ProblemSource,
	code: string,
	path?: Path,
	details: Readonly<Record<string, string | number>> = {},
): void {
	if (!state.told.add({code, path, source})) return;
	const message = failureSentence(code, details);
	state.callbacks.problem(path === undefined ? {code, message} : {path, code, message});
}

/** Takes back what was told of paths that are mended. */
export function solveProblems(
	state: ProjectState,
	source: ProblemSource,
	isMended: (path: Path, code: string) => boolean,
): void {
	for (const {path, code} of state.told.takeMended(source, isMended))
		if (path !== undefined) state.callbacks.solved({path, code});
}
