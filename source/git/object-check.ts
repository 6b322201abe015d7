/**
 * Judges objects from outside before they enter the store: form and names of trees, form of commits, sizes. Where a
 * tree stands in a project, and whether all it names is there, is judged when a commit is accepted. Pure.
 */
import {parseCommit} from './commit-format.js';
import {nameProblem, reservedName} from './name-rules.js';
import {maxCommitBytes, maxTreeBytes, type ObjectType} from './object-format.js';
import {objectWords} from './store-words.js';
import {isFolder, parseTree, type TreeEntry} from './tree-format.js';

/** The largest object of each type that is taken in one piece. Larger blobs come in parts, as files. */
export const maxObjectBytes: Readonly<Record<ObjectType, number>> = {
	blob: 16 * 1024 * 1024,
	tree: maxTreeBytes,
	commit: maxCommitBytes,
};

/** Why an object is not taken; undefined if it is. */
export function objectProblem(type: ObjectType, content: Buffer): string | undefined {
	if (content.length > maxObjectBytes[type]) {
		return objectWords.tooLarge(type);
	}

	switch (type) {
		case 'blob': {
			return undefined;
		}

		case 'tree': {
			const parsed = parseTree(content);
			return parsed.ok ? entriesProblem(parsed.entries) : parsed.reason;
		}

		case 'commit': {
			const parsed = parseCommit(content);
			return parsed.ok ? undefined : parsed.reason;
		}
	}
}

/** Why the entries of a tree may not be synced. The reserved folder passes: its place is judged elsewhere. */
export function entriesProblem(entries: readonly TreeEntry[]): string | undefined {
	for (const entry of entries) {
		const problem = entry.name === reservedName && isFolder(entry) ? undefined : nameProblem(entry.name);
		if (problem !== undefined) {
			return problem;
		}
	}

	return undefined;
}
