/** Remembers what commits changed while nobody waits, newest first, so that the history of a path is there at once. */
import {type CommitPaths} from '../../git/changed-paths.js';
import {type ProjectState} from './project-state.js';
import {readStep} from './read-history.js';

/** Commits that are noted at once. */
const batch = 200;

/** Behind so many that are noted, in a history that was noted whole before, nothing new is to be found. */
const enough = 1000;

/** Any path: which commits are known is all that is asked. */
const anyPath = '.';

/** True when all that is here is noted, false when the time was over before or the signal came. */
export async function indexHistory(
	state: ProjectState,
	{signal, maxMs}: {readonly signal: AbortSignal; readonly maxMs: number},
): Promise<boolean> {
	const {store, head} = state;
	if (head === undefined) return true;
	const until = performance.now() + maxMs;
	const known = await store.changes.look(anyPath);
	let notes: CommitPaths[] = [];
	let knownInRow = 0;
	let isOver = false;
	for (const oid of state.ancestry.walk(head)) {
		knownInRow = known.has(oid) ? knownInRow + 1 : 0;
		if (state.isIndexed && knownInRow > enough) break;
		if (known.has(oid) || !store.graph.isPresent(oid)) continue;
		const note = await noteOf(state, oid);
		if (note) notes.push(note);
		if (notes.length >= batch) {
			await store.changes.add(notes);
			notes = [];
		}
		isOver = signal.aborted || performance.now() > until;
		if (isOver) break;
	}
	if (notes.length > 0) await store.changes.add(notes);
	state.isIndexed ||= !isOver;
	return !isOver;
}

/** Undefined where what the commit changed cannot be told here. */
async function noteOf(state: ProjectState, oid: string): Promise<CommitPaths | undefined> {
	const step = await readStep(state, oid);
	if (step === 'unknown') return undefined;
	if (step === 'merge') return {oid, paths: []};
	return {oid, paths: [...(await state.store.diffTrees(step.before, step.commit.tree)).keys()]};
}
