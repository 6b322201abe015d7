/**
 * Who wrote a side of a conflict, and when: not in the record, but in history. It is the newest snapshot that has the
 * content at the path where the commit before it has not. Bounded, and remembered, since history does not change.
 */
import {type Commit, mergeAuthor} from '../../git/commit-format.js';
import {type Content, type Path} from '../../protocol/content.js';
import {reopenVerb} from './move-head.js';
import {type ProjectState} from './project-state.js';

export type Authorship = {readonly peerId: string; readonly name: string; readonly at: number};

/** History does not tell: it is behind the boundary, or too far back. */
export const unknownAuthor: Authorship = {peerId: '', name: '', at: 0};

/** Commits that one search looks at. A conflict is between recent changes. */
const maxCommits = 3000;
const maxRemembered = 50_000;

export function sideKey(path: Path, content: Content): string {
	return `${content} ${path}`;
}

/** Finds the authors of these sides, by sideKey; all of them are in the answer. */
export async function findAuthors(
	state: ProjectState,
	sides: ReadonlyMap<Path, readonly Content[]>,
	known: Map<string, Authorship>,
): Promise<ReadonlyMap<string, Authorship>> {
	const open = new Map<Path, Set<Content>>();
	for (const [path, contents] of sides) {
		const missing = contents.filter((content) => !known.has(sideKey(path, content)));
		if (missing.length > 0) open.set(path, new Set(missing));
	}
	if (known.size > maxRemembered) known.clear();
	let count = 0;
	if (open.size > 0 && state.head !== undefined) {
		for (const oid of state.ancestry.walk(state.head)) {
			if (open.size === 0 || ++count > maxCommits) break;
			if (state.store.graph.isPresent(oid))
				await lookAtCommit(state, await state.store.readCommit(oid), open, known);
		}
	}
	for (const [path, contents] of open) {
		for (const content of contents) known.set(sideKey(path, content), unknownAuthor);
	}
	return known;
}

/** Takes out of `open` what this commit brought in. */
async function lookAtCommit(
	{store}: ProjectState,
	commit: Commit,
	open: Map<Path, Set<Content>>,
	known: Map<string, Authorship>,
): Promise<void> {
	const [parent] = commit.parents;
	if (commit.author.peerId === mergeAuthor.peerId || commit.parents.length > 1) return;
	// It brings back what others wrote as well.
	if (commit.message.startsWith(`${reopenVerb} `)) return;
	if (parent !== undefined && !store.graph.isPresent(parent)) return;
	const before = parent === undefined ? undefined : (await store.readCommit(parent)).tree;
	const author = {...commit.author, at: commit.atMs};
	for (const [path, change] of await store.diffTrees(before, commit.tree)) {
		const contents = open.get(path);
		if (!contents) continue;
		for (const content of contents) {
			if (!change.after.contents.includes(content) || change.before.contents.includes(content)) continue;
			known.set(sideKey(path, content), author);
			contents.delete(content);
		}
		if (contents.size === 0) open.delete(path);
	}
}
