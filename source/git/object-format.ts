/** Git's object format: `<type> <size>\0<content>`, named by its SHA-1. The same bytes give the same id everywhere. */
import {createHash, type Hash} from 'node:crypto';
import {type Oid} from '../protocol/content.js';

/** Tags do not occur in a store. */
export type ObjectType = 'blob' | 'tree' | 'commit';

/** The id of the tree without entries, which stands for an empty project. */
export const emptyTreeOid: Oid = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The id of the blob without bytes. */
export const emptyBlobOid: Oid = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

/** Above this an object is streamed and never held in memory; the same bound as `core.bigFileThreshold`. */
export const streamedAboveBytes = 512 * 1024;

export {maxTreeBytes} from '../protocol/project-limits.js';

/** The largest commit that is read; ours are a few hundred bytes. */
export const maxCommitBytes = 64 * 1024;

export function encodeObjectHeader(type: ObjectType, bytes: number): Buffer {
	return Buffer.from(`${type} ${bytes}\0`);
}

export function isObjectType(text: string): text is ObjectType {
	return text === 'blob' || text === 'tree' || text === 'commit';
}

/** Starts the hash of an object whose size is known and whose content follows. */
export function startObjectHash(type: ObjectType, bytes: number): Hash {
	return createHash('sha1').update(encodeObjectHeader(type, bytes));
}

export function hashObject(type: ObjectType, content: Uint8Array): Oid {
	return startObjectHash(type, content.length).update(content).digest('hex');
}
