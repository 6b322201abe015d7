/** What the screens show, read from the state. Pure. */
import {type Attempt, type Conflict, type Peer, type State} from '../core/state.js';
import {type TierPin} from '../protocol/tiers.js';
import {onlinePeers} from './overall.js';
import {sumTiers} from './rates.js';

/** Peers in the order of the screen: linked ones first, then by name, then by id. */
export function selectPeers(state: State): readonly Peer[] {
	return [...state.peers.values()].sort(
		(one, other) =>
			rankOfLink(one) - rankOfLink(other) ||
			compare(one.name, other.name) ||
			compare(one.peerId, other.peerId),
	);
}

function rankOfLink(peer: Peer): number {
	if (peer.link.status === 'online') return 0;
	return peer.present ? 1 : 2;
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}

/** Names that more than one member has, `you` included; these are shown with the start of the peer_id. */
export function selectSharedNames(state: State): ReadonlySet<string> {
	const seen = new Set([state.self.name]);
	const shared = new Set<string>();
	for (const peer of state.peers.values()) {
		if (seen.has(peer.name)) shared.add(peer.name);
		seen.add(peer.name);
	}
	return shared;
}

/** Bytes a second of all peers together, over the newest full second. */
export function selectRates(state: State): {in: number; out: number} {
	const newest = state.throughput.samples.at(-1);
	return newest ? {in: sumTiers(newest.in), out: sumTiers(newest.out)} : {in: 0, out: 0};
}

/** The pin that comes after this one. */
export function nextPin(pin: TierPin): TierPin {
	const order: readonly TierPin[] = ['auto', 'direct', 'proxy', 'json'];
	return order[(order.indexOf(pin) + 1) % order.length] ?? 'auto';
}

/** The newest attempt of a peer that tells when the next one is due. */
export function selectNextRetry(peer: Peer): number | undefined {
	if (peer.link.status === 'offline' && peer.link.retryAt !== undefined) return peer.link.retryAt;
	return newestRetry(peer.attempts);
}

function newestRetry(attempts: readonly Attempt[]): number | undefined {
	const retryAt = attempts.at(-1)?.retryAt;
	return retryAt === undefined ? undefined : retryAt;
}

/** How often the session screen changes with the clock alone; undefined: not at all. */
export function selectTickMs({peers, conflicts}: State, now: number): number | undefined {
	return [...peers.values()].some((peer) => isCountingDown(peer)) ? 1000 : selectAgeTickMs(conflicts, now);
}

/** The same of the ages of conflicts, which are told in minutes and more when they are not new any more. */
export function selectAgeTickMs(conflicts: readonly Conflict[], now: number): number | undefined {
	if (conflicts.length === 0) return undefined;
	return conflicts.some(({since}) => now - since < 60_000) ? 1000 : 5000;
}

/** It is said when something is tried for it. */
function isCountingDown(peer: Peer): boolean {
	switch (peer.link.status) {
		case 'connecting':
			return false;
		case 'offline':
			return peer.present && selectNextRetry(peer) !== undefined;
		case 'online':
			return peer.link.missed?.[0]?.retryAt !== undefined;
	}
}

/**
 * What a person would want to know before quitting: nothing, or why somebody may not have all of it yet.
 * Whoever never met anyone has nothing that others lack.
 */
export type Unsynced =
	| {readonly kind: 'none'}
	| {readonly kind: 'transferring'; readonly names: readonly string[]}
	| {readonly kind: 'writing'}
	| {readonly kind: 'nobody-has-it'}
	| {readonly kind: 'some-lack-it'; readonly names: readonly string[]};

export function selectUnsynced(state: State): Unsynced {
	const {activity, head} = state.project;
	if (activity.kind === 'applying' || activity.kind === 'merging' || activity.kind === 'snapshotting') {
		return {kind: 'writing'};
	}
	const peers = selectPeers(state);
	const moving = peers.filter((peer) => peer.transferIn ?? peer.transferOut);
	if (moving.length > 0) return {kind: 'transferring', names: moving.map((peer) => peer.name)};
	if (peers.length === 0 || head === undefined) return {kind: 'none'};
	if (!peers.some((peer) => peer.head === head)) return {kind: 'nobody-has-it'};
	const lacking = onlinePeers(state).filter((peer) => peer.head !== head);
	return lacking.length > 0
		? {kind: 'some-lack-it', names: lacking.map((peer) => peer.name)}
		: {kind: 'none'};
}

/** The side that this folder shows and the others. */
export function selectSides(conflict: Conflict): {
	readonly mine: Conflict['sides'][number] | undefined;
	readonly others: readonly Conflict['sides'][number][];
} {
	const mine = conflict.sides.find((side) => side.mine);
	return {mine, others: conflict.sides.filter((side) => side !== mine)};
}
