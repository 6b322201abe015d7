/**
 * The private git store of one project: what snapshots are kept in and what peers exchange. Everything below hides git
 * behind a few verbs; see the files it is put together from for how. One process owns a store.
 */
import {type Readable} from 'node:stream';
import {type Oid, type Path, type Tree, type Value} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {CommitJudge} from './accept-commit.js';
import {readObject, streamBlob} from './blob-read.js';
import {
	type ImportFile,
	importFile,
	importFiles,
	type ImportProgress,
	type ImportResult,
} from './bulk-import.js';
import {type ObjectInfo} from './cat-file-header.js';
import {CatFile} from './cat-file.js';
import {type Commit, encodeCommit, type NewCommit, parseCommit} from './commit-format.js';
import {DirtyFolders} from './dirty-folders.js';
import {enumerateObjects, type ObjectPlan, type Wanted} from './enumerate.js';
import {Gate} from './gate.js';
import {checkGit} from './git-version.js';
import {Graph} from './graph.js';
import {measure, repack, repackAbove} from './housekeeping.js';
import {incomingBytes, IncomingObject, sweepIncoming} from './incoming-object.js';
import {LooseObjects} from './loose-object.js';
import {KnownCommits} from './known-commits.js';
import {mergeTexts} from './merge-text.js';
import {objectProblem} from './object-check.js';
import {emptyTreeOid, type ObjectType} from './object-format.js';
import {type NewObject, ObjectWriter} from './object-writer.js';
import {packObjects} from './pack-objects.js';
import {type ReceivedObject, receivePack} from './pack-receive.js';
import {Refs, selfRef} from './refs.js';
import {type Layout, openLayout} from './repository-layout.js';
import {hostileData, storeDamaged, withStoreFailures} from './store-failure.js';
import {type Change, diffTrees} from './tree-diff.js';
import {TreeReader} from './tree-read.js';
import {planTree} from './tree-write.js';

/** Git children that pack and merge at once; more only take the processor from each other. */
const childrenAtOnce = 2;

export class Store {
	/** Ids, parents and dates of all known commits, also behind the shallow boundary. */
	readonly graph: Graph;
	readonly #layout: Layout;
	readonly #objects: CatFile;
	readonly #refs: Refs;
	readonly #dirty = new DirtyFolders();
	readonly #loose: LooseObjects;
	readonly #writer: ObjectWriter;
	readonly #reader: TreeReader;
	readonly #judge: CommitJudge;
	readonly #children = new Gate(childrenAtOnce);
	readonly #housekeeping = new Gate(1);
	readonly #accepting = new Gate(1);
	readonly #commits: KnownCommits;

	private constructor(layout: Layout, graph: Graph) {
		this.#layout = layout;
		this.graph = graph;
		this.#objects = new CatFile(layout.gitDir);
		this.#refs = new Refs(layout.gitDir);
		this.#loose = new LooseObjects(layout, this.#dirty);
		this.#writer = new ObjectWriter(layout, this.#loose, this.#dirty, this.#objects);
		this.#reader = new TreeReader(this.#objects);
		this.#judge = new CommitJudge(this.#objects, graph);
		this.#commits = new KnownCommits(layout, this.#objects, graph);
	}

	/**
	 * Opens the store below a `.pulsync` folder, or makes it. Rejects with Failure `git_missing`, `git_too_old`,
	 * `store_damaged` or `disk_full`.
	 */
	static async open(folder: string): Promise<Store> {
		await checkGit();
		const layout = await withStoreFailures(async () => openLayout(folder));
		await withStoreFailures(async () => sweepIncoming(layout, Date.now()));
		const store = new Store(layout, await Graph.open(layout.graph));
		try {
			await store.#start();
		} catch (error) {
			await store.close();
			throw error;
		}

		return store;
	}

	/** The private git directory, for tools that read it. */
	get gitDir(): string {
		return this.#layout.gitDir;
	}

	// — Refs —

	async readHead(): Promise<Oid | undefined> {
		return this.#refs.read(selfRef);
	}

	/**
	 * Moves the head, durably, after all objects written so far. With `expected` it rejects with Failure `head_moved` if
	 * the head is elsewhere.
	 */
	async writeHead(oid: Oid, expected?: Oid): Promise<void> {
		await this.#writeRef(selfRef, oid, expected);
	}

	async readNamedRef(name: string): Promise<Oid | undefined> {
		return this.#refs.read(name);
	}

	async writeNamedRef(name: string, oid: Oid): Promise<void> {
		await this.#writeRef(name, oid);
	}

	// — Writing —

	async writeBlob(bytes: Uint8Array): Promise<Oid> {
		return this.#writer.writeSmall('blob', bytes);
	}

	/** Imports a file or, if it is one, a symlink's target. `changed`: it moved while it was read. */
	async writeBlobFile(
		path: string,
		{mode = 'file', signal}: {mode?: ImportFile['mode']; signal?: AbortSignal} = {},
	): Promise<{oid: Oid; bytes: number} | 'changed'> {
		return importFile(this.#writer, {path, mode}, signal);
	}

	/** Imports many files; the objects are there when the iteration has ended. */
	writeBlobFiles(
		files: readonly ImportFile[],
		options: {signal?: AbortSignal; onProgress?: (progress: ImportProgress) => void} = {},
	): AsyncGenerator<ImportResult, void, undefined> {
		return importFiles(this.#writer, files, options);
	}

	/** The tree that is `base` with other values at some paths. Rejects with Failure `bad_name` for an unsyncable path. */
	async writeTree(base: Oid | undefined, changes: Tree): Promise<Oid> {
		const {oid, objects} = await planTree(this.#reader, base, changes);
		await this.#writer.writeMany(objects);
		for (const {type, oid: written, content} of objects) {
			if (type === 'tree') {
				this.#reader.rememberWritten(written, content);
			}
		}

		return oid;
	}

	/** Writes a commit whose tree and parents are here, and adds it to the graph. */
	async writeCommit(facts: NewCommit): Promise<Oid> {
		const content = encodeCommit(facts);
		const parsed = parseCommit(content);
		if (!parsed.ok) {
			throw new Error(`not a commit: ${parsed.reason}`);
		}

		const oid = await this.#writer.writeSmall('commit', content);
		this.#commits.add([{...parsed.commit, oid}]);
		return oid;
	}

	/** Makes all that was written so far durable. */
	async flush(): Promise<void> {
		await this.#writer.flush();
	}

	// — Reading —

	async has(oid: Oid): Promise<boolean> {
		return this.#writer.has(oid);
	}

	async info(oid: Oid): Promise<ObjectInfo | undefined> {
		return this.#objects.info(oid);
	}

	/** Rejects with Failure `missing_object` or `too_large`. */
	async read(oid: Oid, maxBytes: number): Promise<Buffer> {
		return readObject(this.#objects, oid, maxBytes);
	}

	openBlob(oid: Oid): Readable {
		return streamBlob(this.#layout.gitDir, this.#objects, oid);
	}

	async readCommit(oid: Oid): Promise<Commit> {
		return this.#commits.read(oid);
	}

	async listTree(tree: Oid): Promise<Tree> {
		return this.#reader.list(tree);
	}

	async diffTrees(from: Oid | undefined, to: Oid | undefined): Promise<Map<Path, Change>> {
		return diffTrees(this.#reader, from, to);
	}

	async valuesAt(tree: Oid | undefined, paths: Iterable<Path>): Promise<Map<Path, Value>> {
		return this.#reader.valuesAt(tree, paths);
	}

	async pathsBelow(tree: Oid | undefined, folder: Path): Promise<Path[]> {
		return this.#reader.pathsBelow(tree, folder);
	}

	// — Text —

	/** The merged text; undefined where it conflicts, is binary or over 4 MiB. Symmetric in `one` and `other`. */
	async mergeText(base: Oid, one: Oid, other: Oid, signal?: AbortSignal): Promise<Oid | undefined> {
		const merged = await this.#children.run(async () =>
			mergeTexts(this.#layout, this.#objects, base, one, other, signal),
		);
		return merged && this.writeBlob(merged);
	}

	// — Graph —

	/** Present commits of which a parent is not here. */
	boundary(): Oid[] {
		return this.graph.boundary();
	}

	// — Exchange —

	async enumerate(commit: Oid, wanted: Wanted): Promise<ObjectPlan> {
		const treeOf = async (oid: Oid) => (await this.#commits.read(oid)).tree;
		const sources = {objects: this.#objects, reader: this.#reader, graph: this.graph, treeOf};
		return enumerateObjects(sources, commit, wanted);
	}

	/** A self-contained pack without deltas, at most a segment. */
	async packObjects(oids: readonly Oid[], signal?: AbortSignal): Promise<Buffer> {
		return this.#children.run(async () => packObjects(this.#layout.gitDir, this.#objects, oids, signal));
	}

	/** Lets a peer's pack in, durably. Rejects with Failure `hostile_data` and keeps nothing of a pack that is wrong. */
	async indexPack(pack: Uint8Array): Promise<{objects: readonly ReceivedObject[]}> {
		const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
		const writeLoose = async (objects: readonly NewObject[]) => this.#writer.writeMany(objects);
		return {objects: await receivePack(this.#layout, this.#dirty, bytes, writeLoose)};
	}

	/** Lets one object of a peer in. It is durable after `flush`. */
	async writeObject(type: ObjectType, content: Uint8Array): Promise<Oid> {
		const problem = objectProblem(type, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
		if (problem !== undefined) {
			throw hostileData(problem);
		}

		return this.#writer.writeSmall(type, content);
	}

	/** How many bytes of a large object an earlier run left. */
	async incomingBytes(oid: Oid): Promise<number> {
		return incomingBytes(this.#layout, oid);
	}

	/** One large object in parts, from the given offset or from where the bytes that are there end. */
	async openIncoming(oid: Oid, type: ObjectType, bytes: number, offset: number): Promise<IncomingObject> {
		return IncomingObject.open(this.#layout, this.#writer, {oid, type, bytes}, offset);
	}

	/**
	 * Judges a peer's commit and adds it to the graph with all that is new behind it. Rejects with Failure `incomplete`
	 * while objects are missing, `hostile_data` if it breaks the rules.
	 */
	async acceptCommit(oid: Oid): Promise<void> {
		await this.#accepting.run(async () => {
			if (!this.graph.isPresent(oid)) {
				await this.flush();
				this.#commits.add(await this.#judge.judge(oid));
				await this.#commits.keepShallow();
			}
		});
	}

	// — Housekeeping —

	async sizeBytes(): Promise<number> {
		return (await withStoreFailures(async () => measure(this.#layout))).bytes;
	}

	/** Joins small packs and loose objects if there are many. True if it did. */
	async repackIfNeeded(signal?: AbortSignal): Promise<boolean> {
		return this.#housekeeping.run(async () => {
			const {loose, packs} = await withStoreFailures(async () => measure(this.#layout));
			if (loose <= repackAbove.loose && packs <= repackAbove.packs) {
				return false;
			}

			await this.flush();
			await repack(this.#layout, signal);
			this.#loose.forgetFolders();
			this.#objects.restart();
			return true;
		});
	}

	async close(): Promise<void> {
		await this.#objects.close();
		await this.graph.close();
	}

	async #start(): Promise<void> {
		await this.#writer.writeSmall('tree', Buffer.alloc(0), emptyTreeOid);
		const head = await this.readHead();
		if (head === undefined) {
			return;
		}

		try {
			await this.#commits.learn(head);
			await this.#reader.entries((await this.readCommit(head)).tree);
		} catch (error) {
			const isMissing = error instanceof Failure && ['missing_object', 'too_large'].includes(error.code);
			throw isMissing ? storeDamaged('the newest snapshot is not there', {oid: head}) : error;
		}
	}

	async #writeRef(name: string, oid: Oid, expected?: Oid): Promise<void> {
		const ready = this.flush().then(async () => this.graph.flush());
		await this.#refs.write(name, oid, ready, expected);
	}
}
