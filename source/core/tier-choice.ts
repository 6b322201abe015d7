/**
 * Which tier a link may and should use: pure decisions over what both sides allow and what the network lets through.
 */
import {linkWords} from './link-words.js';
import {type Route, type Tier, type TierPin, tiersOfPin} from '../protocol/tiers.js';

/** What the network allows towards one peer right now. */
export type Reach = {
	readonly relayOnline: boolean;
	/** The relay lists the peer, so what we send there reaches it. */
	readonly atRelay: boolean;
	/** Addresses of the peer are known beside those that it tells through the relay. */
	readonly found: boolean;
	/** Binary frames come back from the relay to us. */
	readonly binaryHere: 'unknown' | 'passes' | 'text-only';
	/** The peer said that binary frames do not reach it. */
	readonly binaryThere: boolean;
};

/** The bands, best first; measured goodput can overrule them (path-quality.ts). */
const routeOrder: readonly Route[] = [
	'tcp-lan',
	'tcp-punched',
	'ice-host',
	'ice-srflx',
	'ice-turn',
	'proxy',
	'json',
];

export function tierOfRoute(route: Route): Tier {
	return route === 'proxy' || route === 'json' ? route : 'direct';
}

/** The route that a carrier of the tier may at best turn out to be. */
export function bestRouteOf(tier: Tier): Route {
	return tier === 'direct' ? 'tcp-lan' : tier;
}

/** True if `route` stands in a higher band than `than`. */
export function isBetterRoute(route: Route, than: Route): boolean {
	return routeOrder.indexOf(route) < routeOrder.indexOf(than);
}

/** Tiers that both sides allow, best first. */
export function allowedTiers(ours: TierPin, theirs: readonly Tier[]): readonly Tier[] {
	return tiersOfPin(ours).filter((tier) => theirs.includes(tier));
}

/** True if a carrier of the tier may be tried. */
export function isAvailable(tier: Tier, reach: Reach): boolean {
	const throughRelay = reach.relayOnline && reach.atRelay;
	switch (tier) {
		case 'direct':
			return throughRelay || reach.found;
		case 'proxy':
			return throughRelay && reach.binaryHere === 'passes' && reach.binaryThere;
		case 'json':
			return throughRelay;
	}
}

/** True while the answer whether binary frames pass is awaited and decides between `proxy` and `json`. */
export function waitsForBinary(allowed: readonly Tier[], reach: Reach): boolean {
	return reach.relayOnline && reach.atRelay && reach.binaryHere === 'unknown' && allowed.includes('proxy');
}

/**
 * The best tier through the relay to try now, or undefined. While it is not known whether binary frames pass, `json`
 * waits for the answer where `proxy` is allowed too: it comes within seconds and saves a switch.
 */
export function bestRelayTier(
	allowed: readonly Tier[],
	reach: Reach,
	retryAt: (tier: Tier) => number,
	now: number,
): Tier | undefined {
	if (waitsForBinary(allowed, reach)) return undefined;
	return allowed.find((tier) => tier !== 'direct' && isAvailable(tier, reach) && retryAt(tier) <= now);
}

/** Why no tier is left, in words for both people. */
export function explainEmptyChoice(ours: TierPin, theirs: readonly Tier[], peerName: string): string {
	const them = explainTheirTiers(theirs, peerName);
	return ours === 'auto' ? them : linkWords.bothTiers(ours, them);
}

/** What the other side allows, in words. */
export function explainTheirTiers(theirs: readonly Tier[], peerName: string): string {
	return linkWords.theirTiers(peerName, theirs);
}
