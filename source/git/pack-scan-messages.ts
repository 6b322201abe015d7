/** What the main thread and the worker that scans packs say to each other. */
import {createHash} from 'node:crypto';
import {type ScannedObject} from './pack-scan.js';

export type ScanRequest = {
	readonly id: number;
	/** Memory that both threads see; nobody writes it any more. */
	readonly pack: SharedArrayBuffer;
	/** What the pack has to have as its SHA-256, in hex. */
	readonly sha256: string | undefined;
};

/** Without objects: something is wrong with the pack. */
export type ScanAnswer = {
	readonly id: number;
	readonly objects?: ReadonlyArray<Omit<ScannedObject, 'content'> & {readonly content: Uint8Array}>;
};

export function isDigestOf(bytes: Uint8Array, sha256: string): boolean {
	return createHash('sha256').update(bytes).digest('hex') === sha256;
}
