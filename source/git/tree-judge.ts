/**
 * Judges the tree of a commit from a peer: names, depth and number of paths, that every object is here and of its type,
 * and that the reserved folder holds records alone. The walk is bounded by what is new: entries that stood at the same
 * place of an accepted parent are not looked at again.
 */
import {type Oid} from '../protocol/content.js';
import {maxPaths} from '../protocol/project-limits.js';
import {BlobCheck} from './blob-check.js';
import {type ObjectReader} from './object-reader.js';
import {Breath} from './gate.js';
import {type JudgedTree, JudgedTrees} from './judged-trees.js';
import {Lru} from './lru.js';
import {maxPathBytes, maxPathDepth, reservedName} from './name-rules.js';
import {RecordJudge} from './record-judge.js';
import {hostileData} from './store-failure.js';
import {treeWords} from './store-words.js';
import {isFolder, type TreeEntry} from './tree-format.js';

const judgedTrees = 20_000;
const countedTrees = 400_000;

/** What is known of a tree that was judged: how many paths it has, how deep and how long the new ones get. */
type Judged = {readonly paths: number; readonly depth: number; readonly pathBytes: number};

export class TreeJudge {
	readonly #trees: JudgedTrees;
	/** By tree and the trees that were at its place before: what these have is not looked at again. */
	#judged = new Lru<string, Judged>(judgedTrees);
	/** How many paths there are in trees that were judged, in this place or another. */
	readonly #paths = new Lru<Oid, number>(countedTrees);
	readonly #breath = new Breath();
	readonly #blobs: BlobCheck;
	readonly #records: RecordJudge;

	constructor(objects: ObjectReader) {
		this.#trees = new JudgedTrees(objects);
		this.#blobs = new BlobCheck(objects);
		this.#records = new RecordJudge(objects, this.#trees, this.#blobs);
	}

	/** An acceptance is over: all that it looked at was bounded together. */
	forget(): void {
		this.#trees.forget();
	}

	/**
	 * Judges a whole tree; `parents` are trees of accepted commits. Rejects with Failure `incomplete` or `hostile_data`.
	 */
	async judge(root: Oid, parents: readonly Oid[]): Promise<void> {
		try {
			await this.#judgeRoot(root, parents);
			await this.#blobs.check();
		} catch (error) {
			// Trees are remembered before their blobs were looked for, so nothing of this walk may stay.
			this.#judged = new Lru(judgedTrees);
			this.#blobs.forget();
			throw error;
		}
	}

	async #judgeRoot(root: Oid, parents: readonly Oid[]): Promise<void> {
		const key = [root, ...parents].join();
		if (this.#judged.has(key)) {
			return;
		}

		const tree = await this.#trees.read(root);
		const before = await this.#parentEntries(parents);
		const reserved = tree.byName.get(reservedName);
		const entries = tree.entries.filter((entry) => entry !== reserved);
		const main = await this.#judgeEntries({...tree, entries}, before, 1);
		if (main.paths > maxPaths || main.depth > maxPathDepth || main.pathBytes > maxPathBytes) {
			throw hostileData(treeWords.tooManyPaths, {
				paths: Math.min(main.paths, Number.MAX_SAFE_INTEGER),
			});
		}

		if (reserved && !isSame(reserved, before)) {
			await this.#records.judge(reserved, root);
		}

		this.#judged.set(key, main);
	}

	async #judgeTree(oid: Oid, parents: readonly Oid[], depth: number): Promise<Judged> {
		const key = [oid, ...parents].join();
		const known = this.#judged.get(key);
		if (known) {
			return known;
		}

		if (depth > maxPathDepth) {
			throw hostileData(treeWords.tooDeep, {oid});
		}

		const tree = await this.#trees.read(oid);
		if (tree.byName.has(reservedName)) {
			throw hostileData(treeWords.reservedBelow, {oid});
		}

		const before = await this.#parentEntries(parents);
		const judged = await this.#judgeEntries(tree, before, depth);
		this.#judged.set(key, judged);
		this.#paths.set(oid, judged.paths);

		return judged;
	}

	async #judgeEntries(
		{entries, problem, nameBytes}: JudgedTree,
		before: ReadonlyArray<ReadonlyMap<string, TreeEntry>>,
		depth: number,
	): Promise<Judged> {
		if (problem !== undefined) {
			throw hostileData(problem);
		}

		await this.#breath.take();
		const fresh: TreeEntry[] = [];
		let paths = entries.length;
		for (const entry of entries) {
			if (!isSame(entry, before)) {
				fresh.push(entry);
			} else if (isFolder(entry)) {
				paths += await this.#countPaths(entry.oid);
			}
		}

		for (const entry of fresh) {
			if (!isFolder(entry)) {
				this.#blobs.add(entry);
			}
		}

		await this.#blobs.checkIfMany();

		let deepest = 1;
		let longest = nameBytes;
		for (const entry of fresh.filter(isFolder)) {
			const there = before.flatMap((names) => {
				const other = names.get(entry.name);
				return other && isFolder(other) ? [other.oid] : [];
			});
			const below = await this.#judgeTree(entry.oid, there, depth + 1);
			paths += below.paths;
			deepest = Math.max(deepest, below.depth + 1);
			longest = Math.max(longest, Buffer.byteLength(entry.name) + 1 + below.pathBytes);
		}

		return {paths, depth: deepest, pathBytes: longest};
	}

	/** Of a tree that is part of an accepted one; each folder is read once, in however many places it stands. */
	async #countPaths(oid: Oid): Promise<number> {
		let paths = this.#paths.get(oid);
		if (paths === undefined) {
			const {entries} = await this.#trees.read(oid);
			paths = entries.length;
			for (const entry of entries.filter(isFolder)) {
				paths += await this.#countPaths(entry.oid);
			}

			this.#paths.set(oid, paths);
		}

		return paths;
	}

	async #parentEntries(parents: readonly Oid[]): Promise<Array<ReadonlyMap<string, TreeEntry>>> {
		return Promise.all(parents.map(async (oid) => (await this.#trees.read(oid)).byName));
	}
}

function isSame(entry: TreeEntry, before: ReadonlyArray<ReadonlyMap<string, TreeEntry>>): boolean {
	return before.some((names) => {
		const other = names.get(entry.name);
		return other !== undefined && other.oid === entry.oid && other.mode === entry.mode;
	});
}
