/** What is to be done with the store of a project when nobody waits: pure, from sizes and ages. */
import {type StoreSize} from '../git/store-files.js';

/** How much of the past is kept. */
export type KeptHistory = {
	readonly days: number;
	/** What the store may take beside the size of the project itself. */
	readonly bytes: number;
};

export const defaultKept: KeptHistory = {days: 30, bytes: 10 * 1000 ** 3};

export type Tidying =
	/** Nothing but joining what is small, if there is much of it. */
	| {readonly kind: 'join'}
	/** Written anew, with what is since then. */
	| {readonly kind: 'compact'; readonly sinceMs: number}
	/** Too large although all that may be cut off is: a person has to say more. */
	| {readonly kind: 'too-large'};

const dayMs = 24 * 3_600_000;
/** Cutting off a little costs as much as cutting off much, so it is done once a day. */
const slackMs = dayMs;
/** Never less without a person's word. */
const leastDays = 1;
/** Growth that is not worth a look. */
const smallBytes = 256 * 1024 * 1024;

export function planTidying({
	size,
	projectBytes,
	oldestMs,
	nowMs,
	kept,
}: {
	readonly size: StoreSize;
	/** Of all files in view. */
	readonly projectBytes: number;
	/** When the oldest commit was made that could be cut off. */
	readonly oldestMs: number | undefined;
	readonly nowMs: number;
	readonly kept: KeptHistory;
}): Tidying {
	const wantedMs = nowMs - kept.days * dayMs;
	const growth = size.bytes - size.largest;
	// More than all files as they are, and much of it new: differences will take the place of whole versions.
	const isWasteful =
		size.bytes > projectBytes * 1.3 + smallBytes && growth > Math.max(smallBytes, size.largest / 2);
	if (oldestMs !== undefined && oldestMs < wantedMs - slackMs) return {kind: 'compact', sinceMs: wantedMs};
	if (isWasteful) return {kind: 'compact', sinceMs: wantedMs};
	if (size.bytes <= projectBytes + kept.bytes) return {kind: 'join'};
	const leastMs = nowMs - leastDays * dayMs;
	if (oldestMs === undefined || oldestMs >= leastMs) return {kind: 'too-large'};
	// How much a day takes is not known before: half of the time, as often as it takes.
	return {kind: 'compact', sinceMs: Math.min(leastMs, nowMs - (nowMs - Math.max(oldestMs, wantedMs)) / 2)};
}
