/** What `status` and `conflicts` print: the state in the words of docs/cli.md, ready for JSON. */
import {type Content, type FileMode, type Oid, parseContent} from '../protocol/content.js';
import {type Route, type Tier, type TierPin} from '../protocol/tiers.js';
import {refusalWords} from './reason-words.js';
import {type Conflict, type ContentFacts, type Peer, type State, type TierBytes} from './state.js';

export type StatusReport = {
	readonly session_id: string;
	readonly peer_id: string;
	readonly name: string;
	readonly role: 'host' | 'member';
	readonly root: string;
	readonly head: Oid | null;
	readonly tree: Oid | null;
	readonly state: OverallState;
	readonly relay: {
		readonly url: string;
		readonly status: string;
		readonly reason?: string;
		/** It holds our traffic back now. */
		readonly limited?: {readonly scope: string; readonly bytes_per_second: number};
	};
	readonly tier: TierPin;
	readonly limits: LimitsReport;
	readonly files: number;
	readonly bytes: number;
	readonly store_bytes: number;
	readonly peers: readonly PeerReport[];
	readonly conflicts: readonly ConflictReport[];
	readonly problems: readonly {path?: string; code: string; message: string; at: number}[];
	readonly hidden_problems: number;
};

type LimitsReport = {readonly up: number | null; readonly down: number | null};

/** One word for where the session stands, the most pressing first. */
export type OverallState =
	'halted' | 'paused' | 'opening' | 'held' | 'working' | 'syncing' | 'conflicted' | 'alone' | 'synced';

export type PeerReport = {
	readonly peer_id: string;
	readonly name: string;
	readonly status: 'online' | 'connecting' | 'offline';
	readonly tier: Tier | null;
	readonly route: Route | null;
	readonly rtt_ms: number | null;
	readonly pin?: TierPin;
	readonly reason?: string;
	/** Better tiers that are not used, and why. */
	readonly missed?: readonly {readonly tier: Tier; readonly reason: string; readonly retry_at?: number}[];
	readonly head: Oid | null;
	/** Its newest known head is ours. */
	readonly in_step: boolean;
	/** Paths that it saved in the last seconds. */
	readonly editing: readonly string[];
	/** Our snapshots that it lacks; null while that is not known. */
	readonly behind: number | null;
	readonly bytes_in: TierBytes;
	readonly bytes_out: TierBytes;
	/** What came from it in vain or twice, since a path ended first. */
	readonly resent_bytes: number;
};

export type ConflictReport = {
	readonly path: string;
	readonly kind: Conflict['kind'];
	/** When this peer first saw it. */
	readonly since: number;
	readonly base?: ContentReport;
	readonly sides: readonly ({
		readonly peer_id: string;
		readonly name: string;
		readonly at: number;
		readonly mine: boolean;
	} & ContentReport)[];
};

/** Without any field the path is absent on this side. */
type ContentReport = {
	readonly oid?: Oid;
	readonly mode?: FileMode;
	readonly bytes?: number;
	readonly binary?: boolean;
};

export function reportStatus(state: State): StatusReport {
	const {project, session, self, relay} = state;
	return {
		session_id: session.sessionId,
		peer_id: self.peerId,
		name: self.name,
		role: self.role,
		root: session.root,
		head: project.head ?? null,
		tree: project.tree ?? null,
		state: selectOverallState(state),
		relay: {
			url: session.relayUrl,
			status: relay.status,
			...(relay.status === 'waiting' ? {reason: refusalWords(relay.reason, relay.askedMs)} : {}),
			...(relay.status === 'refused' ? {reason: relay.reason} : {}),
			...(relay.status === 'online' && relay.limited
				? {limited: {scope: relay.limited.scope, bytes_per_second: relay.limited.bytesPerSecond}}
				: {}),
		},
		tier: state.pin,
		limits: reportLimits(state),
		files: project.files,
		bytes: project.bytes,
		store_bytes: project.storeBytes,
		peers: reportPeers(state),
		conflicts: reportConflicts(state),
		problems: state.problems.items.map(({path, code, message, at}) => ({path, code, message, at})),
		hidden_problems: state.problems.hidden,
	};
}

/** Bytes a second; null: no limit. */
export function reportLimits({limits: {up, down}}: State): LimitsReport {
	return {up: up ?? null, down: down ?? null};
}

export function reportPeers(state: State): readonly PeerReport[] {
	return [...state.peers.values()].map((peer) => reportPeer(peer, state.project.head));
}

export function reportConflicts(state: State): readonly ConflictReport[] {
	return state.conflicts.map(({path, kind, since, base, baseFacts, sides}) => ({
		path,
		kind,
		since,
		...(base === undefined ? {} : {base: reportContent(base, baseFacts)}),
		sides: sides.map(({content, facts, peerId, name, at, mine}) => ({
			peer_id: peerId,
			name,
			at,
			mine,
			...reportContent(content, facts),
		})),
	}));
}

export function selectOverallState(state: State): OverallState {
	const {mode, activity, head} = state.project;
	if (mode.kind !== 'running') return mode.kind;
	if (activity.kind === 'opening' || activity.kind === 'held') return activity.kind;
	if (activity.kind !== 'idle') return 'working';
	const online = [...state.peers.values()].filter((peer) => peer.link.status === 'online');
	if (online.some((peer) => peer.head !== head || peer.transferIn || peer.transferOut)) return 'syncing';
	if (state.conflicts.length > 0) return 'conflicted';
	return online.length === 0 ? 'alone' : 'synced';
}

function reportPeer(peer: Peer, head: Oid | undefined): PeerReport {
	const {link} = peer;
	const online = link.status === 'online' ? link : undefined;
	return {
		peer_id: peer.peerId,
		name: peer.name,
		status: link.status,
		tier: online?.tier ?? null,
		route: online?.route ?? null,
		rtt_ms: online?.rttMs ?? null,
		...(peer.pin === undefined ? {} : {pin: peer.pin}),
		...(link.status === 'offline' ? {reason: link.reason} : {}),
		...(online?.missed
			? {missed: online.missed.map(({tier, reason, retryAt}) => ({tier, reason, retry_at: retryAt}))}
			: {}),
		head: peer.head ?? null,
		in_step: peer.head === head,
		editing: peer.editing,
		behind: peer.head === head ? 0 : (currentDistance(peer, head)?.behind ?? null),
		bytes_in: peer.bytes.in,
		bytes_out: peer.bytes.out,
		resent_bytes: peer.resentBytes ?? 0,
	};
}

/** The distance of a peer, if it is that of today's heads. */
function currentDistance(peer: Peer, head: Oid | undefined): Peer['distance'] {
	const {distance} = peer;
	return distance?.ours === head && distance?.theirs === peer.head ? distance : undefined;
}

function reportContent(content: Content, facts: ContentFacts | undefined): ContentReport {
	const {mode, oid} = parseContent(content) ?? {};
	return {...(oid === undefined ? {} : {oid, mode}), ...facts};
}
