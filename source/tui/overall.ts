/** How the whole session stands, in one word, and how each peer does. Pure. */
import {type Peer, type State, type Transfer} from '../core/state.js';
import {percentOf} from './format.js';

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
 * What of a transfer is here: durable, or arrived and on its way to the disk; of one that goes out, what was sent. Large pieces
 * become durable as a whole, and over a slow path each takes minutes.
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

/** Those who are linked now. */
export function onlinePeers(state: State): readonly Peer[] {
	return [...state.peers.values()].filter((peer) => peer.link.status === 'online');
}
