/** What one path carries, as its acknowledgements show, and the size of segments that takes it about a second. */
import {
	maxSegmentObjectBytes,
	segmentMs,
	segmentTargetBytes,
	slowPathBytesPerMs,
	slowSegmentBytes,
} from './limits.js';
import {type Packing} from './object-store.js';
import {type UnitSize} from './send-window.js';

const smallestBytes = Math.min(...slowSegmentBytes);

export class PathRate {
	#bytesPerMs: number | undefined;

	get isKnown(): boolean {
		return this.#bytesPerMs !== undefined;
	}

	/** Object bytes that were sent, received and stored, and the time that the path spent on them. */
	measured(bytes: number, tookMs: number): void {
		// What is tiny tells of the round trip only.
		if (bytes < smallestBytes / 2) return;
		const rate = bytes / Math.max(tookMs, 1);
		this.#bytesPerMs = this.#bytesPerMs === undefined ? rate : (this.#bytesPerMs + rate) / 2;
	}

	/** Packs are made small where the path is what takes the time; one that nobody has measured is not made to wait. */
	get packing(): Packing {
		const isSlow = this.#bytesPerMs !== undefined && this.#bytesPerMs < slowPathBytesPerMs;
		return isSlow ? 'small' : 'quick';
	}

	/** Undefined until something was measured. */
	get unitSize(): UnitSize | undefined {
		if (this.#bytesPerMs === undefined) return undefined;
		const mostBytes = this.#bytesPerMs * segmentMs;
		if (mostBytes >= segmentTargetBytes)
			return {targetBytes: segmentTargetBytes, maxWholeBytes: maxSegmentObjectBytes};
		const targetBytes = slowSegmentBytes.find((bytes) => bytes <= mostBytes) ?? smallestBytes;
		// A larger object would take too long as a whole; its parts can go on at any byte.
		return {targetBytes, maxWholeBytes: targetBytes};
	}
}
