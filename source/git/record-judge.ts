/**
 * Judges the reserved folder of a tree from a peer: it holds nothing but well-formed records of paths that are not in the
 * main tree.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {maxPaths} from '../protocol/project-limits.js';
import {type BlobCheck} from './blob-check.js';
import {type ObjectReader} from './object-reader.js';
import {type JudgedTrees} from './judged-trees.js';
import {maxPathBytes} from './name-rules.js';
import {decodeRecord, recordNamePattern, recordPathProblem, recordsFolder} from './record.js';
import {hostileData} from './store-failure.js';
import {recordWords} from './store-words.js';
import {isFolder, type TreeEntry} from './tree-format.js';

export class RecordJudge {
	readonly #objects: ObjectReader;
	readonly #trees: JudgedTrees;
	readonly #blobs: BlobCheck;

	/** The blobs of the records are left to `blobs`. */
	constructor(objects: ObjectReader, trees: JudgedTrees, blobs: BlobCheck) {
		this.#objects = objects;
		this.#trees = trees;
		this.#blobs = blobs;
	}

	/**
	 * Judges the reserved folder of the tree `root`. Rejects with Failure `incomplete` or `hostile_data`; the blobs are
	 * still to be checked.
	 */
	async judge(reserved: TreeEntry, root: Oid): Promise<void> {
		const [folder, ...others] = isFolder(reserved) ? (await this.#trees.read(reserved.oid)).entries : [];
		if (!folder || others.length > 0 || folder.name !== recordsFolder[1] || !isFolder(folder)) {
			throw hostileData(recordWords.notOnlyRecords);
		}

		const records = (await this.#trees.read(folder.oid)).entries;
		if (records.length === 0 || records.length > maxPaths) {
			throw hostileData(recordWords.noneOrTooMany);
		}

		for (const record of records) {
			await this.#judgeRecord(record, root);
			await this.#blobs.checkIfMany();
		}
	}

	async #judgeRecord(record: TreeEntry, root: Oid): Promise<void> {
		if (!isFolder(record) || !recordNamePattern.test(record.name)) {
			throw hostileData(recordWords.notRecord);
		}

		const {entries} = await this.#trees.read(record.oid);
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
			const entry = await this.#trees.find(at, name);
			if (!entry) {
				return undefined;
			}

			if (!isFolder(entry)) {
				return depth === names.length - 1 ? recordWords.pathInTree : undefined;
			}

			at = entry.oid;
		}

		return undefined;
	}
}
