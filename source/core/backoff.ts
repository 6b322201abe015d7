/** Delays between tries: they double, have a ceiling, and are spread so that peers do not come back all at once. */

export type Backoff = {readonly firstMs: number; readonly maxMs: number};

/** A relay that restarts is back within a second or two; one that is gone is not to be hammered. */
export const relayBackoff: Backoff = {firstMs: 500, maxMs: 15_000};

/** A tier that failed is tried again soon once, then rarely: each try costs both sides a handshake. */
export const tierBackoff: Backoff = {firstMs: 1000, maxMs: 30_000};

/** Who broke the rules may have been mended meanwhile: a minute, and an hour at most where it was not. */
export const cutOffBackoff: Backoff = {firstMs: 60_000, maxMs: 3_600_000};

/** Whatever a relay asks for: after an hour it may be another one, or have other limits. */
const maxAskedMs = 3_600_000;

/** Delay in ms before try number `failures + 1`; `random` in [0, 1) takes up to half of it away. */
export function backoffMs({firstMs, maxMs}: Backoff, failures: number, random: number): number {
	const full = Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
	return Math.round(full * (1 - random / 2));
}

/**
 * The same where the other side asked to wait: so long at least, and up to half as much more, as far as the backoff goes, so
 * that those who were told the same do not come back at once.
 */
export function waitMs(backoff: Backoff, failures: number, random: number, askedMs = 0): number {
	const asked = Math.min(askedMs, maxAskedMs);
	const spread = (Math.min(asked, backoff.maxMs) * random) / 2;
	return Math.max(backoffMs(backoff, failures, random), Math.round(asked + spread));
}
