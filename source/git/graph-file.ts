/**
 * The file beside the objects that holds the commit graph. It is appended to and synced; a torn last line is dropped. Lines
 * of commits that are present can be rebuilt from the objects, lines of those behind the boundary cannot.
 *
 *   line   `+` present or `-` behind the boundary | id | seconds or `?` | parents…      separated by spaces
 */
import {type FileHandle, open, readFile} from 'node:fs/promises';
import {isOid, type Oid} from '../protocol/content.js';
import {replaceFile} from './durable-file.js';
import {storeDamaged, systemCode, withStoreFailures} from './store-failure.js';
import {damageWords} from './store-words.js';

/** What is known of a commit; `dateMs` is missing where a peer told ids and parents only. */
export type Known = {readonly parents: readonly Oid[]; readonly dateMs?: number; readonly present: boolean};

/** Lines that are put together at a time. */
const linesAtOnce = 10_000;

const maxFileBytes = 512 * 1024 * 1024;

export class GraphFile {
	readonly #path: string;
	#handle: FileHandle | undefined;
	/** Of whole lines. */
	#bytes = 0;
	/** A write failed in its middle: behind the whole lines may be a torn one. */
	#isTorn = false;
	/** Another file may have taken its place: what is opened next has to be measured. */
	#isUnmeasured = false;
	#unwritten: string[] = [];
	#writing: Promise<void> = Promise.resolve();

	constructor(path: string) {
		this.#path = path;
	}

	/** Gives every line to `take`, in the order in which they were written. */
	async load(take: (oid: Oid, known: Known) => void): Promise<void> {
		const text = await this.#read();
		const end = text.lastIndexOf('\n') + 1;
		for (const line of text.slice(0, end).split('\n')) {
			const parsed = parseGraphLine(line);
			if (parsed) take(parsed.oid, parsed.known);
		}

		// A torn line at the end: cut it off, or the next line would be glued to it.
		if (end < text.length) await this.#cutAt(end);
		this.#bytes = end;
	}

	/** Notes a line; it is in the file after the next flush. */
	add(oid: Oid, known: Known): void {
		this.#unwritten.push(formatLine(oid, known));
	}

	/** Appends what is not yet in the file. */
	async flush(durable = false): Promise<void> {
		return this.#inTurn(async () => this.#append(durable));
	}

	/**
	 * Writes the file anew, durably, with what `list` says when its turn comes, and calls `done` before anything else is
	 * written. Rejects and changes nothing where that fails.
	 */
	async replace(list: () => Iterable<readonly [Oid, Known]>, done: () => void): Promise<void> {
		return this.#inTurn(async () => {
			if (this.#handle) await this.#mend(this.#handle);
			const bytes = formatLines(list());
			// What comes meanwhile is appended to the new file; what was unwritten is in it.
			const written = this.#unwritten.splice(0);
			try {
				await replaceFile(this.#path, bytes, `${this.#path}.new`);
			} catch (error) {
				this.#unwritten.unshift(...written);
				// The old one may have no name any more.
				this.#isUnmeasured = true;
				await this.#letGo().catch(() => undefined);
				throw error;
			}

			await this.#letGo();
			this.#bytes = bytes.length;
			done();
		});
	}

	async close(): Promise<void> {
		await this.flush();
		await this.#letGo();
	}

	async #letGo(): Promise<void> {
		const handle = this.#handle;
		this.#handle = undefined;
		await handle?.close();
	}

	async #inTurn(work: () => Promise<void>): Promise<void> {
		const before = this.#writing.catch(() => undefined);
		this.#writing = before.then(async () => withStoreFailures(work));
		return this.#writing;
	}

	async #append(durable: boolean): Promise<void> {
		const lines = this.#unwritten;
		if (lines.length === 0) return;
		this.#unwritten = [];
		try {
			this.#handle ??= await open(this.#path, 'a', 0o600);
			if (this.#isUnmeasured) this.#bytes = (await this.#handle.stat()).size;
			this.#isUnmeasured = false;
			await this.#mend(this.#handle);
			const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
			this.#isTorn = true;
			await this.#handle.appendFile(bytes);
			if (durable) await this.#handle.datasync();
			this.#isTorn = false;
			this.#bytes += bytes.length;
		} catch (error) {
			this.#unwritten = [...lines, ...this.#unwritten];
			if (this.#handle) await this.#mend(this.#handle).catch(() => undefined); // else before the next lines
			throw error;
		}
	}

	/** Cuts off what a write left that failed: the next line would be glued to it, and be none. */
	async #mend(handle: FileHandle): Promise<void> {
		if (this.#isTorn) await handle.truncate(this.#bytes);
		this.#isTorn = false;
	}

	async #read(): Promise<string> {
		try {
			const bytes = await readFile(this.#path);
			if (bytes.length > maxFileBytes) throw storeDamaged(damageWords.largeGraph);
			return bytes.toString('latin1');
		} catch (error) {
			if (systemCode(error) === 'ENOENT') return '';
			throw error;
		}
	}

	async #cutAt(length: number): Promise<void> {
		const handle = await open(this.#path, 'r+');
		try {
			await handle.truncate(length);
			await handle.sync();
		} finally {
			await handle.close();
		}
	}
}

function formatLines(entries: Iterable<readonly [Oid, Known]>): Buffer {
	const chunks: Buffer[] = [];
	let lines: string[] = [];
	const gather = () => {
		if (lines.length > 0) chunks.push(Buffer.from(`${lines.join('\n')}\n`));
		lines = [];
	};
	for (const [oid, known] of entries) {
		lines.push(formatLine(oid, known));
		if (lines.length >= linesAtOnce) gather();
	}

	gather();
	return Buffer.concat(chunks);
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
