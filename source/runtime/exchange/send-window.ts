/**
 * How much may be sent and not yet acknowledged, and how much of it in one unit. Segments: a fixed number, as the receiver
 * holds that many in memory, of a size that fits the path. JSON chunks: bytes, which adapt to what the way carries
 * within a second or so, since a chunk is one message and everything else waits behind it.
 */
import {
	chunkPieceBytes,
	firstSegmentBytes,
	maxChunkBytes,
	maxSegmentObjectBytes,
	maxUnackedChunkBytes,
	maxUnackedUnits,
} from './limits.js';
import {type Packing} from './object-store.js';
import {type PathRate} from './path-rate.js';

export type SendWindow = {
	/** True if nothing more may be sent now. */
	isFull(units: number, bytes: number): boolean;
	/** Each unit, with the time from its sending. */
	acknowledged(tookMs: number): void;
	/** Units acknowledged at once, with the time that the path spent on them. */
	measured(bytes: number, tookMs: number): void;
};

/** What the next unit may be: object bytes in one segment or part, and above which an object goes in parts. */
export type UnitSize = {readonly targetBytes: number; readonly maxWholeBytes: number};

export type SegmentWindow = SendWindow & {
	/** Asked before each pack is made. */
	readonly packing: () => Packing;
	/** Asked once before each unit is cut. */
	readonly nextUnit: () => UnitSize;
};

export type ChunkWindow = SendWindow & {
	/** Object bytes that the next chunk should have at most. */
	readonly unitBytes: number;
};

/** Units that are cut before the first acknowledgement can be there: sent, waiting to be sent, and prepared. */
const cutBlindly = maxUnackedUnits + 2;

/** A path that was not measured yet begins with small segments. */
export function segmentWindow(rate: PathRate): SegmentWindow {
	let blind = rate.isKnown ? 0 : cutBlindly;
	return {
		isFull: (units) => units >= maxUnackedUnits,
		nextUnit: () => {
			const size = rate.unitSize;
			if (blind === 0) return size ?? {targetBytes: firstSegmentBytes, maxWholeBytes: maxSegmentObjectBytes};
			blind--;
			return {
				targetBytes: Math.min(firstSegmentBytes, size?.targetBytes ?? firstSegmentBytes),
				maxWholeBytes: size?.maxWholeBytes ?? maxSegmentObjectBytes,
			};
		},
		packing: () => rate.packing,
		acknowledged: () => undefined,
		measured: (bytes, tookMs) => rate.measured(bytes, tookMs),
	};
}

const slowMs = 1500;
const quickMs = 750;

/** Starts small, doubles while acknowledgements come quickly, halves when they are slow. */
export function chunkWindow(): ChunkWindow {
	let bytes = 4 * chunkPieceBytes;
	return {
		isFull: (units, unacked) => units > 0 && unacked >= bytes,
		get unitBytes() {
			return Math.max(chunkPieceBytes, Math.min(maxChunkBytes, bytes / 4));
		},
		acknowledged(tookMs) {
			if (tookMs > slowMs) bytes = Math.max(chunkPieceBytes, bytes / 2);
			else if (tookMs < quickMs) bytes = Math.min(maxUnackedChunkBytes, bytes * 2);
		},
		measured: () => undefined,
	};
}
