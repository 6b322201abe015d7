/**
 * What we remember of the direct tier of one link, and when it is worth the next try. A path that worked once comes back:
 * it is tried again soon. One that never did is tried ever more rarely. One that comes and goes is held off longer and
 * longer, but only where there is another way to the peer.
 */
import {type Tier} from '../protocol/tiers.js';
import {backoffMs} from './backoff.js';
import {type Stamp} from './event.js';

export type DirectMemory = {
	/** It has carried this link before. */
	readonly worked: boolean;
	/** Failed tries since it worked last. */
	readonly failures: number;
	/** Tries in a row that were broken off (broken-off.ts). */
	readonly brokenOff: number;
	/** Losses that came soon after one another. */
	readonly flaps: number;
	/** How often it gave way to a faster tier. */
	readonly slowdowns: number;
	readonly lastTryAt: number;
	/** The last try was made without a relay, through which each side tells where it is. */
	readonly triedAlone: boolean;
	readonly retryAt: number;
	/** Not before this while there is another way. */
	readonly heldUntil: number;
	readonly heldFor?: 'lost' | 'slow';
	/** The faster tier that it is to give way to, while it is still in use. */
	readonly givesWayTo?: Tier;
	/** When the other side last had news of its network: a loss right after that is a move, not a flap. */
	readonly newsAt: number;
	/** While ICE is in use: when TCP is tried again, and how often it was. */
	readonly betterAt: number;
	readonly betterTries: number;
	/** Why the last try failed, so that only news is told. */
	readonly lastReason?: string;
};

export const newDirectMemory: DirectMemory = {
	worked: false,
	failures: 0,
	brokenOff: 0,
	flaps: 0,
	slowdowns: 0,
	lastTryAt: 0,
	triedAlone: false,
	retryAt: 0,
	heldUntil: 0,
	newsAt: -Infinity,
	betterAt: 0,
	betterTries: 0,
};

/** Each try costs both sides sockets and the relay messages. */
const tryEveryMs = 10_000;

/** After one that was broken off and says nothing; a peer that comes and goes is not to make us dial without pause. */
const brokenOffMs = [0, 1000, 2000, 4000, 8000];

/** A path that never worked may begin to, but is not waited for. */
const unknownBackoff = {firstMs: 10_000, maxMs: 300_000};

/** A path that worked is looked for as often as is allowed for some minutes, then once a minute. */
const eagerTries = 12;
const knownBackoff = {firstMs: 10_000, maxMs: 60_000};

/** With no other way to the peer it is not left alone for longer than this. */
const onlyWayMs = 30_000;

/** From the second loss on; the first one is made good at once. */
const holdsMs = [45_000, 120_000, 300_000, 600_000];

/** A carrier that lived so long pays for one loss before. */
const forgivesAfterMs = 120_000;

/** One that ended sooner is as good as one that never opened. */
const settledAfterMs = 10_000;

/** We may hear that the other side is in another network before we notice that the path to it is dead. */
const moveMs = 15_000;

/** How long a faster tier is left in use before direct is measured again. */
const slowHold = {firstMs: 60_000, maxMs: 600_000};

/** Over ICE: TCP is better, but most networks that stopped it once go on doing so. */
const betterBackoff = {firstMs: 60_000, maxMs: 600_000};

/** When the next try is due. */
export function directDueAt(memory: DirectMemory, hasOtherWay: boolean): number {
	const {lastTryAt, retryAt, heldUntil} = memory;
	const allowedAt = directAllowedAt(memory);
	if (hasOtherWay) return Math.max(allowedAt, retryAt, heldUntil);
	return Math.max(allowedAt, Math.min(retryAt, lastTryAt + onlyWayMs));
}

/** No try before this, whatever speaks for one. */
export function directAllowedAt(memory: DirectMemory): number {
	return memory.lastTryAt + pauseMs(memory);
}

function pauseMs({brokenOff}: DirectMemory): number {
	return brokenOff === 0 ? tryEveryMs : (brokenOffMs[brokenOff - 1] ?? tryEveryMs);
}

export function directTried(memory: DirectMemory, at: number, triedAlone: boolean): DirectMemory {
	return {...memory, lastTryAt: at, triedAlone};
}

export function directFailed(memory: DirectMemory, {at, random}: Stamp): DirectMemory {
	const failures = memory.failures + 1;
	const waitMs = memory.worked
		? backoffMs(knownBackoff, failures - eagerTries, random)
		: backoffMs(unknownBackoff, failures, random);
	return {...memory, failures, brokenOff: 0, retryAt: at + waitMs};
}

/** The last try says nothing of the path. */
export function directBrokenOff(memory: DirectMemory): DirectMemory {
	return {...memory, brokenOff: memory.brokenOff + 1, retryAt: 0};
}

/** Both sides use it. */
export function directConfirmed(memory: DirectMemory, {at, random}: Stamp): DirectMemory {
	const betterAt = at + backoffMs(betterBackoff, 1, random);
	return {...memory, worked: true, brokenOff: 0, retryAt: 0, lastReason: undefined, betterAt, betterTries: 0};
}

/** The carrier in use has ended without our wish. */
export function directLost(memory: DirectMemory, livedMs: number, {at, random}: Stamp): DirectMemory {
	const hasMoved = at - memory.newsAt < moveMs;
	const flaps = Math.max(0, memory.flaps - Math.floor(livedMs / forgivesAfterMs)) + (hasMoved ? 0 : 1);
	const holdMs = flaps < 2 ? 0 : (holdsMs[Math.min(flaps, holdsMs.length + 1) - 2] ?? 0);
	const next = {
		...memory,
		flaps,
		givesWayTo: undefined,
		heldUntil: Math.max(memory.heldUntil, at + Math.round(holdMs * (1 - random / 4))),
		...(holdMs > 0 && {heldFor: 'lost' as const}),
	};
	return livedMs < settledAfterMs ? directFailed(next, {at, random}) : {...next, failures: 0, retryAt: at};
}

/** Another tier is measured to be much faster. */
export function directTooSlow(memory: DirectMemory, than: Tier, {at, random}: Stamp): DirectMemory {
	const slowdowns = memory.slowdowns + 1;
	const heldUntil = Math.max(memory.heldUntil, at + backoffMs(slowHold, slowdowns, random));
	return {...memory, slowdowns, heldUntil, heldFor: 'slow', givesWayTo: than};
}

/** A try for something better than ICE came to nothing. */
export function betterFailed(memory: DirectMemory, {at, random}: Stamp): DirectMemory {
	const betterTries = memory.betterTries + 1;
	return {...memory, betterTries, betterAt: at + backoffMs(betterBackoff, betterTries + 1, random)};
}

/** A person asks for it, or the network is another one: nothing that we learnt counts. */
export function directForgiven(memory: DirectMemory): DirectMemory {
	return {...newDirectMemory, worked: memory.worked, lastReason: memory.lastReason};
}

/** The other side has news: worth a try soon, though not each time that it says so. */
export function directEased(memory: DirectMemory, at: number): DirectMemory {
	const lastTryAt = Math.min(memory.lastTryAt, at - pauseMs(memory) + 1000);
	return {...memory, failures: 0, retryAt: 0, heldUntil: 0, newsAt: at, betterAt: 0, lastTryAt};
}
