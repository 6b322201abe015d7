/** What a person sees of a link: one carrier in use, one on its way, or none and why. */
import {linkWords} from './link-words.js';
import {tiers} from '../protocol/tiers.js';
import {bestRouteOf, isBetterRoute} from './tier-choice.js';
import {missedTiers} from './missed-tiers.js';
import {linkOf, setPeer, showLink, type LinkMachine, type Opening, type Step} from './machine.js';
import {type Link, type MissedTier, type Peer, type PeerId} from './state.js';

/** Shows where the link stands; `end` says why where nothing is open. */
export function showStanding(
	step: Step,
	peerId: PeerId,
	end: {reason?: string; retryAt?: number} = {},
): void {
	const peer = step.machine.state.peers.get(peerId);
	if (!peer) return;
	const {theirTiers} = linkOf(step, peerId);
	const allows = theirTiers.length < tiers.length ? theirTiers : undefined;
	if (peer.allows?.join() !== allows?.join()) setPeer(step, peerId, {allows});
	const shown = standing(peer, linkOf(step, peerId), end);
	const missed = missedTiers(step, peer);
	const next = shown.status === 'online' && missed.length > 0 ? {...shown, missed} : shown;
	if (!isSame(peer.link, next)) showLink(step, peerId, next);
}

function standing(
	{link: before}: Peer,
	{active, openings}: LinkMachine,
	{reason, retryAt}: {reason?: string; retryAt?: number},
): Link {
	if (active) {
		const others = openings.filter(({generation}) => generation !== active.generation);
		const best = others.reduce<Opening | undefined>(
			(one, other) => (one && !isBetterRoute(bestRouteOf(other.tier), bestRouteOf(one.tier)) ? one : other),
			undefined,
		);
		const isKnown = before.status === 'online' && before.generation === active.generation;
		return {
			status: 'online',
			...active,
			rttMs: isKnown ? before.rttMs : undefined,
			upgrading: best && {tier: best.tier, generation: best.generation},
		};
	}
	// Of two on their way the one that was shown stays on the screen.
	const [first] = openings;
	if (first) {
		const shown = openings.find(
			({generation}) => before.status === 'connecting' && generation === before.generation,
		);
		const {tier, generation, startedAt} = shown ?? first;
		return {status: 'connecting', tier, generation, since: startedAt};
	}
	const known = before.status === 'offline' ? before : undefined;
	return {
		status: 'offline',
		reason: reason ?? known?.reason ?? linkWords.notConnected,
		retryAt: retryAt ?? known?.retryAt,
	};
}

function isSame(one: Link, other: Link): boolean {
	if (one.status === 'online' && other.status === 'online') {
		return (
			one.generation === other.generation &&
			one.rttMs === other.rttMs &&
			one.upgrading?.generation === other.upgrading?.generation &&
			isSameMissed(one.missed, other.missed)
		);
	}
	if (one.status === 'connecting' && other.status === 'connecting')
		return one.generation === other.generation;
	return (
		one.status === 'offline' &&
		other.status === 'offline' &&
		one.reason === other.reason &&
		one.retryAt === other.retryAt
	);
}

function isSameMissed(one: readonly MissedTier[] = [], other: readonly MissedTier[] = []): boolean {
	return (
		one.length === other.length &&
		one.every(
			({tier, reason, retryAt}, index) =>
				tier === other[index]?.tier && reason === other[index].reason && retryAt === other[index].retryAt,
		)
	);
}
