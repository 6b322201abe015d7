/**
 * The second of a channel's two lanes: slices of segments and parts, handed to the stream a few at a time, so that a
 * control message never waits behind more than those. First come, first served.
 */
import {type Duplex} from 'node:stream';
import {
	bulkFrameHeaderBytes,
	type BulkHeader,
	type BulkKind,
	encodeBulkHeader,
	maxSliceBytes,
} from '../protocol/peer-frames.js';
import {type Failure} from '../protocol/failure.js';
import {type RateShare} from './rate-limiter.js';

/** Slices that are written at once: fewer cost more a byte, more make control wait longer. */
const slicesInBatch = 3;
const maxBatchBytes = slicesInBatch * (bulkFrameHeaderBytes + maxSliceBytes);

type Job = {
	readonly kind: BulkKind;
	readonly header: BulkHeader;
	readonly bytes: Uint8Array;
	/** Bytes given to the stream so far. */
	position: number;
	readonly taken: ((bytes: number) => void) | undefined;
	readonly resolve: () => void;
	readonly reject: (error: Failure) => void;
};

export class BulkLane {
	readonly #stream: Duplex;
	readonly #share: RateShare | undefined;
	readonly #jobs: Job[] = [];
	/** Wholly written, but not yet taken by the carrier. */
	readonly #written: Job[] = [];
	/**
	 * Frames of the next write, one behind the other. A stream that encrypts puts several chunks together in memory that
	 * it allocates for each write; one chunk it takes as it is. Ours is free again when the write is done.
	 */
	#batch: Buffer | undefined;
	#isWriting = false;
	/** Of the next slice, as far as the limit has let them through. */
	#paidBytes = 0;
	#waitsForLimiter = false;
	#failure: Failure | undefined;
	#idle: (() => void)[] = [];

	/** `share`: what the limit up leaves to this peer. */
	constructor(stream: Duplex, share: RateShare | undefined) {
		this.#stream = stream;
		this.#share = share;
	}

	/**
	 * Sends the bytes in slices; `taken` hears how many the carrier took so far. Resolves when it took the last; rejects when
	 * the channel ends before.
	 */
	send(
		kind: BulkKind,
		header: BulkHeader,
		bytes: Uint8Array,
		taken?: (bytes: number) => void,
	): Promise<void> {
		if (this.#failure) return Promise.reject(this.#failure);
		return new Promise((resolve, reject) => {
			this.#jobs.push({kind, header, bytes, position: 0, taken, resolve, reject});
			this.#pump();
		});
	}

	/** Resolves when everything given so far was taken, or the channel ended. */
	drain(): Promise<void> {
		if (this.#isIdle) return Promise.resolve();
		return new Promise((resolve) => this.#idle.push(resolve));
	}

	/** Rejects what is not sent; nothing is sent afterwards. */
	end(failure: Failure): void {
		this.#failure ??= failure;
		for (const job of [...this.#jobs.splice(0), ...this.#written.splice(0)]) job.reject(failure);
		this.#settleIdle();
	}

	get #isIdle(): boolean {
		return this.#failure !== undefined || (this.#jobs.length === 0 && this.#written.length === 0);
	}

	#pump(): void {
		if (this.#isWriting || this.#failure) return;
		let filled = 0;
		for (let job = this.#jobs[0]; job; job = this.#jobs[0]) {
			const slice = job.bytes.subarray(job.position, job.position + maxSliceBytes);
			if (filled + bulkFrameHeaderBytes + slice.byteLength > maxBatchBytes || !this.#isPaid(slice)) break;
			filled = this.#add(job, slice, filled);
		}
		if (filled > 0) this.#write(filled);
	}

	/** False where the limit does not let the slice through yet; when it does, the lane goes on. */
	#isPaid({byteLength}: Uint8Array): boolean {
		if (this.#share?.bytesPerSecond === undefined || this.#paidBytes >= byteLength) return true;
		if (this.#waitsForLimiter) return false;
		this.#waitsForLimiter = true;
		void this.#share.take(byteLength).then(() => {
			this.#waitsForLimiter = false;
			this.#paidBytes = byteLength;
			this.#pump();
		});
		return false;
	}

	/** Puts a frame into the batch; returns where the next one begins. */
	#add(job: Job, slice: Uint8Array, at: number): number {
		this.#batch ??= Buffer.allocUnsafeSlow(maxBatchBytes);
		const header = {...job.header, offset: job.header.offset + job.position};
		this.#batch.set(encodeBulkHeader(job.kind, header, slice.byteLength), at);
		this.#batch.set(slice, at + bulkFrameHeaderBytes);
		this.#paidBytes = 0;
		job.position += slice.byteLength;
		if (job.position >= job.bytes.byteLength) this.#written.push(this.#jobs.shift()!);
		return at + bulkFrameHeaderBytes + slice.byteLength;
	}

	#write(byteLength: number): void {
		this.#isWriting = true;
		this.#stream.write(this.#batch!.subarray(0, byteLength), (error) => {
			this.#isWriting = false;
			// On an error the channel's end follows and rejects, with the reason.
			if (error) return;
			const [begun] = this.#jobs;
			if (begun && begun.position > 0) begun.taken?.(begun.position);
			for (const job of this.#written.splice(0)) job.resolve();
			this.#pump();
			if (this.#isIdle) this.#batch = undefined;
			this.#settleIdle();
		});
	}

	#settleIdle(): void {
		if (!this.#isIdle) return;
		for (const resolve of this.#idle.splice(0)) resolve();
	}
}
