/**
 * Judges the reserved folder of a tree from a peer: it holds nothing but well-formed records of paths that are not in the
 * main tree.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type BlobCheck} from './blob-check.js';
import {type CatFile} from './cat-file.js';
import {maxPathBytes, maxPaths} from './name-rules.js';
import {readTree} from './read-judged.js';
import {decodeRecord, recordNamePattern, recordPathProblem, recordsFolder} from './record.js';
import {hostileData} from './store-failure.js';
import {isFolder, type TreeEntry} from './tree-format.js';

export class RecordJudge {
	readonly #objects: CatFile;
	readonly #blobs: BlobCheck;

	/** The blobs of the records are left to `blobs`. */
	constructor(objects: CatFile, blobs: BlobCheck) {
		this.#objects = objects;
		this.#blobs = blobs;
	}

	/**
	 * Judges the reserved folder of the tree `root`. Rejects with Failure `incomplete` or `hostile_data`; the blobs are
	 * still to be checked.
	 */
	async judge(reserved: TreeEntry, root: Oid): Promise<void> {
		const [folder, ...others] = isFolder(reserved) ? await readTree(this.#objects, reserved.oid) : [];
		if (!folder || others.length > 0 || folder.name !== recordsFolder[1] || !isFolder(folder)) {
			throw hostileData('a reserved folder that holds something else than records');
		}

		const records = await readTree(this.#objects, folder.oid);
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

		const entries = await readTree(this.#objects, record.oid);
		const decoded = decodeRecord(entries);
		if (!decoded.ok) {
			throw hostileData(decoded.reason, {oid: record.oid});
		}

		this.#blobs.add(...entries);
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
			const entry = (await readTree(this.#objects, at)).find((candidate) => candidate.name === name);
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
}
