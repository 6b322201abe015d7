/**
 * How much may be sent and not yet acknowledged. Segments: a fixed number, as the receiver holds that many in memory.
 * JSON chunks: bytes, which adapt to what the way carries within a second or so, since a chunk is one message and
 * everything else waits behind it.
 */
import {chunkPieceBytes, maxChunkBytes, maxUnackedChunkBytes, maxUnackedUnits} from './limits.js';

export type SendWindow = {
	/** True if nothing more may be sent now. */
	isFull(units: number, bytes: number): boolean;
	/** Object bytes that the next unit should have at most. */
	readonly unitBytes: number;
	acknowledged(tookMs: number): void;
};

export function segmentWindow(): SendWindow {
	return {
		isFull: (units) => units >= maxUnackedUnits,
		unitBytes: 0, // cut by the plan
		acknowledged: () => undefined,
	};
}

const slowMs = 1500;
const quickMs = 750;

/** Starts small, doubles while acknowledgements come quickly, halves when they are slow. */
export function chunkWindow(): SendWindow {
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
	};
}
