/**
 * The commit graph in memory: id, parents and date of every commit that is known, also of those behind the shallow
 * boundary whose objects are not here. graph-file.ts keeps it on the disk.
 */
import {isOid, type Oid} from '../protocol/content.js';
import {maxParents} from './commit-format.js';
import {GraphFile, type Known} from './graph-file.js';
import {withStoreFailures} from './store-failure.js';

/** A commit as the graph knows it; `dateMs` is missing where a peer told ids and parents only. */
export type GraphCommit = {readonly oid: Oid; readonly parents: readonly Oid[]; readonly dateMs?: number};

/** Some 300 MB of memory; a session that saves every ten seconds for a month makes a quarter of it. */
const maxGraphCommits = 1_000_000;

export class Graph {
	readonly #file: GraphFile;
	readonly #commits = new Map<Oid, Known>();
	readonly #boundary = new Set<Oid>();
	/** Children in the boundary by the parent that they wait for. */
	readonly #waiting = new Map<Oid, Oid[]>();

	private constructor(file: GraphFile) {
		this.#file = file;
	}

	static async open(file: string): Promise<Graph> {
		const graph = new Graph(new GraphFile(file));
		await withStoreFailures(async () => graph.#file.load((oid, known) => graph.#set(oid, known)));
		return graph;
	}

	has(oid: Oid): boolean {
		return this.#commits.has(oid);
	}

	/** True if the commit and all that it reaches up to the boundary is in the store. */
	isPresent(oid: Oid): boolean {
		return this.#commits.get(oid)?.present ?? false;
	}

	/** The true parents, also where the boundary hides them from git; undefined for a commit that is not known. */
	parents(oid: Oid): readonly Oid[] | undefined {
		return this.#commits.get(oid)?.parents;
	}

	/** Ms since the epoch. */
	date(oid: Oid): number | undefined {
		return this.#commits.get(oid)?.dateMs;
	}

	/** Every known commit, in the order in which they became known. */
	*all(): IterableIterator<GraphCommit & {readonly present: boolean}> {
		for (const [oid, known] of this.#commits) {
			yield {oid, ...known};
		}
	}

	/**
	 * Adds commits behind the boundary, durably, and returns how many were new. What is known already stays as it is, so
	 * nobody can rewrite it; a commit whose facts are malformed is left out. Where one would be its own ancestor all of them
	 * count as roots: who lies cannot be told, nor whether this peer does or was lied to, and what builds on them is not
	 * to wait for ever.
	 */
	async add(commits: Iterable<GraphCommit>): Promise<number> {
		const told = new Map<Oid, Known>();
		for (const {oid, parents, dateMs} of commits) {
			const isSound =
				isOid(oid) &&
				parents.length <= maxParents &&
				parents.every((parent) => isOid(parent) && parent !== oid) &&
				new Set(parents).size === parents.length;
			const isNew = !this.#commits.has(oid) && !told.has(oid);
			if (isSound && isNew && this.#commits.size + told.size < maxGraphCommits) {
				told.set(oid, {parents: [...parents], dateMs, present: false});
			}
		}

		const parentsOf = (oid: Oid) => (told.get(oid) ?? this.#commits.get(oid))?.parents ?? [];
		const isCircular = hasCircle(told.keys(), parentsOf);
		for (const [oid, known] of told) {
			this.#put(oid, isCircular ? {...known, parents: []} : known);
		}

		await this.flush(true);
		return told.size;
	}

	/** Notes a commit whose objects are all here. It is in the file after the next flush. */
	markPresent({oid, parents, dateMs}: GraphCommit): void {
		if (!this.isPresent(oid)) {
			this.#put(oid, {parents: [...parents], dateMs, present: true});
		}
	}

	/**
	 * What is not kept is behind the boundary from now on, durably: the file is written anew. Rejects and changes nothing where
	 * that fails.
	 */
	async retain(kept: ReadonlySet<Oid>): Promise<void> {
		let written: Oid[] = [];
		const list = () => {
			written = [...this.#commits.keys()];
			return this.#cutDownTo(kept);
		};
		return this.#file.replace(list, () => {
			for (const oid of written) {
				const known = this.#commits.get(oid);
				if (known && !kept.has(oid)) this.#commits.set(oid, {...known, present: false});
			}

			this.#boundary.clear();
			this.#waiting.clear();
			for (const [oid, known] of this.#commits) {
				this.#noteBoundary(oid, known);
			}
		});
	}

	/** Present commits of which a parent is not present: what git's `shallow` file lists. Sorted. */
	boundary(): Oid[] {
		return [...this.#boundary].sort();
	}

	/** Appends what is not yet in the file. */
	async flush(durable = false): Promise<void> {
		return this.#file.flush(durable);
	}

	async close(): Promise<void> {
		await this.#file.close();
	}

	*#cutDownTo(kept: ReadonlySet<Oid>): Iterable<readonly [Oid, Known]> {
		for (const [oid, known] of this.#commits) {
			yield [oid, {...known, present: known.present && kept.has(oid)}];
		}
	}

	#set(oid: Oid, known: Known): void {
		this.#commits.set(oid, known);
		this.#noteBoundary(oid, known);
	}

	#noteBoundary(oid: Oid, known: Known): void {
		if (!known.present) {
			return;
		}

		for (const missing of known.parents.filter((parent) => !this.isPresent(parent))) {
			this.#boundary.add(oid);
			const children = this.#waiting.get(missing);
			if (children) children.push(oid);
			else this.#waiting.set(missing, [oid]);
		}

		for (const child of this.#waiting.get(oid) ?? []) {
			if (this.parents(child)?.every((parent) => this.isPresent(parent))) {
				this.#boundary.delete(child);
			}
		}

		this.#waiting.delete(oid);
	}

	#put(oid: Oid, known: Known): void {
		this.#set(oid, known);
		this.#file.add(oid, known);
	}
}

/** True if one of the commits, or one behind them, is its own ancestor. Not recursive: histories are long. */
function hasCircle(commits: Iterable<Oid>, parentsOf: (oid: Oid) => readonly Oid[]): boolean {
	const isDone = new Map<Oid, boolean>();
	for (const commit of commits) {
		const stack = [commit];
		for (let oid = stack.at(-1); oid !== undefined; oid = stack.at(-1)) {
			const isOpened = isDone.has(oid);
			if (isOpened) {
				isDone.set(oid, true);
				stack.pop();
				continue;
			}

			isDone.set(oid, false);
			for (const parent of parentsOf(oid)) {
				if (isDone.get(parent) === false) return true;
				if (!isDone.has(parent)) stack.push(parent);
			}
		}
	}

	return false;
}
