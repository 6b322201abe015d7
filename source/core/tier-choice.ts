/**
 * Which tier a link may and should use: pure decisions over what both sides allow and what the network lets through.
 * `direct` is in the ladder but has no carrier yet, so it is never available.
 */
import {type Tier, type TierPin, tiers, tiersOfPin} from '../protocol/tiers.js';

/** What the network allows towards one peer right now. */
export type Reach = {
	readonly relayOnline: boolean;
	/** Binary frames come back from the relay to us. */
	readonly binaryHere: 'unknown' | 'passes' | 'text-only';
	/** The peer said that binary frames do not reach it. */
	readonly binaryThere: boolean;
};

/** Tiers that both sides allow, best first. */
export function allowedTiers(ours: TierPin, theirs: readonly Tier[]): readonly Tier[] {
	return tiersOfPin(ours).filter((tier) => theirs.includes(tier));
}

function isAvailable(tier: Tier, reach: Reach): boolean {
	switch (tier) {
		case 'direct':
			return false;
		case 'proxy':
			return reach.relayOnline && reach.binaryHere === 'passes' && reach.binaryThere;
		case 'json':
			return reach.relayOnline;
	}
}

/**
 * The best tier to try now, or undefined. While it is not known whether binary frames pass, `json` waits for the
 * answer where `proxy` is allowed too: it comes within seconds and saves a switch.
 */
export function bestTier(
	allowed: readonly Tier[],
	reach: Reach,
	retryAt: (tier: Tier) => number,
	now: number,
): Tier | undefined {
	if (reach.relayOnline && reach.binaryHere === 'unknown' && allowed.includes('proxy')) return undefined;
	return allowed.find((tier) => isAvailable(tier, reach) && retryAt(tier) <= now);
}

/** True if `tier` stands higher in the ladder than `than`. */
export function isBetter(tier: Tier, than: Tier): boolean {
	return tiers.indexOf(tier) < tiers.indexOf(than);
}

/** Why no tier is left, in words for both people. */
export function explainEmptyChoice(ours: TierPin, theirs: readonly Tier[], peerName: string): string {
	const them = theirs.length === tiers.length ? 'any tier' : theirs.join(', ') + ' only';
	return ours === 'auto'
		? `${peerName} allows ${them}`
		: `you allow ${ours} only, ${peerName} allows ${them}`;
}
