/** Opening and closing what a project's operations share. */
import {randomUUID} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Ancestry} from '../../core/reconcile/ancestry.js';
import {Store} from '../../git/store.js';
import {readRootIdentity, writeMark} from '../../workspace/guards.js';
import {IgnoreRules} from '../../workspace/ignore-rules.js';
import {isEmptyProject, pulsyncFolderOf} from '../../workspace/project-files.js';
import {ShownIndex} from '../../workspace/shown-index.js';
import {StageAhead} from '../../workspace/stage-ahead.js';
import {dropAhead} from './apply-head.js';
import {noteConflict} from './move-head.js';
import {type ProjectCallbacks, type ProjectMoment, type ProjectState} from './project-state.js';
import {ToldProblems} from './told-problems.js';

export type OpenOptions = {
	/** Absolute. */
	readonly root: string;
	readonly self: {readonly peerId: string; readonly name: string};
	readonly callbacks: ProjectCallbacks;
	/** Called at the durable moments of each operation; for tests that play a crash by throwing. */
	readonly moment?: (moment: ProjectMoment) => void;
	readonly now?: () => number;
};

/** Set once a first scan has filled `shown`. */
export const completeRef = 'shown';

/** A file that changed while it was read is looked at again after this. */
const lookAgainMs = 400;

export async function openState(options: OpenOptions, signal: AbortSignal): Promise<ProjectState> {
	const {root, self, callbacks, now = Date.now} = options;
	const folder = pulsyncFolderOf(root);
	const store = await Store.open(folder);
	let shown: ShownIndex | undefined;
	try {
		shown = await ShownIndex.open(join(folder, 'shown'));
		const rules = await IgnoreRules.open({root, folder});
		const identity = await readRootIdentity(root, await readMark(folder));
		const state: ProjectState = {
			root,
			folder,
			self,
			store,
			shown,
			rules,
			ancestry: new Ancestry((oid) => store.graph.parents(oid)),
			identity,
			callbacks,
			signal,
			moment: options.moment ?? (() => undefined),
			now,
			ahead: undefined,
			head: undefined,
			tree: undefined,
			conflicts: new Map(),
			unsureMove: undefined,
			untold: new Map(),
			raced: new Map(),
			pending: new Set(),
			comparesAll: true,
			hints: 'all',
			indexUnknown: false,
			deletionsAccepted: false,
			branch: undefined,
			gitTrace: undefined,
			deletions: [],
			told: new ToldProblems(),
			isIndexed: false,
			files: 0,
			bytes: 0,
			looksAgain: false,
			forestalled: {head: undefined, since: new Map()},
			lookAgainSoon: oneTimer(now, () => signal.aborted || callbacks.dirty()),
		};
		await loadHead(state);
		await stageAhead(state);
		return state;
	} catch (error) {
		await shown?.close();
		await store.close();
		throw error;
	}
}

/** Rings once for all who ask meanwhile, at the earliest of their times: whoever still needs it asks again then. */
function oneTimer(now: () => number, ring: () => void): (afterMs?: number) => void {
	let timer: NodeJS.Timeout | undefined;
	let dueAt = Infinity;
	return (afterMs = lookAgainMs) => {
		const at = now() + afterMs;
		if (timer && at >= dueAt) return;
		clearTimeout(timer);
		dueAt = at;
		timer = setTimeout(() => {
			timer = undefined;
			ring();
		}, afterMs).unref();
	};
}

export async function closeState(state: ProjectState): Promise<void> {
	const {store, shown, rules} = state;
	await dropAhead(state);
	rules.close();
	await shown.close();
	await store.close();
}

/** What comes for an empty folder is most likely what will stand in it. */
async function stageAhead(state: ProjectState): Promise<void> {
	if (state.head !== undefined || !(await isEmptyProject(state.root))) return;
	state.ahead = new StageAhead(state.folder);
	state.store.passBlobsTo(state.ahead);
}

/** The mark that says which copy of a project this is; a session writes it, a folder without one gets one. */
async function readMark(folder: string): Promise<string> {
	try {
		return (await readFile(join(folder, 'mark'), 'utf8')).trimEnd();
	} catch {
		const mark = randomUUID();
		await writeMark(folder, mark);
		return mark;
	}
}

/** Notes durably that `shown` tells all that this disk ever shared: a path that is not in it was not here. */
export async function noteIndexComplete(state: ProjectState): Promise<void> {
	state.indexUnknown = false;
	const isNoted = (await state.store.readNamedRef(completeRef)) !== undefined;
	if (!isNoted && state.head !== undefined) await state.store.writeNamedRef(completeRef, state.head);
}

async function loadHead(state: ProjectState): Promise<void> {
	const {store, shown} = state;
	state.head = await store.readHead();
	if (state.head === undefined) {
		// A store that was lost: what this disk once shared with it is no longer anywhere else.
		await shown.clear();
		return;
	}
	state.tree = (await store.readCommit(state.head)).tree;
	for (const [path, value] of await store.listConflicts(state.tree)) noteConflict(state, path, value);
	const wasComplete = (await store.readNamedRef(completeRef)) !== undefined;
	const isLost = shown.size === 0 && (await store.listTree(state.tree)).size > 0;
	// An index that was never finished, or that was lost: nobody knows what this disk was made from.
	state.indexUnknown = !wasComplete || isLost;
	for (const [, {stat}] of shown.entries()) {
		state.files++;
		state.bytes += stat?.size ?? 0;
	}
}
