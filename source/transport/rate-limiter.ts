/** Token buckets: how `--limit-up` and `--limit-down` slow bulk down. Control messages never wait for them. */

export type TokenBucket = {
	/** Resolves once that many bytes may pass; first come, first served. */
	take(bytes: number): Promise<void>;
};

/** The buckets of the two directions, shared by all channels; one that is missing does not limit. */
export type RateLimiter = {readonly up?: TokenBucket; readonly down?: TokenBucket};

/** Lets short bursts through at full speed, so that a save is not slowed by a limit meant for transfers. */
const burstMs = 250;

/** Limits in bytes a second; undefined or 0 does not limit. */
export function createRateLimiter({
	upBytesPerSecond = 0,
	downBytesPerSecond = 0,
}: {
	upBytesPerSecond?: number;
	downBytesPerSecond?: number;
}): RateLimiter {
	return {
		...(upBytesPerSecond > 0 ? {up: createTokenBucket(upBytesPerSecond)} : {}),
		...(downBytesPerSecond > 0 ? {down: createTokenBucket(downBytesPerSecond)} : {}),
	};
}

/** Allows `bytesPerSecond` in the long run. `now` is monotonic, in ms. */
export function createTokenBucket(bytesPerSecond: number, now = () => performance.now()): TokenBucket {
	/** When the bucket will have paid for everything taken so far. */
	let paidAtMs = now() - burstMs;
	return {
		async take(bytes) {
			paidAtMs = Math.max(paidAtMs, now() - burstMs) + (bytes / bytesPerSecond) * 1000;
			const waitMs = paidAtMs - now();
			if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
		},
	};
}
