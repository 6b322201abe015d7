/**
 * The commit graph in memory: id, parents and date of every commit that is known, also of those behind the shallow
 * boundary whose objects are not here. Its side file is appended to and synced; a torn last line is dropped. Lines of
 * commits that are present can be rebuilt from the objects, lines of those behind the boundary cannot.
 *
 *   line   `+` present or `-` behind the boundary | id | seconds or `?` | parents…      separated by spaces
 */
import {type FileHandle, open, readFile} from 'node:fs/promises';
import {isOid, type Oid} from '../protocol/content.js';
import {maxParents} from './commit-format.js';
import {replaceFile} from './durable-file.js';
import {storeDamaged, systemCode, withStoreFailures} from './store-failure.js';

/** A commit as the graph knows it; `dateMs` is missing where a peer told ids and parents only. */
export type GraphCommit = {readonly oid: Oid; readonly parents: readonly Oid[]; readonly dateMs?: number};

type Known = {readonly parents: readonly Oid[]; readonly dateMs?: number; present: boolean};

/** Some 300 MB of memory; a session that saves every ten seconds for a month makes a quarter of it. */
const maxGraphCommits = 1_000_000;

/** Lines that are put together at a time. */
const linesAtOnce = 10_000;

const maxFileBytes = 512 * 1024 * 1024;

export class Graph {
	readonly #file: string;
	readonly #commits = new Map<Oid, Known>();
	readonly #boundary = new Set<Oid>();
	/** Children in the boundary by the parent that they wait for. */
	readonly #waiting = new Map<Oid, Oid[]>();
	#handle: FileHandle | undefined;
	#unwritten: string[] = [];
	#writing: Promise<void> = Promise.resolve();

	private constructor(file: string) {
		this.#file = file;
	}

	static async open(file: string): Promise<Graph> {
		const graph = new Graph(file);
		await withStoreFailures(async () => graph.#load());
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
	 * nobody can rewrite it; a commit whose facts are malformed is left out.
	 */
	async add(commits: Iterable<GraphCommit>): Promise<number> {
		let added = 0;
		for (const {oid, parents, dateMs} of commits) {
			const isSound =
				isOid(oid) &&
				parents.length <= maxParents &&
				parents.every((parent) => isOid(parent) && parent !== oid) &&
				new Set(parents).size === parents.length;
			if (isSound && !this.#commits.has(oid) && this.#commits.size < maxGraphCommits) {
				this.#put(oid, {parents: [...parents], dateMs, present: false});
				added++;
			}
		}

		await this.flush(true);
		return added;
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
		const before = this.#writing.catch(() => undefined);
		this.#writing = before.then(async () => withStoreFailures(async () => this.#rewrite(kept)));
		return this.#writing;
	}

	/** Present commits of which a parent is not present: what git's `shallow` file lists. Sorted. */
	boundary(): Oid[] {
		return [...this.#boundary].sort();
	}

	/** Appends what is not yet in the file. */
	async flush(durable = false): Promise<void> {
		const before = this.#writing.catch(() => undefined);
		this.#writing = before.then(async () => withStoreFailures(async () => this.#append(durable)));
		return this.#writing;
	}

	async close(): Promise<void> {
		await this.flush();
		await this.#handle?.close();
		this.#handle = undefined;
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
		this.#unwritten.push(formatLine(oid, known));
	}

	async #rewrite(kept: ReadonlySet<Oid>): Promise<void> {
		const stays = (oid: Oid, {present}: Known) => present && kept.has(oid);
		const chunks: Buffer[] = [];
		let lines: string[] = [];
		for (const [oid, known] of this.#commits) {
			lines.push(formatLine(oid, {...known, present: stays(oid, known)}));
			if (lines.length >= linesAtOnce) {
				chunks.push(Buffer.from(`${lines.join('\n')}\n`));
				lines = [];
			}
		}

		if (lines.length > 0) {
			chunks.push(Buffer.from(`${lines.join('\n')}\n`));
		}

		// What comes meanwhile is appended to the new file; what was unwritten is in it.
		const written = this.#unwritten.splice(0);
		const known = [...this.#commits.keys()];
		try {
			await replaceFile(this.#file, Buffer.concat(chunks), `${this.#file}.new`);
		} catch (error) {
			this.#unwritten.unshift(...written);
			throw error;
		}

		await this.#handle?.close();
		this.#handle = undefined;
		for (const oid of known) {
			const commit = this.#commits.get(oid);
			if (commit && !kept.has(oid)) {
				commit.present = false;
			}
		}

		this.#boundary.clear();
		this.#waiting.clear();
		for (const [oid, commit] of this.#commits) {
			this.#noteBoundary(oid, commit);
		}
	}

	async #append(durable: boolean): Promise<void> {
		const lines = this.#unwritten;
		if (lines.length === 0) {
			return;
		}

		this.#unwritten = [];
		try {
			this.#handle ??= await open(this.#file, 'a', 0o600);
			await this.#handle.appendFile(`${lines.join('\n')}\n`);
			if (durable) {
				await this.#handle.datasync();
			}
		} catch (error) {
			this.#unwritten = [...lines, ...this.#unwritten];
			throw error;
		}
	}

	async #load(): Promise<void> {
		let text: string;
		try {
			const bytes = await readFile(this.#file);
			if (bytes.length > maxFileBytes) {
				throw storeDamaged('the commit graph is too large');
			}

			text = bytes.toString('latin1');
		} catch (error) {
			if (systemCode(error) === 'ENOENT') {
				return;
			}

			throw error;
		}

		const end = text.lastIndexOf('\n') + 1;
		for (const line of text.slice(0, end).split('\n')) {
			const parsed = parseGraphLine(line);
			if (parsed) {
				this.#set(parsed.oid, parsed.known);
			}
		}

		if (end < text.length) {
			// A torn line at the end: cut it off, or the next line would be glued to it.
			const handle = await open(this.#file, 'r+');
			try {
				await handle.truncate(end);
				await handle.sync();
			} finally {
				await handle.close();
			}
		}
	}
}

function formatLine(oid: Oid, {parents, dateMs, present}: Known): string {
	const date = dateMs === undefined ? '?' : String(Math.floor(dateMs / 1000));
	return [present ? '+' : '-', oid, date, ...parents].join(' ');
}

/** One line of the graph file; undefined for any other. */
export function parseGraphLine(line: string): {oid: Oid; known: Known} | undefined {
	const [mark, oid = '', date = '', ...parents] = line.split(' ');
	if (
		(mark !== '+' && mark !== '-') ||
		!isOid(oid) ||
		!/^(\?|\d{1,12})$/.test(date) ||
		!parents.every(isOid)
	) {
		return undefined;
	}

	return {
		oid,
		known: {parents, dateMs: date === '?' ? undefined : Number(date) * 1000, present: mark === '+'},
	};
}
