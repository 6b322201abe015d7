/** Where blobs of peers go beside the store, as soon as they have been checked and long before all of a commit is here. */
import {type Oid} from '../protocol/content.js';

export type BlobSink = {
	/** Resolves when there is room for the next one; whoever receives waits for it. Never rejects. */
	offer(oid: Oid, content: Uint8Array): Promise<void>;
	/** May take a durable file away that holds a blob. Never rejects. */
	adopt(oid: Oid, file: string, bytes: number): Promise<void>;
};
