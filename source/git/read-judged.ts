/**
 * Reads objects of a peer for their judges. Never from a memory of what was read before: what is judged is what git will
 * read.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader} from './object-reader.js';
import {type NewCommit, parseCommit} from './commit-format.js';
import {emptyTreeOid, maxCommitBytes, maxTreeBytes} from './object-format.js';
import {hostileData} from './store-failure.js';
import {commitWords, treeWords} from './store-words.js';
import {parseTree, type TreeEntry} from './tree-format.js';

/** Rejects with Failure `incomplete` where there is none, `hostile_data` where it is no commit. */
export async function readCommit(objects: ObjectReader, oid: Oid): Promise<NewCommit> {
	const content = await readContent(objects, oid, 'commit', maxCommitBytes);
	const parsed = content ? parseCommit(content) : undefined;
	if (!parsed?.ok) {
		throw hostileData(parsed?.reason ?? commitWords.none, {oid});
	}

	return parsed.commit;
}

/** Rejects with Failure `incomplete` where there is none, `hostile_data` where it is no tree or too large. */
export async function readTree(objects: ObjectReader, oid: Oid): Promise<readonly TreeEntry[]> {
	if (oid === emptyTreeOid) {
		return [];
	}

	const content = await readContent(objects, oid, 'tree', maxTreeBytes);
	const parsed = content ? parseTree(content) : undefined;
	if (!parsed?.ok) {
		throw hostileData(parsed?.reason ?? treeWords.noneOrTooLarge, {oid});
	}

	return parsed.entries;
}

/** Undefined for an object that is of another type or too large. */
async function readContent(
	objects: ObjectReader,
	oid: Oid,
	type: 'commit' | 'tree',
	maxBytes: number,
): Promise<Buffer | undefined> {
	const object = await objects.read(oid, maxBytes);
	if (!object) {
		throw new Failure('incomplete', {details: {oid}});
	}

	return object.type === type ? object.content : undefined;
}
