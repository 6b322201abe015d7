/** The ways to a peer, best first, and what a person may pin. */

export const tiers = ['direct', 'proxy', 'json'] as const;
export type Tier = (typeof tiers)[number];

/** How a link runs: five ways of `direct`, and the two tiers through the relay under their own names. */
export type Route = 'tcp-lan' | 'tcp-punched' | 'ice-host' | 'ice-srflx' | 'ice-turn' | 'proxy' | 'json';

/** What a person chose: one tier alone, or all of them. */
export type TierPin = 'auto' | Tier;

export function tiersOfPin(pin: TierPin): readonly Tier[] {
	return pin === 'auto' ? tiers : [pin];
}

const unneeded = 'not needed';

/** How a route's end is told where nothing is wrong with it: another one was quicker. */
export function notNeeded(winner: Route): string {
	return `${unneeded}: ${winner} was there first`;
}

export function isNotNeeded(reason: string | undefined): boolean {
	return reason?.startsWith(`${unneeded}: `) ?? false;
}
