/** What the exchange needs of a channel to a peer; the transport's PeerChannel fits. */
import {type BulkHeader, type BulkKind} from '../../protocol/peer-frames.js';
import {type Oid} from '../../protocol/content.js';
import {type PeerMessage} from '../../protocol/peer-messages.js';
import {type Tier} from '../../protocol/tiers.js';
import {type ObjectType} from './object-store.js';

/** One object, or one numbered piece of one, on tier json. */
export type ChunkObject = {
	readonly oid: Oid;
	readonly type: ObjectType;
	/** Of the whole object. */
	readonly size: number;
	readonly partIndex?: number;
	readonly partCount?: number;
	readonly bytes: Uint8Array;
};

export type ObjectChunk = {
	readonly request: number;
	readonly chunkIndex: number;
	/** 0: not known yet. */
	readonly totalChunks: number;
	readonly objects: readonly ChunkObject[];
};

export type Channel = {
	readonly peerId: string;
	readonly tier: Tier;
	/** All bytes that have come in, signs of life included; absent where nobody counts. */
	readonly bytesIn?: number;
	/** Queues one message on the control lane, ahead of bulk. */
	send(message: PeerMessage): void;
	/** Resolves when the carrier took all of it; rejects when the channel closes. `taken`: so many bytes of it so far. */
	sendBulk(
		kind: BulkKind,
		header: {request: number; index: number; offset?: number},
		bytes: Uint8Array,
		taken?: (bytes: number) => void,
	): Promise<void>;
	/** Resolves when what was queued has been written. */
	drain(): Promise<void>;
	/** Tier json only: objects travel here and not as bulk. */
	readonly objects?: {send(chunk: ObjectChunk): Promise<void>};
};

/** Says it if the channel is open. One that is closed reports itself; what it cannot be told does not matter. */
export function tell(channel: Channel, message: PeerMessage): void {
	try {
		channel.send(message);
	} catch {
		// Its owner hears of it from the channel.
	}
}

export type {BulkHeader, BulkKind};
