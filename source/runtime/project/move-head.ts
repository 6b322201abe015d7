/** Making commits and moving the head: the one place where it moves, and the order in which that is durable. */
import {mergeAuthor} from '../../git/commit-format.js';
import {type Oid, type Path, isConflicted, type Value} from '../../protocol/content.js';
import {type HeadMove, type ProjectState} from './project-state.js';

/** A commit of this peer on top of its head: objects and commit are there, the head has not moved. */
export async function writeOwnCommit(state: ProjectState, tree: Oid, message: string): Promise<Oid> {
	await state.store.flush();
	state.moment('objects');
	const commit = await state.store.writeCommit({
		tree,
		parents: state.head === undefined ? [] : [state.head],
		author: state.self,
		atMs: state.now(),
		message,
	});
	state.moment('commit');
	return commit;
}

/** The merge of two heads: the same commit whoever makes it (merge rule 8). */
export async function writeMergeCommit(state: ProjectState, tree: Oid, heads: readonly Oid[]): Promise<Oid> {
	const parents = [...heads].sort();
	const commits = await Promise.all(parents.map(async (oid) => state.store.readCommit(oid)));
	await state.store.flush();
	state.moment('objects');
	const commit = await state.store.writeCommit({
		tree,
		parents,
		author: mergeAuthor,
		atMs: Math.max(...commits.map(({atMs}) => atMs)),
		message: 'Merge',
	});
	state.moment('commit');
	return commit;
}

/** Moves the head, durably, and notes which paths the disk has to be compared with. `values` are the changed ones. */
export async function moveHead(state: ProjectState, move: HeadMove): Promise<void> {
	const {commit} = move;
	try {
		await state.store.writeHead(commit, state.head);
	} catch (error) {
		state.unsureMove = move;
		await settleMove(state).catch(() => {
			throw error; // it is for the next operation
		});
		if (state.head !== commit) throw error;
	}
	setHead(state, move);
	state.moment('head');
}

/**
 * The disk may refuse when the ref has moved already: what is known here follows what stands there. A disk that does not even
 * tell where it stands is asked again before anything else is done, or no head could ever be moved again.
 */
export async function settleMove(state: ProjectState): Promise<void> {
	const move = state.unsureMove;
	if (!move) return;
	const hasMoved = (await state.store.readHead()) === move.commit;
	if (hasMoved) {
		setHead(state, move);
		for (const [path, entry] of move.shown ?? []) state.untold.set(path, entry);
		await state.store.writeHead(move.commit, move.commit);
	}
	state.unsureMove = undefined;
}

function setHead(state: ProjectState, {commit, tree, values}: HeadMove): void {
	state.head = commit;
	state.tree = tree;
	for (const [path, value] of values) {
		noteConflict(state, path, value);
		state.pending.add(path);
	}
}

/** Keeps the list of conflicts in step with one path of the head. */
export function noteConflict(state: ProjectState, path: Path, value: Value): void {
	if (isConflicted(value)) {
		const since = state.conflicts.get(path)?.since ?? state.now();
		state.conflicts.set(path, {value, since});
	} else state.conflicts.delete(path);
}

/** How messages begin of commits that make conflicts of what was settled. */
export const reopenVerb = 'Reopen';

/** What a commit's message says of its paths. */
export function describePaths(verb: string, paths: readonly Path[]): string {
	const [first = 'nothing'] = paths;
	return paths.length > 1 ? `${verb} ${first} and ${paths.length - 1} more` : `${verb} ${first}`;
}
