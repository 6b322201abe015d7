/**
 * Judges a commit from a peer with everything that is new behind it, before the graph knows it: from then on "in the
 * graph" means that all it reaches, down to the boundary, is here and may be applied.
 */
import {type Oid} from '../protocol/content.js';
import {type ObjectReader} from './object-reader.js';
import {type Commit} from './commit-format.js';
import {type Graph} from './graph.js';
import {readCommit} from './read-judged.js';
import {hostileData} from './store-failure.js';
import {commitWords} from './store-words.js';
import {TreeJudge} from './tree-judge.js';

/** Commits that one acceptance may add. */
const maxNewCommits = 200_000;

export class CommitJudge {
	readonly #objects: ObjectReader;
	readonly #graph: Graph;
	readonly #trees: TreeJudge;

	constructor(objects: ObjectReader, graph: Graph) {
		this.#objects = objects;
		this.#graph = graph;
		this.#trees = new TreeJudge(objects);
	}

	/**
	 * The new commits, oldest first, all judged. Rejects with Failure `incomplete` if an object is missing (ask for it and
	 * come again) and `hostile_data` if one breaks the rules.
	 */
	async judge(oid: Oid): Promise<readonly Commit[]> {
		try {
			const commits = await this.#newCommits(oid);
			await this.#judgeTrees(commits);
			return commits;
		} finally {
			// Parsed trees of a large project are some tens of MB, and what is judged next is read anew.
			this.#trees.forget();
		}
	}

	async #judgeTrees(commits: readonly Commit[]): Promise<void> {
		const trees = new Map<Oid, Oid | undefined>(commits.map((commit) => [commit.oid, commit.tree]));
		for (const commit of commits) {
			const parents: Oid[] = [];
			for (const parent of commit.parents) {
				if (!trees.has(parent)) {
					trees.set(parent, await this.#presentTree(parent));
				}

				const tree = trees.get(parent);
				if (tree !== undefined) {
					parents.push(tree);
				}
			}

			await this.#trees.judge(commit.tree, parents);
		}
	}

	async #newCommits(oid: Oid): Promise<Commit[]> {
		const commits = new Map<Oid, Commit>();
		const open = [oid];
		for (let at = open.pop(); at !== undefined; at = open.pop()) {
			if (commits.has(at) || this.#graph.isPresent(at)) {
				continue;
			}

			// A commit behind the boundary is told by the graph; only the one that was asked for is taken from there.
			if (at !== oid && this.#graph.has(at)) {
				continue;
			}

			if (commits.size >= maxNewCommits) {
				throw hostileData(commitWords.tooMany);
			}

			const commit = {oid: at, ...(await readCommit(this.#objects, at))};
			commits.set(at, commit);
			open.push(...commit.parents);
		}

		return oldestFirst(commits, oid);
	}

	async #presentTree(commit: Oid): Promise<Oid | undefined> {
		return this.#graph.isPresent(commit) ? (await readCommit(this.#objects, commit)).tree : undefined;
	}
}

/** Parents before children, without recursion: chains may be long. */
function oldestFirst(commits: ReadonlyMap<Oid, Commit>, newest: Oid): Commit[] {
	const ordered: Commit[] = [];
	const done = new Set<Oid>();
	const open: Array<{oid: Oid; ready: boolean}> = [{oid: newest, ready: false}];
	for (let at = open.pop(); at; at = open.pop()) {
		const commit = commits.get(at.oid);
		if (!commit || done.has(at.oid)) {
			continue;
		}

		if (at.ready) {
			done.add(at.oid);
			ordered.push(commit);
		} else {
			open.push({oid: at.oid, ready: true}, ...commit.parents.map((oid) => ({oid, ready: false})));
		}
	}

	return ordered;
}
