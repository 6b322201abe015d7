/**
 * What commits changed, in a side file, so that the history of one path passes over the others without reading them. Paths are
 * there as numbers: a commit that is found may have changed the path, one that is known and not found has not. It is a
 * memory alone, not synced: what is lost or torn is made again.
 *
 *   header   8 bytes
 *   record   id 20 bytes | count u16, `ffff` for too many | count × crc32 of a path u32 | crc32 of the record u32
 */
import {open, readFile, writeFile} from 'node:fs/promises';
import {crc32} from 'node:zlib';
import {type Oid, type Path} from '../protocol/content.js';
import {systemCode, withStoreFailures} from './store-failure.js';

const header = Buffer.from('PSCP\0\0\0\u0001', 'latin1');
const idBytes = 20;
const fixedBytes = idBytes + 2 + 4;

/** A commit with more numbers than this counts as one that may have changed anything. */
const maxNumbers = 1000;
const tooMany = 0xff_ff;

/** Some million snapshots of one file each; what goes beyond is begun anew. */
const maxFileBytes = 48 * 1024 * 1024;

/** What a commit changed against its first parent. */
export type CommitPaths = {readonly oid: Oid; readonly paths: readonly Path[]};

export class ChangedPaths {
	readonly #file: string;
	/** Where the last sound record ends; undefined until the file has been read. */
	#end: number | undefined;
	#adding: Promise<void> = Promise.resolve();

	constructor(file: string) {
		this.#file = file;
	}

	/** Every commit that is known here, and whether it may have changed the path or something below it. */
	async look(path: Path): Promise<ReadonlyMap<Oid, boolean>> {
		await this.#adding.catch(() => undefined);
		const known = new Map<Oid, boolean>();
		const number = crc32(path);
		const bytes = await this.#read();
		for (const record of records(bytes)) {
			known.set(record.toString('hex', 0, idBytes), mayHold(record, number));
		}

		return known;
	}

	/** Remembers what these commits changed. */
	async add(commits: readonly CommitPaths[]): Promise<void> {
		const before = this.#adding.catch(() => undefined);
		this.#adding = before.then(async () => withStoreFailures(async () => this.#append(commits)));
		return this.#adding;
	}

	async #read(): Promise<Buffer> {
		try {
			const bytes = await readFile(this.#file);
			const isOurs = bytes.length <= maxFileBytes && bytes.subarray(0, header.length).equals(header);
			if (isOurs) {
				this.#end = header.length;
				for (const record of records(bytes)) {
					this.#end += record.length;
				}

				return bytes;
			}
		} catch (error) {
			if (systemCode(error) !== 'ENOENT') {
				throw error;
			}
		}

		this.#end = 0;
		return header;
	}

	async #append(commits: readonly CommitPaths[]): Promise<void> {
		if (this.#end === undefined) {
			await this.#read();
		}

		const bytes = Buffer.concat(commits.map(encodeRecord));
		if (!this.#end) {
			await writeFile(this.#file, Buffer.concat([header, bytes]), {mode: 0o600});
			this.#end = header.length + bytes.length;
			return;
		}

		const file = await open(this.#file, 'r+');
		try {
			await file.truncate(this.#end); // what is torn goes
			await file.write(bytes, 0, bytes.length, this.#end);
			this.#end += bytes.length;
		} catch (error) {
			this.#end = undefined;
			throw error;
		} finally {
			await file.close();
		}
	}
}

function encodeRecord({oid, paths}: CommitPaths): Buffer {
	const numbers = new Set<number>();
	for (const path of paths) {
		for (let end = path.length; end > 0 && numbers.size <= maxNumbers; end = path.lastIndexOf('/', end - 1)) {
			numbers.add(crc32(path.slice(0, end)));
		}
	}

	const isTooMany = numbers.size > maxNumbers;
	const record = Buffer.alloc(fixedBytes + (isTooMany ? 0 : numbers.size * 4));
	record.write(oid, 'hex');
	let at = record.writeUInt16BE(isTooMany ? tooMany : numbers.size, idBytes);
	for (const number of isTooMany ? [] : numbers) {
		at = record.writeUInt32BE(number, at);
	}

	record.writeUInt32BE(crc32(record.subarray(0, at)), at);
	return record;
}

/** The records of a file up to the first that is torn. The same memory. */
function* records(bytes: Buffer): Generator<Buffer> {
	let at = header.length;
	while (at + fixedBytes <= bytes.length) {
		const count = bytes.readUInt16BE(at + idBytes);
		const end = at + fixedBytes + (count === tooMany ? 0 : count * 4);
		if (end > bytes.length || crc32(bytes.subarray(at, end - 4)) !== bytes.readUInt32BE(end - 4)) {
			return;
		}

		yield bytes.subarray(at, end);
		at = end;
	}
}

function mayHold(record: Buffer, number: number): boolean {
	if (record.readUInt16BE(idBytes) === tooMany) {
		return true;
	}

	for (let at = idBytes + 2; at < record.length - 4; at += 4) {
		if (record.readUInt32BE(at) === number) {
			return true;
		}
	}

	return false;
}
