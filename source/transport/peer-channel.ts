/**
 * One open carrier as the rest of the program sees it: messages and bulk, both ways, with liveness. It exists only after
 * the other end's `auth` and `hello`; until then frames are small and nothing is passed on.
 */
import {type Oid} from '../protocol/content.js';
import {type BulkHeader, type BulkKind} from '../protocol/peer-frames.js';
import {type Hello, type PeerMessage} from '../protocol/peer-messages.js';
import {type Route, type Tier} from '../protocol/tiers.js';

export type PeerChannel = {
	readonly peerId: string;
	readonly tier: Tier;
	readonly route: Route;
	readonly generation: number;
	/** Ms since the epoch. */
	readonly openedAt: number;
	/** Of this machine, where the channel is bound to one address. */
	readonly localAddress: string | undefined;
	/** What the other end said of itself. */
	readonly hello: Hello;
	/** Bytes on the carrier, object lane included. */
	readonly bytesIn: number;
	readonly bytesOut: number;
	/** Round trip inside the channel; undefined until the first pong. */
	readonly rttMs: number | undefined;
	/** Frames that were not understood and were dropped: later versions', or nonsense. */
	readonly droppedFrames: number;
	/**
	 * Sends a control message before all bulk that is not under way yet. Dropped in silence once the channel is closed:
	 * whoever cares states it again on the next one. Throws RangeError for a message above a frame's size: a bug.
	 */
	send(message: PeerMessage): void;
	/**
	 * Sends bytes in slices; `taken` hears how many the carrier took so far, now and then. Resolves when it took the last.
	 * Rejects with the Failure that closed it.
	 */
	sendBulk(
		kind: BulkKind,
		header: {readonly request: number; readonly index: number; readonly offset?: number},
		bytes: Uint8Array,
		taken?: (bytes: number) => void,
	): Promise<void>;
	/** Tier json only: git objects as sealed JSON, in the place of bulk. */
	readonly objects?: ObjectLane;
	/** Ends it, letting what was sent so far leave for a moment. Idempotent. */
	close(reason: string): void;
	/** Settles once, for any end. */
	readonly closed: Promise<ChannelEnd>;
	/**
	 * Resolves when all bulk given so far was taken by the carrier and there is room for messages again, or the channel
	 * ended.
	 */
	drain(): Promise<void>;
};

/** Why a channel ended: a code or words, and whether the other end broke the rules. */
export type ChannelEnd = {readonly reason: string; readonly hostile?: boolean};

/** What a channel tells. None is called before `openCarrier` resolved; `closed` is the last and comes once. */
export type PeerCallbacks = {
	message(channel: PeerChannel, message: PeerMessage): void;
	/** Bytes of a slice, as they come; they may share memory with the received chunk, which nobody else uses. */
	bulk(channel: PeerChannel, kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void;
	objects?(channel: PeerChannel, chunk: ObjectsChunk): void;
	closed(channel: PeerChannel, end: ChannelEnd): void;
};

/** Git objects on tier json: at most 256 KiB of object bytes in one chunk. */
export type ObjectLane = {
	/** Seals and sends one chunk; resolves when the relay's socket took it. */
	send(chunk: ObjectsChunk): Promise<void>;
};

export type ObjectsChunk = {
	readonly request: number;
	readonly chunkIndex: number;
	/** 0: not known yet. */
	readonly totalChunks: number;
	readonly objects: readonly LaneObject[];
};

/** One object, or one part of an object that is larger than a chunk. */
export type LaneObject = {
	readonly oid: Oid;
	readonly type: 'blob' | 'tree' | 'commit';
	/** Of the whole object. */
	readonly size: number;
	readonly partIndex?: number;
	readonly partCount?: number;
	readonly bytes: Uint8Array;
};
