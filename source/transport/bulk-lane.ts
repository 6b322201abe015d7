/**
 * The second of a channel's two lanes: slices of segments and parts, handed to the stream a few at a time, so that a
 * control message never waits behind more than those. First come, first served.
 */
import {type Duplex} from 'node:stream';
import {type BulkHeader, type BulkKind, encodeBulkHeader, maxSliceBytes} from '../protocol/peer-frames.js';
import {type Failure} from '../protocol/failure.js';
import {type TokenBucket} from './rate-limiter.js';

/** What may lie in the stream: one write under way and one batch behind it keep it busy. */
const aheadBytes = 192 * 1024;

type Job = {
	readonly kind: BulkKind;
	readonly header: BulkHeader;
	readonly bytes: Uint8Array;
	/** Bytes given to the stream so far. */
	position: number;
	readonly resolve: () => void;
	readonly reject: (error: Failure) => void;
};

export class BulkLane {
	readonly #stream: Duplex;
	readonly #limiter: TokenBucket | undefined;
	readonly #jobs: Job[] = [];
	/** Wholly written, but not yet taken by the carrier. */
	readonly #written = new Set<Job>();
	#waitsForLimiter = false;
	#failure: Failure | undefined;
	#idle: (() => void)[] = [];

	constructor(stream: Duplex, limiter: TokenBucket | undefined) {
		this.#stream = stream;
		this.#limiter = limiter;
	}

	/** Sends the bytes in slices; resolves when the carrier took the last. Rejects when the channel ends before. */
	send(kind: BulkKind, header: BulkHeader, bytes: Uint8Array): Promise<void> {
		if (this.#failure) return Promise.reject(this.#failure);
		return new Promise((resolve, reject) => {
			this.#jobs.push({kind, header, bytes, position: 0, resolve, reject});
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
		for (const job of [...this.#jobs.splice(0), ...this.#written]) job.reject(failure);
		this.#written.clear();
		this.#settleIdle();
	}

	get #isIdle(): boolean {
		return this.#failure !== undefined || (this.#jobs.length === 0 && this.#written.size === 0);
	}

	#pump(): void {
		while (!this.#failure && !this.#waitsForLimiter && this.#stream.writableLength < aheadBytes) {
			const job = this.#jobs[0];
			if (!job) return;
			const slice = job.bytes.subarray(job.position, job.position + maxSliceBytes);
			if (this.#limiter) {
				this.#waitsForLimiter = true;
				void this.#limiter.take(slice.byteLength).then(() => {
					this.#waitsForLimiter = false;
					if (this.#failure) return;
					this.#write(job, slice);
					this.#pump();
				});
				return;
			}
			this.#write(job, slice);
		}
	}

	#write(job: Job, slice: Uint8Array): void {
		const header = {...job.header, offset: job.header.offset + job.position};
		job.position += slice.byteLength;
		const isLast = job.position >= job.bytes.byteLength;
		if (isLast) {
			this.#jobs.shift();
			this.#written.add(job);
		}
		this.#stream.cork();
		this.#stream.write(encodeBulkHeader(job.kind, header, slice.byteLength));
		this.#stream.write(slice, (error) => {
			// On an error the channel's end follows and rejects, with the reason.
			if (error) return;
			if (isLast && this.#written.delete(job)) job.resolve();
			this.#pump();
			this.#settleIdle();
		});
		this.#stream.uncork();
	}

	#settleIdle(): void {
		if (!this.#isIdle) return;
		for (const resolve of this.#idle.splice(0)) resolve();
	}
}
