/**
 * What this peer tells others of its older history, and brings back of theirs. A version that is asked for travels as a snapshot
 * of its own that holds nothing but the path, so the ordinary exchange carries it, checked like everything else.
 */
import {type Oid, type Path, type Tree} from '../../protocol/content.js';
import {mergeAuthor} from '../../git/commit-format.js';
import {type PastChange} from '../../protocol/peer-messages.js';
import {findCommit} from './find-commit.js';
import {isIn, walkChanges} from './read-history.js';
import {type ProjectState} from './project-state.js';

/** What fits into a frame with room to spare. */
const maxAnswerBytes = 32 * 1024;
const maxChanges = 100;
/** Paths of one change that are named. */
const maxNamed = 3;
/** A long path takes the room of many changes. */
const maxNamedBytes = 1024;
/** Never another one: whoever makes the snapshot, it has the same id. */
const extractTitle = 'As it was';

export type Extract = {readonly snapshot: Oid; readonly at: number; readonly extract: Oid};

/** Who changed the path and when, newest first, as far as it fits into one answer. */
export async function listPast(state: ProjectState, path: Path | undefined): Promise<PastChange[]> {
	const changes: PastChange[] = [];
	let bytes = 0;
	for await (const {commit, paths} of walkChanges(state, path)) {
		const named = paths.slice(0, maxNamed).filter((one) => Buffer.byteLength(one) <= maxNamedBytes);
		const change: PastChange = {
			commit: commit.oid,
			at: commit.atMs,
			peer_id: commit.author.peerId.slice(0, 64),
			name: commit.author.name.slice(0, 64),
			paths: named,
			more: paths.length - named.length,
		};
		bytes += Buffer.byteLength(JSON.stringify(change));
		if (bytes > maxAnswerBytes || changes.length >= maxChanges) break;
		changes.push(change);
	}
	return changes;
}

/**
 * The path as it was, as a commit without parents that others can fetch. The same for whoever makes it. Rejects with Failure
 * `bad_time` or `not_in_history`.
 */
export async function extractPast(state: ProjectState, path: Path, at: string): Promise<Extract> {
	const {store} = state;
	const snapshot = findCommit(state, at);
	const {tree, atMs} = await store.readCommit(snapshot);
	const values: Tree = new Map([...(await store.listTree(tree))].filter(([one]) => isIn(one, path)));
	const extract = await store.writeCommit({
		tree: await store.writeTree(undefined, values),
		parents: [],
		author: mergeAuthor,
		atMs,
		message: extractTitle,
	});
	await store.flush();
	return {snapshot, at: atMs, extract};
}
