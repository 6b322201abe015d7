/**
 * The private git store of one project: what snapshots are kept in and what peers exchange. Everything below hides git
 * behind a few verbs; see the files it is put together from for how. One process owns a store.
 */
import {type Readable} from 'node:stream';
import {type Oid, type Path, type Tree, type Value} from '../protocol/content.js';
import {Admission, type GivenObject} from './admission.js';
import {readObject, streamBlob} from './blob-read.js';
import {type BlobSink} from './blob-sink.js';
import {
	type ImportFile,
	importFile,
	importFiles,
	type ImportProgress,
	type ImportResult,
} from './bulk-import.js';
import {type ChangedPaths} from './changed-paths.js';
import {type ObjectInfo} from './cat-file-header.js';
import {type Commit, encodeCommit, type NewCommit, parseCommit} from './commit-format.js';
import {enumerateObjects, type ObjectPlan, type Wanted} from './enumerate.js';
import {type Compacted, type CompactOptions} from './compact.js';
import {Gate} from './gate.js';
import {type Graph} from './graph.js';
import {Housekeeping} from './housekeeping.js';
import {incomingBytes, type IncomingObject} from './incoming-object.js';
import {mergeTexts} from './merge-text.js';
import {type ObjectType} from './object-format.js';
import {packObjects, type Packing} from './pack-objects.js';
import {type GivenDelta} from './receive-delta.js';
import {packDelta} from './send-delta.js';
import {type ReceivedObject} from './pack-receive.js';
import {selfRef} from './refs.js';
import {type StoreSize} from './store-files.js';
import {closeParts, openParts, type StoreParts} from './store-parts.js';
import {type Change, diffTrees} from './tree-diff.js';
import {writeTree} from './tree-write.js';

/** Git children that pack and merge at once; more only take the processor from each other. */
const childrenAtOnce = 2;

export class Store {
	/** Ids, parents and dates of all known commits, also behind the shallow boundary. */
	readonly graph: Graph;
	/** What commits changed, as far as it was noted. */
	readonly changes: ChangedPaths;
	readonly #parts: StoreParts;
	readonly #admission: Admission;
	readonly #housekeeping: Housekeeping;
	readonly #children = new Gate(childrenAtOnce);

	private constructor(parts: StoreParts) {
		this.#parts = parts;
		this.graph = parts.graph;
		this.changes = parts.changes;
		this.#admission = new Admission(parts);
		this.#housekeeping = new Housekeeping(parts);
	}

	/**
	 * Opens the store below a `.pulsync` folder, or makes it. Rejects with Failure `git_missing`, `git_too_old`,
	 * `store_damaged` or `disk_full`.
	 */
	static async open(folder: string): Promise<Store> {
		return new Store(await openParts(folder));
	}

	/** The private git directory, for tools that read it. */
	get gitDir(): string {
		return this.#parts.layout.gitDir;
	}

	// — Refs —

	async readHead(): Promise<Oid | undefined> {
		return this.#parts.refs.read(selfRef);
	}

	/**
	 * Moves the head, durably, after all objects written so far. With `expected` it rejects with Failure `head_moved` if
	 * the head is elsewhere.
	 */
	async writeHead(oid: Oid, expected?: Oid): Promise<void> {
		await this.#writeRef(selfRef, oid, expected);
	}

	async readNamedRef(name: string): Promise<Oid | undefined> {
		return this.#parts.refs.read(name);
	}

	async writeNamedRef(name: string, oid: Oid): Promise<void> {
		await this.#writeRef(name, oid);
	}

	// — Writing —

	async writeBlob(bytes: Uint8Array): Promise<Oid> {
		return this.#parts.writer.writeSmall('blob', bytes);
	}

	/** Imports a file or, if it is one, a symlink's target. `changed`: it moved while it was read. */
	async writeBlobFile(
		path: string,
		{mode = 'file', signal}: {mode?: ImportFile['mode']; signal?: AbortSignal} = {},
	): Promise<{oid: Oid; bytes: number} | 'changed'> {
		return importFile(this.#parts.writer, {path, mode}, signal);
	}

	/** Imports many files; the objects are there when the iteration has ended. */
	writeBlobFiles(
		files: readonly ImportFile[],
		options: {signal?: AbortSignal; onProgress?: (progress: ImportProgress) => void} = {},
	): AsyncGenerator<ImportResult, void, undefined> {
		return importFiles(this.#parts.writer, files, options);
	}

	/** The tree that is `base` with other values at some paths. Rejects with Failure `bad_name` for an unsyncable path. */
	async writeTree(base: Oid | undefined, changes: Tree): Promise<Oid> {
		return writeTree(this.#parts.reader, this.#parts.writer, base, changes);
	}

	/** Writes a commit whose tree and parents are here, and adds it to the graph. */
	async writeCommit(facts: NewCommit): Promise<Oid> {
		const content = encodeCommit(facts);
		const parsed = parseCommit(content);
		if (!parsed.ok) {
			throw new Error(`not a commit: ${parsed.reason}`);
		}

		const oid = await this.#parts.writer.writeSmall('commit', content);
		this.#parts.commits.add([{...parsed.commit, oid}]);
		return oid;
	}

	/** Makes all that was written so far durable. */
	async flush(): Promise<void> {
		await this.#parts.writer.flush();
	}

	// — Reading —

	async has(oid: Oid): Promise<boolean> {
		return this.#parts.writer.has(oid);
	}

	async info(oid: Oid): Promise<ObjectInfo | undefined> {
		return this.#parts.objects.info(oid);
	}

	/** Rejects with Failure `missing_object` or `too_large`. */
	async read(oid: Oid, maxBytes: number): Promise<Buffer> {
		return readObject(this.#parts.objects, oid, maxBytes);
	}

	openBlob(oid: Oid): Readable {
		return streamBlob(this.#parts.layout.gitDir, this.#parts.objects, oid);
	}

	async readCommit(oid: Oid): Promise<Commit> {
		return this.#parts.commits.read(oid);
	}

	async listTree(tree: Oid): Promise<Tree> {
		return this.#parts.reader.list(tree);
	}

	/** Only what is in conflict. */
	async listConflicts(tree: Oid): Promise<Tree> {
		const records = await this.#parts.reader.records(tree);
		return new Map(records.map(({path, value}) => [path, value]));
	}

	async diffTrees(from: Oid | undefined, to: Oid | undefined): Promise<Map<Path, Change>> {
		return diffTrees(this.#parts.reader, from, to);
	}

	/** True if both trees hold the same at the path, a folder with all that is in it; records are looked at as a whole. */
	async isSameAt(one: Oid, other: Oid, path: Path): Promise<boolean> {
		return this.#parts.reader.isSameAt(one, other, path);
	}

	async valuesAt(tree: Oid | undefined, paths: Iterable<Path>): Promise<Map<Path, Value>> {
		return this.#parts.reader.valuesAt(tree, paths);
	}

	async pathsBelow(tree: Oid | undefined, folder: Path): Promise<Path[]> {
		return this.#parts.reader.pathsBelow(tree, folder);
	}

	// — Text —

	/** The merged text; undefined where it conflicts, is binary or over 4 MiB. Symmetric in `one` and `other`. */
	async mergeText(base: Oid, one: Oid, other: Oid, signal?: AbortSignal): Promise<Oid | undefined> {
		const {layout, objects} = this.#parts;
		const merged = await this.#children.run(async () =>
			mergeTexts(layout, objects, base, one, other, signal),
		);
		return merged && this.writeBlob(merged);
	}

	// — Exchange —

	/** Gives each blob of a peer to a sink as well, from now on or, with none, no more. */
	passBlobsTo(sink: BlobSink | undefined): void {
		this.#admission.sink = sink;
	}

	async enumerate(commit: Oid, wanted: Wanted): Promise<ObjectPlan> {
		const {objects, reader, graph, commits} = this.#parts;
		const treeOf = async (oid: Oid) => (await commits.read(oid)).tree;
		const sources = {objects, reader, graph, treeOf};
		return enumerateObjects(sources, commit, wanted);
	}

	/** A self-contained pack without deltas, at most a segment; quick, unless it is to be small. */
	async packObjects(
		oids: readonly Oid[],
		options: {packing?: Packing; signal?: AbortSignal} = {},
	): Promise<Buffer> {
		const {layout, objects} = this.#parts;
		return this.#children.run(async () => packObjects(layout.gitDir, objects, oids, options));
	}

	/**
	 * A pack of one delta: a large blob as changes of another one, which whoever gets it has to have. undefined where it would
	 * be no better than the whole.
	 */
	async packDelta(oid: Oid, base: Oid): Promise<Buffer | undefined> {
		return packDelta(this.#parts.layout.gitDir, this.#parts.objects, oid, base);
	}

	/**
	 * Lets a blob in, durably, that a peer sent as a pack of one delta. Rejects with Failure `missing_object` if its base is not
	 * here, `hostile_data` if anything is wrong.
	 */
	async takeDelta(pack: Uint8Array, given: GivenDelta): Promise<void> {
		await this.#admission.takeDelta(pack, given);
	}

	/** Lets a peer's pack in, durably. Rejects with Failure `hostile_data` and keeps nothing of a pack that is wrong. */
	async indexPack(pack: Uint8Array): Promise<{objects: readonly ReceivedObject[]}> {
		return this.#admission.indexPack(pack);
	}

	/** Lets objects of a peer in, all or none. They are durable after `flush`. */
	async writeObjects(objects: readonly GivenObject[]): Promise<void> {
		await this.#admission.writeObjects(objects);
	}

	/** How many bytes of a large object an earlier run left. */
	async incomingBytes(oid: Oid): Promise<number> {
		return incomingBytes(this.#parts.layout, oid);
	}

	/** One large object in parts, from the given offset or from where the bytes that are there end. */
	async openIncoming(oid: Oid, type: ObjectType, bytes: number, offset: number): Promise<IncomingObject> {
		return this.#admission.openIncoming(oid, type, bytes, offset);
	}

	/**
	 * Judges a peer's commit and adds it to the graph with all that is new behind it. Rejects with Failure `incomplete`
	 * while objects are missing, `hostile_data` if it breaks the rules.
	 */
	async acceptCommit(oid: Oid): Promise<void> {
		await this.#admission.acceptCommit(oid);
	}

	// — Housekeeping —

	async size(): Promise<StoreSize> {
		return this.#housekeeping.size();
	}

	/** Joins small packs and loose objects if there are many. True if it did. */
	async repackIfNeeded(signal?: AbortSignal): Promise<boolean> {
		return this.#housekeeping.repackIfNeeded(signal);
	}

	/**
	 * Writes the store anew, small, and cuts off what is older. Rejects with Failure `disk_room`, or whatever kept it from
	 * being done; then all is as it was.
	 */
	async compact(options: CompactOptions): Promise<Compacted> {
		return this.#housekeeping.compact({
			...options,
			exclusive: async (work) => options.exclusive(async () => this.#admission.alone(work)),
		});
	}

	/** When the oldest commit behind the head was made that could be cut off; undefined if there is none. */
	oldestMs(head: Oid, nowMs: number): number | undefined {
		return this.#housekeeping.oldestMs(head, nowMs);
	}

	async close(): Promise<void> {
		await closeParts(this.#parts);
	}

	async #writeRef(name: string, oid: Oid, expected?: Oid): Promise<void> {
		const ready = this.flush().then(async () => this.graph.flush());
		await this.#parts.refs.write(name, oid, ready, expected);
	}
}
