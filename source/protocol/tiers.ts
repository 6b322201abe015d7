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
