/** A token bucket: how `--limit-up` and `--limit-down` slow bulk down. Control messages never wait for it. */

export type RateLimiter = {
	/** Resolves once that many bytes may pass; first come, first served. */
	take(bytes: number): Promise<void>;
};

/** Lets short bursts through at full speed, so that a save is not slowed by a limit meant for transfers. */
const burstMs = 250;

/** Allows `bytesPerSecond` in the long run, shared by everyone who takes from it. */
export function createRateLimiter(bytesPerSecond: number): RateLimiter {
	/** When the bucket will have paid for everything taken so far, in ms. */
	let paidAtMs = performance.now() - burstMs;
	return {
		async take(bytes) {
			const now = performance.now();
			paidAtMs = Math.max(paidAtMs, now - burstMs) + (bytes / bytesPerSecond) * 1000;
			const waitMs = paidAtMs - now;
			if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
		},
	};
}

/** Limits of the two directions; one that is missing does not limit. */
export type Limiter = {readonly up?: RateLimiter; readonly down?: RateLimiter};
