/**
 * Reads trees as projects: paths, values, conflict records. Parsed trees stay in memory, the ones used last, so the
 * next snapshot, merge or comparison of a project reads only what changed.
 */
import {absentValue, formatContent, type Oid, type Path, type Tree, type Value} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader} from './object-reader.js';
import {Lru} from './lru.js';
import {maxPathBytes, reservedName} from './name-rules.js';
import {emptyTreeOid, maxTreeBytes} from './object-format.js';
import {type ConflictRecord, decodeRecord, recordName, recordPathProblem, recordsFolder} from './record.js';
import {storeDamaged} from './store-failure.js';
import {treeWords} from './store-words.js';
import {isFileMode, isFolder, parseTree, type TreeEntry} from './tree-format.js';

/** Entries of parsed trees that are kept: some 60 MB of memory at the very most. */
const keptEntries = 250_000;

const keptRecords = 10_000;

/** Folders that are asked for at once. */
const readAhead = 64;

type KeptTree = {readonly entries: readonly TreeEntry[]; byName?: ReadonlyMap<string, TreeEntry>};

const weighTree = ({entries}: KeptTree) => entries.length + 1;

export class TreeReader {
	readonly #objects: Pick<ObjectReader, 'read'>;
	#kept = new Lru<Oid, KeptTree>(keptEntries, weighTree);
	readonly #coming = new Map<Oid, Promise<KeptTree>>();
	#records = new Lru<Oid, ConflictRecord>(keptRecords);

	constructor(objects: Pick<ObjectReader, 'read'>) {
		this.#objects = objects;
	}

	/** The entries of one folder, in git's order. */
	async entries(tree: Oid): Promise<readonly TreeEntry[]> {
		return (await this.#keptTree(tree)).entries;
	}

	/** One entry of one folder. */
	async entry(tree: Oid, name: string): Promise<TreeEntry | undefined> {
		const kept = await this.#keptTree(tree);
		kept.byName ??= new Map(kept.entries.map((entry) => [entry.name, entry]));
		return kept.byName.get(name);
	}

	/** Makes a tree known that was written just now. */
	rememberWritten(tree: Oid, content: Buffer): void {
		const parsed = parseTree(content);
		if (parsed.ok) {
			this.#kept.set(tree, {entries: parsed.entries});
		}
	}

	/** True if the tree was read or written a short while ago, so it is in the store. */
	isRemembered(tree: Oid): boolean {
		return this.#kept.has(tree);
	}

	/** Forgets what was read, and what is being read: it may not be in the store any more. */
	forget(): void {
		this.#kept = new Lru(keptEntries, weighTree);
		this.#records = new Lru(keptRecords);
		this.#coming.clear();
	}

	/** All paths and values, records decoded. */
	async list(tree: Oid): Promise<Tree> {
		const paths = new Map<Path, Value>();
		for (const entry of await this.entries(tree)) {
			if (entry.name !== reservedName) {
				await this.#listEntry(entry, entry.name, paths);
			}
		}

		for (const {path, value} of await this.records(tree)) {
			paths.set(path, value);
		}

		return paths;
	}

	/** The values at some paths; what is not there is clean and absent. */
	async valuesAt(tree: Oid | undefined, paths: Iterable<Path>): Promise<Map<Path, Value>> {
		const values = new Map<Path, Value>();
		const records = tree === undefined ? undefined : await this.#recordsTree(tree);
		for (const path of paths) {
			values.set(path, tree === undefined ? absentValue : await this.#valueAt(tree, records, path));
		}

		return values;
	}

	/** Every path below a folder that is not absent, conflicted ones included. */
	async pathsBelow(tree: Oid | undefined, folder: Path): Promise<Path[]> {
		if (tree === undefined) {
			return [];
		}

		const found = new Map<Path, Value>();
		const entry = await this.find(tree, folder);
		if (entry && isFolder(entry)) {
			await this.#listEntry(entry, folder, found);
		}

		for (const {path, value} of await this.records(tree)) {
			if (path.startsWith(`${folder}/`)) {
				found.set(path, value);
			}
		}

		return [...found.keys()];
	}

	/** The entry at a path of the main tree, file or folder. */
	async find(tree: Oid, path: Path): Promise<TreeEntry | undefined> {
		let at = tree;
		const names = path.split('/');
		for (const [depth, name] of names.entries()) {
			const entry = await this.entry(at, name);
			if (!entry || depth === names.length - 1) {
				return entry;
			}

			if (!isFolder(entry)) {
				return undefined;
			}

			at = entry.oid;
		}

		return undefined;
	}

	/** True if both trees hold the same at a path of the main tree, and the same records. */
	async isSameAt(one: Oid, other: Oid, path: Path): Promise<boolean> {
		if ((await this.#recordsTree(one)) !== (await this.#recordsTree(other))) return false;
		const names = path.split('/');
		let [left, right] = [one, other];
		for (const [depth, name] of names.entries()) {
			// Most of the way is the same folder on both sides, and then so is all that is in it.
			if (left === right) return true;
			const [a, b] = await Promise.all([this.entry(left, name), this.entry(right, name)]);
			if (a?.oid === b?.oid && a?.mode === b?.mode) return true;
			if (depth === names.length - 1 || !a || !b || !isFolder(a) || !isFolder(b)) return false;
			[left, right] = [a.oid, b.oid];
		}

		return false;
	}

	/** All conflict records of a tree. */
	async records(tree: Oid): Promise<readonly ConflictRecord[]> {
		const folder = await this.#recordsTree(tree);
		const records: ConflictRecord[] = [];
		for (const entry of folder === undefined ? [] : await this.entries(folder)) {
			records.push(await this.record(entry));
		}

		return records;
	}

	/** Decodes the record that an entry of the records' folder names. */
	async record({name, oid}: TreeEntry): Promise<ConflictRecord> {
		const kept = this.#records.get(oid);
		if (kept && recordName(kept.path) === name) {
			return kept;
		}

		const decoded = decodeRecord(await this.entries(oid));
		if (!decoded.ok) {
			throw storeDamaged(decoded.reason, {oid});
		}

		const blob = await this.#objects.read(decoded.pathEntry.oid, maxPathBytes);
		const path = blob?.content?.toString() ?? '';
		const problem = recordPathProblem(path, name);
		if (problem !== undefined) {
			throw storeDamaged(problem, {oid});
		}

		const record = {path, value: decoded.value};
		this.#records.set(oid, record);
		return record;
	}

	/** All paths at and below an entry of the main tree, with clean values. */
	async listEntry(entry: TreeEntry, path: Path): Promise<Map<Path, Value>> {
		const paths = new Map<Path, Value>();
		await this.#listEntry(entry, path, paths);
		return paths;
	}

	async #listEntry(entry: TreeEntry, path: Path, paths: Map<Path, Value>): Promise<void> {
		if (isFileMode(entry.mode)) {
			paths.set(path, {contents: [formatContent(entry.mode, entry.oid)]});
			return;
		}

		const entries = await this.entries(entry.oid);
		const folders = entries.filter(isFolder);
		let asked = 0;
		let walked = 0;
		for (const below of entries) {
			if (isFolder(below)) {
				walked++;
				// Asks for the next folders while this one is walked: the child answers them in one go.
				for (; asked < folders.length && asked < walked + readAhead; asked++) {
					this.entries(folders[asked]?.oid ?? '').catch(() => undefined);
				}
			}

			await this.#listEntry(below, `${path}/${below.name}`, paths);
		}
	}

	async #valueAt(tree: Oid, records: Oid | undefined, path: Path): Promise<Value> {
		const entry = await this.find(tree, path);
		if (entry && isFileMode(entry.mode)) {
			return {contents: [formatContent(entry.mode, entry.oid)]};
		}

		const record = records === undefined ? undefined : await this.entry(records, recordName(path));
		return record ? (await this.record(record)).value : absentValue;
	}

	async #recordsTree(tree: Oid): Promise<Oid | undefined> {
		const entry = await this.find(tree, recordsFolder.join('/'));
		return entry && isFolder(entry) ? entry.oid : undefined;
	}

	async #keptTree(tree: Oid): Promise<KeptTree> {
		const kept = this.#kept.get(tree);
		if (kept) {
			return kept;
		}

		let coming = this.#coming.get(tree);
		if (!coming) {
			const reading = this.#read(tree, this.#kept).finally(() => {
				if (this.#coming.get(tree) === reading) this.#coming.delete(tree);
			});
			coming = reading;
			this.#coming.set(tree, reading);
		}

		return coming;
	}

	/** Into the memory of when it was asked for: what was forgotten since stays forgotten. */
	async #read(tree: Oid, memory: Lru<Oid, KeptTree>): Promise<KeptTree> {
		if (tree === emptyTreeOid) {
			return {entries: []};
		}

		const object = await this.#objects.read(tree, maxTreeBytes);
		if (!object) {
			throw new Failure('missing_object', {details: {oid: tree}});
		}

		const parsed: ReturnType<typeof parseTree> =
			object.type === 'tree' && object.content
				? parseTree(object.content)
				: {ok: false, reason: treeWords.none};
		if (!parsed.ok) {
			throw storeDamaged(parsed.reason, {oid: tree});
		}

		const kept = {entries: parsed.entries};
		memory.set(tree, kept);
		return kept;
	}
}
