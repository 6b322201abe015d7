/**
 * Judges the tree of a commit from a peer: names, depth and number of paths, that every object is here and of its type,
 * and that the reserved folder holds records alone. The walk is bounded by what is new: entries that stood at the same
 * place of an accepted parent are not looked at again.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectInfo} from './cat-file-header.js';
import {type CatFile} from './cat-file.js';
import {Breath, mapInGroups} from './gate.js';
import {Lru} from './lru.js';
import {maxPathBytes, maxPathDepth, reservedName} from './name-rules.js';
import {entriesProblem} from './object-check.js';
import {emptyTreeOid, maxTreeBytes} from './object-format.js';
import {decodeRecord, recordNamePattern, recordPathProblem, recordsFolder} from './record.js';
import {hostileData} from './store-failure.js';
import {isFolder, parseTree, type TreeEntry} from './tree-format.js';

/** Paths of one project, counted by path: an 800-byte pack can name ten thousand million. */
const maxPaths = 1_000_000;

const judgedTrees = 100_000;

/** Blobs that are looked for in one go. */
const checkedAtOnce = 512;

/** A target longer than PATH_MAX is no symlink. */
const maxLinkBytes = 4096;

/** What is known of a tree that was judged: how many paths it has, how deep and how long they get. */
type Judged = {readonly paths: number; readonly depth: number; readonly pathBytes: number};

export class TreeJudge {
	readonly #objects: CatFile;
	/** By tree and the trees that were at its place before: what these have is not counted again. */
	#judged = new Lru<string, Judged>(judgedTrees);
	readonly #breath = new Breath();
	/** Files whose blobs are still to be looked for: asked in bulk, since folders are many and small. */
	#unchecked: TreeEntry[] = [];

	constructor(objects: CatFile) {
		this.#objects = objects;
	}

	/**
	 * Judges a whole tree; `parents` are trees of accepted commits. Rejects with Failure `incomplete` or `hostile_data`.
	 */
	async judge(root: Oid, parents: readonly Oid[]): Promise<void> {
		try {
			await this.#judgeRoot(root, parents);
			await this.#checkBlobs();
		} catch (error) {
			// Trees are remembered before their blobs were looked for, so nothing of this walk may stay.
			this.#judged = new Lru(judgedTrees);
			this.#unchecked = [];
			throw error;
		}
	}

	async #judgeRoot(root: Oid, parents: readonly Oid[]): Promise<void> {
		const entries = await this.#entries(root);
		const before = await this.#parentEntries(parents);
		const reserved = entries.find(({name}) => name === reservedName);
		const main = await this.#judgeEntries(
			entries.filter((entry) => entry !== reserved),
			before,
			1,
		);
		if (main.paths > maxPaths || main.depth > maxPathDepth || main.pathBytes > maxPathBytes) {
			throw hostileData('a tree with too many, too deep or too long paths', {
				paths: Math.min(main.paths, Number.MAX_SAFE_INTEGER),
			});
		}

		if (reserved && !isSame(reserved, before)) {
			await this.#judgeRecords(reserved, root);
		}
	}

	async #judgeTree(oid: Oid, parents: readonly Oid[], depth: number): Promise<Judged> {
		const key = [oid, ...parents].join();
		const known = this.#judged.get(key);
		if (known) {
			return known;
		}

		if (depth > maxPathDepth) {
			throw hostileData('a tree that is too deep', {oid});
		}

		const entries = await this.#entries(oid);
		if (entries.some(({name}) => name === reservedName)) {
			throw hostileData('a reserved name below the root', {oid});
		}

		const before = await this.#parentEntries(parents);
		const judged = await this.#judgeEntries(entries, before, depth);
		this.#judged.set(key, judged);

		return judged;
	}

	async #judgeEntries(
		entries: readonly TreeEntry[],
		before: ReadonlyArray<ReadonlyMap<string, TreeEntry>>,
		depth: number,
	): Promise<Judged> {
		const problem = entriesProblem(entries);
		if (problem !== undefined) {
			throw hostileData(problem);
		}

		await this.#breath.take();
		const fresh = entries.filter((entry) => !isSame(entry, before));
		for (const entry of fresh) {
			if (!isFolder(entry)) {
				this.#unchecked.push(entry);
			}
		}

		if (this.#unchecked.length >= checkedAtOnce) {
			await this.#checkBlobs();
		}

		let paths = entries.length;
		let deepest = 1;
		let longest = 0;
		for (const entry of entries) {
			longest = Math.max(longest, Buffer.byteLength(entry.name));
		}

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

	async #checkBlobs(): Promise<void> {
		const entries = this.#unchecked;
		this.#unchecked = [];
		const infos = await mapInGroups(entries, checkedAtOnce, async ({oid}) => this.#objects.info(oid));
		for (const [at, info] of infos.entries()) {
			const entry = entries[at];
			if (entry) {
				checkBlob(entry, info);
			}
		}
	}

	/** The reserved folder: nothing in it but well-formed records of paths that are not in the main tree. */
	async #judgeRecords(reserved: TreeEntry, root: Oid): Promise<void> {
		const [folder, ...others] = isFolder(reserved) ? await this.#entries(reserved.oid) : [];
		if (!folder || others.length > 0 || folder.name !== recordsFolder[1] || !isFolder(folder)) {
			throw hostileData('a reserved folder that holds something else than records');
		}

		const records = await this.#entries(folder.oid);
		if (records.length === 0 || records.length > maxPaths) {
			throw hostileData('a records folder that is empty or too large');
		}

		for (const record of records) {
			await this.#judgeRecord(record, root);
		}
	}

	async #judgeRecord(record: TreeEntry, root: Oid): Promise<void> {
		if (!isFolder(record) || !recordNamePattern.test(record.name)) {
			throw hostileData('an entry among the records that is none');
		}

		const entries = await this.#entries(record.oid);
		const decoded = decodeRecord(entries);
		if (!decoded.ok) {
			throw hostileData(decoded.reason, {oid: record.oid});
		}

		this.#unchecked.push(...entries);
		const blob = await this.#objects.read(decoded.pathEntry.oid, maxPathBytes);
		if (!blob) {
			throw new Failure('incomplete', {details: {oid: decoded.pathEntry.oid}});
		}

		const path = blob.content?.toString() ?? '';
		const problem = recordPathProblem(path, record.name) ?? (await this.#mainEntryProblem(root, path));
		if (problem !== undefined) {
			throw hostileData(problem, {oid: record.oid});
		}
	}

	async #mainEntryProblem(root: Oid, path: string): Promise<string | undefined> {
		let at = root;
		const names = path.split('/');
		for (const [depth, name] of names.entries()) {
			const entry = (await this.#entries(at)).find((candidate) => candidate.name === name);
			if (!entry) {
				return undefined;
			}

			if (!isFolder(entry)) {
				return depth === names.length - 1 ? 'a conflict record of a path that is in the tree' : undefined;
			}

			at = entry.oid;
		}

		return undefined;
	}

	async #parentEntries(parents: readonly Oid[]): Promise<Array<ReadonlyMap<string, TreeEntry>>> {
		return Promise.all(
			parents.map(async (oid) => new Map((await this.#entries(oid)).map((entry) => [entry.name, entry]))),
		);
	}

	/** Not from the reader's memory of trees: what is judged is what git will read. */
	async #entries(oid: Oid): Promise<readonly TreeEntry[]> {
		if (oid === emptyTreeOid) {
			return [];
		}

		const object = await this.#objects.read(oid, maxTreeBytes);
		if (!object) {
			throw new Failure('incomplete', {details: {oid}});
		}

		const parsed: ReturnType<typeof parseTree> =
			object.type === 'tree' && object.content
				? parseTree(object.content)
				: {ok: false, reason: 'a tree that is none or too large'};
		if (!parsed.ok) {
			throw hostileData(parsed.reason, {oid});
		}

		return parsed.entries;
	}
}

function isSame(entry: TreeEntry, before: ReadonlyArray<ReadonlyMap<string, TreeEntry>>): boolean {
	return before.some((names) => {
		const other = names.get(entry.name);
		return other !== undefined && other.oid === entry.oid && other.mode === entry.mode;
	});
}

function checkBlob(entry: TreeEntry, info: ObjectInfo | undefined): void {
	if (!info) {
		throw new Failure('incomplete', {details: {oid: entry.oid}});
	}

	if (info.type !== 'blob') {
		throw hostileData('a file that is no blob', {oid: entry.oid});
	}

	if (entry.mode === '120000' && info.bytes > maxLinkBytes) {
		throw hostileData('a symlink that is too long', {oid: entry.oid});
	}
}
