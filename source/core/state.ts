/**
 * The one state of a running session: a readonly tree with one writer (update.ts). Statuses are unions, lists that a
 * person sees are bounded, and no secret is in it but the invite, which exists to be shown.
 */
import {type Content, type Oid, type Path} from '../protocol/content.js';
import {type Route, type Tier, type TierPin} from '../protocol/tiers.js';

export type PeerId = string;

export type State = {
	/** ms since the epoch, of the newest event. */
	readonly now: number;
	readonly self: Self;
	readonly session: SessionFacts;
	readonly relay: RelayStatus;
	/** This machine has an address besides those of itself and of one link. */
	readonly hasNetwork: boolean;
	/** What we want to use: `auto` or one tier, for all peers that have no pin of their own. */
	readonly pin: TierPin;
	/** Of our own traffic with all peers together, in bytes a second; undefined: no limit. */
	readonly limits: OwnLimits;
	readonly peers: ReadonlyMap<PeerId, Peer>;
	readonly project: ProjectStatus;
	readonly conflicts: readonly Conflict[];
	readonly problems: BoundedList<Problem>;
	readonly activity: BoundedList<Activity>;
	readonly throughput: Throughput;
};

export type OwnLimits = {readonly up: number | undefined; readonly down: number | undefined};

export type Self = {
	readonly peerId: PeerId;
	readonly name: string;
	readonly instance: string;
	readonly role: 'host' | 'member';
};

export type SessionFacts = {
	readonly sessionId: string;
	readonly root: string;
	/** The last component of root: what the screen calls the project. */
	readonly projectName: string;
	readonly invite: string;
	readonly relayUrl: string;
};

type RelayLimited = {
	/** Whose bytes it counts. */
	readonly scope: 'connection' | 'session' | 'address' | 'relay' | 'other';
	readonly bytesPerSecond: number;
	/** Ms since the epoch; without another word of it the limit does not hold us back any more then. */
	readonly until: number;
};

type RelayStatus =
	| {readonly status: 'connecting'; readonly attempt: number; readonly since: number}
	| {
			readonly status: 'online';
			readonly since: number;
			readonly binary: 'unknown' | 'passes' | 'text-only';
			readonly rttMs?: number;
			/** It holds our traffic back now, as a limit of its own asks. */
			readonly limited?: RelayLimited;
	  }
	| {
			readonly status: 'waiting';
			readonly attempt: number;
			readonly retryAt: number;
			readonly reason: string;
			/** As long as the relay asked to wait, where it did. */
			readonly askedMs?: number;
	  }
	| {readonly status: 'refused'; readonly code: string; readonly reason: string};

/** One other member of the session, linked or not. */
export type Peer = {
	readonly peerId: PeerId;
	readonly name: string;
	readonly publicKey: string;
	readonly instance: string;
	/** True while the relay or a live link says that it runs. */
	readonly present: boolean;
	readonly link: Link;
	/** A pin for this peer alone. */
	readonly pin?: TierPin;
	/** What it allows, where that is not everything. */
	readonly allows?: readonly Tier[];
	/** Its newest announced head. */
	readonly head?: Oid;
	/** How far its head and ours are apart; without numbers while they are not known. */
	readonly distance?: Distance;
	readonly revision: number;
	/** Paths that it says it is editing right now. */
	readonly editing: readonly Path[];
	readonly transferIn?: Transfer;
	readonly transferOut?: Transfer;
	/** Bytes that came from it in vain or twice, in all. */
	readonly resentBytes?: number;
	readonly bytes: {readonly in: TierBytes; readonly out: TierBytes};
	/** Its seconds of the last minute, oldest first; undefined while nothing has travelled in it. */
	readonly recent?: readonly ThroughputSample[];
	/** Its round trip whenever it changed, oldest first, at most 120. */
	readonly roundTrips?: readonly RoundTrip[];
	/** Newest last, at most 20. */
	readonly attempts: readonly Attempt[];
};

/** Snapshots that one of two heads has and the other lacks; at most 999 are counted. */
type Distance = {
	readonly ours: Oid;
	readonly theirs: Oid;
	/** It has these, we do not. */
	readonly ahead?: number;
	/** We have these, it does not. */
	readonly behind?: number;
};

/** From `at` on the round trip took about so long. */
export type RoundTrip = {readonly at: number; readonly ms: number};

export type TierBytes = Readonly<Record<Tier, number>>;

export type Link =
	| {readonly status: 'offline'; readonly reason: string; readonly retryAt?: number}
	| {readonly status: 'connecting'; readonly tier: Tier; readonly generation: number; readonly since: number}
	| {
			readonly status: 'online';
			readonly tier: Tier;
			readonly route: Route;
			readonly generation: number;
			readonly since: number;
			readonly rttMs?: number;
			/** A better carrier that is being opened beside this one. */
			readonly upgrading?: {readonly tier: Tier; readonly generation: number};
			/** Better tiers that are not used, best first. */
			readonly missed?: readonly MissedTier[];
	  };

/** Why a tier is not used, in words; without a time it is not for us to try it. */
export type MissedTier = {readonly tier: Tier; readonly reason: string; readonly retryAt?: number};

/** One try to open a carrier: the ladder's record. */
export type Attempt = {
	readonly tier: Tier;
	readonly route: Route;
	readonly generation: number;
	readonly startedAt: number;
	readonly tookMs?: number;
	/** `unneeded`: another one was there first. */
	readonly outcome: 'running' | 'ok' | 'failed' | 'unneeded';
	/** In words, for people. */
	readonly reason?: string;
	readonly retryAt?: number;
};

export type Transfer = {
	readonly tier: Tier;
	readonly startedAt: number;
	readonly doneBytes: number;
	readonly totalBytes?: number;
	readonly doneObjects: number;
	readonly totalObjects?: number;
	/** What has arrived with this carrier or an earlier run, and is not sent again. */
	readonly resumedBytes: number;
	/**
	 * Beside `doneBytes`: received and not yet durable, or sent and not yet acknowledged. It is lost if the path breaks now.
	 */
	readonly arrivingBytes?: number;
	/** Bytes that came in vain or twice, since their path ended first. */
	readonly resentBytes?: number;
};

/** What the folder and its store are doing. */
export type ProjectStatus = {
	readonly head?: Oid;
	readonly tree?: Oid;
	readonly files: number;
	readonly bytes: number;
	readonly storeBytes: number;
	readonly activity:
		| {readonly kind: 'opening'}
		| {readonly kind: 'idle'}
		| {
				readonly kind: 'scanning' | 'snapshotting' | 'merging' | 'applying';
				readonly done: number;
				readonly total?: number;
				readonly path?: Path;
		  }
		| {readonly kind: 'held'; readonly operation: string};
	readonly mode:
		| {readonly kind: 'running'}
		| {readonly kind: 'paused'}
		| {readonly kind: 'halted'; readonly code: string; readonly message: string};
};

/**
 * What is in question: two texts (`content`), contents of which one at least is no text (`binary`), a deletion against an
 * edit, a file against a folder, or the mode alone.
 */
type ConflictKind = 'content' | 'binary' | 'delete' | 'file-folder' | 'mode';

/** What is known of a content before anybody reads it; nothing where it is not in the store. */
export type ContentFacts = {readonly bytes: number; readonly binary: boolean};

/** One conflicted path as a screen shows it. */
export type Conflict = {
	readonly path: Path;
	readonly kind: ConflictKind;
	readonly base?: Content;
	/** Of the base. */
	readonly baseFacts?: ContentFacts;
	readonly sides: readonly ConflictSide[];
	/** Ms since the epoch at which this peer first saw it. */
	readonly since: number;
};

type ConflictSide = {
	readonly content: Content;
	/** Missing where the path is absent on this side. */
	readonly facts?: ContentFacts;
	/** Empty where history does not tell. */
	readonly peerId: PeerId;
	readonly name: string;
	readonly at: number;
	/** True if this peer's disk shows this side. */
	readonly mine: boolean;
};

/** One path that cannot be synced here, or one peer that broke the rules; the rest goes on. */
export type Problem = {
	readonly path?: Path;
	readonly peerId?: PeerId;
	readonly code: string;
	readonly message: string;
	readonly at: number;
};

/** One line of the activity list. */
export type Activity = {
	readonly id: number;
	readonly at: number;
	/** `overlap`: what was saved here is what a peer edits now. */
	readonly kind: 'change' | 'peer' | 'tier' | 'conflict' | 'overlap' | 'problem' | 'session';
	/** Whose doing it was; `you` for this peer. */
	readonly who: string;
	readonly text: string;
	readonly path?: Path;
};

/** Newest last; `hidden` counts what was dropped from the front. */
export type BoundedList<T> = {readonly items: readonly T[]; readonly hidden: number};

/**
 * Bytes a second per tier and direction, one sample a second. `samples` is oldest first, at most 600; the screen shows
 * the last 60 or all.
 */
type Throughput = {readonly samples: readonly ThroughputSample[]};

export type ThroughputSample = {readonly at: number; readonly in: TierBytes; readonly out: TierBytes};
