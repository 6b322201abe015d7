/** What the screens show, read from the state. Pure. */
import {type Attempt, type Conflict, type Peer, type State, type Transfer} from '../core/state.js';
import {type TierPin} from '../protocol/tiers.js';
import {percentOf} from './format.js';
import {sumTiers} from './rates.js';

/** The whole session in one word, the most pressing first. */
export type Overall =
	| {readonly word: 'halted'; readonly code: string; readonly message: string}
	| {readonly word: 'paused'}
	| {readonly word: 'opening'}
	| {readonly word: 'refused'; readonly reason: string}
	| {readonly word: 'connecting'}
	| {readonly word: 'offline'; readonly reason: string; readonly retryAt: number; readonly isAsked: boolean}
	| {readonly word: 'held'; readonly operation: string}
	| {readonly word: 'syncing'; readonly percent?: number}
	| {
			readonly word: 'behind';
			/** Peers that do not stand where we stand. */
			readonly count: number;
			/** Snapshots that one of them has and we lack, where that is known. */
			readonly lacking?: number;
			/** They lack ours, and we nothing of theirs. */
			readonly isOurs?: boolean;
	  }
	| {readonly word: 'conflict'; readonly count: number}
	| {readonly word: 'alone'}
	/** Nobody is linked, and this machine has no address to be found at; the relay is one of its own. */
	| {readonly word: 'no-network'}
	| {readonly word: 'in-step'};

/** Whether a peer shows the same as we do. `unknown`: it has not said, or it is not here. */
export type Standing = 'in-step' | 'fetching' | 'sending' | 'apart' | 'unknown';

export function selectOverall(state: State): Overall {
	const {mode, activity} = state.project;
	if (mode.kind === 'halted') return {word: 'halted', code: mode.code, message: mode.message};
	if (mode.kind === 'paused') return {word: 'paused'};
	if (activity.kind === 'opening') return {word: 'opening'};
	const linked = onlinePeers(state);
	// Links may live longer than the relay; while one does, the session is not offline.
	if (linked.length === 0) {
		const relay = selectRelayTrouble(state);
		if (relay) return relay;
	}
	if (activity.kind === 'held') return {word: 'held', operation: activity.operation};
	if (isWorking(state)) return {word: 'syncing', percent: selectPercent(state)};
	const behind = selectBehind(state, linked);
	if (behind) return behind;
	if (state.conflicts.length > 0) return {word: 'conflict', count: state.conflicts.length};
	if (linked.length === 0) {
		if (selectConnecting(state)) return {word: 'connecting'};
		// Until the first look is over nobody could be served.
		if (state.project.head === undefined && activity.kind === 'scanning') return {word: 'opening'};
		return {word: state.hasNetwork ? 'alone' : 'no-network'};
	}
	return {word: 'in-step'};
}

export function selectStanding(state: State, peer: Peer): Standing {
	if (peer.link.status !== 'online') return 'unknown';
	if (peer.transferIn) return 'fetching';
	if (peer.transferOut) return 'sending';
	if (peer.head === undefined || state.project.head === undefined) {
		// A session whose folders are all empty has no heads, and is in step.
		return peer.head === state.project.head ? 'in-step' : 'apart';
	}
	return peer.head === state.project.head ? 'in-step' : 'apart';
}

/** Who does not stand where we stand: of those who are here, linked or on the way. */
function selectBehind(state: State, linked: readonly Peer[]): Overall | undefined {
	if (linked.length === 0) return undefined;
	const {head} = state.project;
	const arriving = [...state.peers.values()].filter(
		(peer) => peer.present && peer.link.status !== 'online' && peer.head !== head,
	);
	const apart = [...linked.filter((peer) => selectStanding(state, peer) !== 'in-step'), ...arriving];
	if (apart.length === 0) return undefined;
	const distances = apart.map(({distance, head: theirs}) =>
		distance?.ours === head && distance?.theirs === theirs ? distance : undefined,
	);
	const lacking = Math.max(0, ...distances.map((distance) => distance?.ahead ?? 0));
	const isOurs = distances.every((distance) => distance?.ahead === 0);
	return {
		word: 'behind',
		count: apart.length,
		...(lacking > 0 && {lacking}),
		...(isOurs && {isOurs}),
	};
}

function selectRelayTrouble(state: State): Overall | undefined {
	const {relay} = state;
	switch (relay.status) {
		case 'refused':
			return {word: 'refused', reason: relay.reason};
		case 'connecting':
			return {word: 'connecting'};
		case 'waiting':
			return {
				word: 'offline',
				reason: relay.reason,
				retryAt: relay.retryAt,
				isAsked: relay.askedMs !== undefined,
			};
		case 'online':
			return undefined;
	}
}

function selectConnecting(state: State): boolean {
	return [...state.peers.values()].some((peer) => peer.present && peer.link.status === 'connecting');
}

function isWorking(state: State): boolean {
	const {kind} = state.project.activity;
	if (kind === 'merging' || kind === 'applying' || kind === 'snapshotting') return true;
	return [...state.peers.values()].some((peer) => peer.transferIn ?? peer.transferOut);
}

/**
 * What of a transfer is here: durable, or arrived and on its way to the disk. Large pieces become durable as a whole, and over
 * a slow path each takes minutes.
 */
export function selectHereBytes({doneBytes, arrivingBytes = 0, totalBytes}: Transfer): number {
	return Math.min(doneBytes + arrivingBytes, totalBytes ?? Infinity);
}

/** How much of all transfers under way is done; undefined while a total is not known or only the disk is at work. */
function selectPercent(state: State): number | undefined {
	const transfers = [...state.peers.values()].flatMap((peer) =>
		[peer.transferIn, peer.transferOut].filter((transfer): transfer is Transfer => transfer !== undefined),
	);
	if (transfers.length === 0) {
		const {activity} = state.project;
		return 'total' in activity ? capped(percentOf(activity.done, activity.total)) : undefined;
	}
	let done = 0;
	let total = 0;
	for (const transfer of transfers) {
		if (transfer.totalBytes === undefined) return undefined;
		done += selectHereBytes(transfer);
		total += transfer.totalBytes;
	}
	return capped(percentOf(done, total));
}

/** While work is under way it is not done. */
function capped(percent: number | undefined): number | undefined {
	return percent === undefined ? undefined : Math.min(99, percent);
}

function onlinePeers(state: State): readonly Peer[] {
	return [...state.peers.values()].filter((peer) => peer.link.status === 'online');
}

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
