/** The commits of the store: read, remembered, and kept in the graph and in git's `shallow` file. */
import {type Oid} from '../protocol/content.js';
import {readObject} from './blob-read.js';
import {type ObjectReader} from './object-reader.js';
import {type Commit, parseCommit} from './commit-format.js';
import {type Graph} from './graph.js';
import {Lru} from './lru.js';
import {maxCommitBytes} from './object-format.js';
import {type Layout} from './repository-layout.js';
import {readShallow, writeShallow} from './shallow.js';
import {storeDamaged, withStoreFailures} from './store-failure.js';

const rememberedCommits = 10_000;

export class KnownCommits {
	readonly #layout: Layout;
	readonly #objects: ObjectReader;
	readonly #graph: Graph;
	readonly #remembered = new Lru<Oid, Commit>(rememberedCommits);
	#shallow: readonly Oid[] | undefined;

	constructor(layout: Layout, objects: ObjectReader, graph: Graph) {
		this.#layout = layout;
		this.#objects = objects;
		this.#graph = graph;
	}

	async read(oid: Oid): Promise<Commit> {
		const known = this.#remembered.get(oid);
		if (known) {
			return known;
		}

		const parsed = parseCommit(await readObject(this.#objects, oid, maxCommitBytes));
		if (!parsed.ok) {
			throw storeDamaged(parsed.reason, {oid});
		}

		const commit = {...parsed.commit, oid};
		this.#remembered.set(oid, commit);
		return commit;
	}

	/** Adds commits that are here with all they reach. */
	add(commits: readonly Commit[]): void {
		for (const commit of commits) {
			this.#remembered.set(commit.oid, commit);
			this.#graph.markPresent({oid: commit.oid, parents: commit.parents, dateMs: commit.atMs});
		}
	}

	/** Adds what a crash kept out of the graph's file; all that a head reaches, if that file was lost. */
	async learn(head: Oid): Promise<void> {
		const boundary = new Set(await this.#readShallow());
		const open = [head];
		const learnt = new Map<Oid, Commit>();
		for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
			if (learnt.has(oid) || this.#graph.isPresent(oid)) {
				continue;
			}

			const commit = await this.read(oid);
			learnt.set(oid, commit);
			if (!boundary.has(oid)) {
				open.push(...commit.parents);
			}
		}

		this.add([...learnt.values()].reverse());
		await this.keepShallow();
	}

	/** Brings git's `shallow` file in step with the graph's boundary. */
	async keepShallow(): Promise<void> {
		const before = await this.#readShallow();
		const boundary = this.#graph.boundary();
		if (boundary.join() !== before.join()) {
			await this.#graph.flush();
			await writeShallow(this.#layout, boundary);
			this.#shallow = boundary;
		}
	}

	async #readShallow(): Promise<readonly Oid[]> {
		this.#shallow ??= [...(await withStoreFailures(async () => readShallow(this.#layout)))].sort();
		return this.#shallow;
	}
}
