/**
 * Everything that can happen to a session: facts in the past tense, and commands of people. Time and randomness come
 * with each event as its stamp. An answer to an effect repeats the id or generation of that effect, so that update can
 * ignore what is no longer awaited.
 */
import {type Oid, type Path} from '../protocol/content.js';
import {type Hello, type PeerMessage} from '../protocol/peer-messages.js';
import {type Route, type Tier} from '../protocol/tiers.js';
import {type Command} from './command.js';
import {type Conflict, type PeerId, type Problem, type ProjectStatus} from './state.js';

/** When an event entered the queue, and a random number of its own in [0, 1). */
export type Stamp = {readonly at: number; readonly random: number};

/** A member as the relay lists it. */
export type RosterEntry = {
	readonly peerId: PeerId;
	readonly publicKey: string;
	readonly name: string;
	readonly instance: string;
};

/** A member that was found without the relay. With `publicKey` it has proved who it is, else it is only said so. */
export type FoundPeer = {
	readonly peerId: PeerId;
	readonly instance: string;
	readonly name?: string;
	readonly publicKey?: string;
};

/** What a snapshot or an integration left behind. */
export type HeadReport = {
	readonly head: Oid;
	readonly tree: Oid;
	readonly files: number;
	readonly bytes: number;
	/** A save came before something that was to be written: the disk does not show the head until it is looked at again. */
	readonly looksAgain?: boolean;
};

export type IntegrateOutcome =
	/** It was in our history already. */
	| 'none'
	| 'fast-forward'
	| 'merge'
	/** Both sides have commits of their own and we may not merge yet. */
	| 'diverged'
	| 'missing';

export type Event =
	| {readonly type: 'second-passed'; readonly meters: readonly Meter[]; readonly relayRttMs?: number}
	| {readonly type: 'timer-fired'; readonly timer: string}
	| {readonly type: 'commanded'; readonly command: Command}
	// relay
	| {
			readonly type: 'relay-opened';
			readonly attempt: number;
			readonly url: string;
			readonly peers: readonly RosterEntry[];
			readonly rttMs?: number;
			/** How often the relay wants a report of our traffic. */
			readonly reportEveryMs?: number;
	  }
	| {readonly type: 'relay-binary-tested'; readonly attempt: number; readonly passes: boolean}
	| {
			readonly type: 'relay-failed';
			readonly attempt: number;
			readonly code: string;
			readonly reason: string;
			readonly final: boolean;
			/** How long the relay asks to wait before the next try. */
			readonly retryAfterMs?: number;
	  }
	| {
			readonly type: 'relay-closed';
			readonly attempt: number;
			readonly code: string;
			readonly reason: string;
			readonly retryAfterMs?: number;
	  }
	/** It did not pass on what was to go to this peer, and says when it will. */
	| {
			readonly type: 'relay-refused';
			readonly peerId: PeerId;
			readonly tier: 'proxy' | 'json';
			readonly retryAfterMs: number;
	  }
	/** The relay holds back what lets us send more; said at most once a second. */
	| {
			readonly type: 'relay-limited';
			readonly scope: string;
			readonly bytesPerSecond: number;
			readonly waitMs: number;
	  }
	| {readonly type: 'peer-joined'; readonly peer: RosterEntry}
	| {readonly type: 'peer-left'; readonly peerId: PeerId; readonly reason: string}
	// without a relay
	/** Seen in the local network, or it has just connected to us directly. */
	| {readonly type: 'peer-found'; readonly peer: FoundPeer}
	| {readonly type: 'peer-lost'; readonly peerId: PeerId}
	/** Our addresses changed, or the machine slept; `gone` lists addresses that we no longer have. */
	| {
			readonly type: 'network-changed';
			readonly cause: 'addresses' | 'wake';
			readonly gone: readonly string[];
			/** This machine has an address now; not given: as before. */
			readonly hasNetwork?: boolean;
			/** The invite that names the addresses of now; not given: as before. */
			readonly invite?: string;
	  }
	// carriers
	| {
			readonly type: 'carrier-requested';
			readonly peerId: PeerId;
			readonly tier: Tier;
			/** 0: a follower asks its leader to open one. */
			readonly generation: number;
			readonly tiers?: readonly Tier[];
	  }
	/** One way inside an attempt of tier direct is being tried. */
	| {
			readonly type: 'route-started';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly route: Route;
	  }
	| {
			readonly type: 'route-ended';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly route: Route;
			readonly outcome: 'ok' | 'failed';
			/** In words, for people. */
			readonly reason?: string;
	  }
	| {
			readonly type: 'carrier-opened';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly tier: Tier;
			readonly route: Route;
			readonly hello: Hello;
	  }
	| {
			readonly type: 'carrier-failed';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly tier: Tier;
			readonly code: string;
			readonly reason: string;
			/** What the other side allows, where its refusal said so. */
			readonly tiers?: readonly Tier[];
	  }
	| {
			readonly type: 'carrier-closed';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly reason: string;
			readonly hostile: boolean;
	  }
	| {
			readonly type: 'peer-said';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly message: PeerMessage;
	  }
	// project
	| ({
			readonly type: 'project-opened';
			/** Paths that the first snapshot took in: all of a new project, or what was saved while nobody looked. */
			readonly saved?: readonly Path[];
			readonly tookMs?: number;
			readonly switchedTo?: string;
			/** So many paths of this disk do not show the head yet, after a run that was ended while it wrote. */
			readonly left?: number;
	  } & Partial<HeadReport>)
	| {readonly type: 'project-failed'; readonly code: string; readonly message: string}
	| {readonly type: 'project-progressed'; readonly activity: ProjectStatus['activity']}
	| {readonly type: 'disk-changed'}
	/** Saved here just now: others are warned before they edit the same. */
	| {readonly type: 'paths-edited'; readonly paths: readonly Path[]}
	| ({
			readonly type: 'snapshot-taken';
			readonly operation: number;
			readonly changed: boolean;
			readonly paths: readonly Path[];
			readonly tookMs: number;
			readonly held?: string;
			/** The branch that was checked out, where that is what changed. */
			readonly switchedTo?: string;
	  } & Partial<HeadReport>)
	| ({
			readonly type: 'commit-integrated';
			readonly operation: number;
			readonly commit: Oid;
			readonly outcome: IntegrateOutcome;
			readonly fromPeerId: PeerId;
			/** Paths written or removed on this disk. */
			readonly applied: readonly Path[];
			/** Paths that were saved here and went into a snapshot first. */
			readonly saved: readonly Path[];
			/** With `missing`: commits that have to be fetched first. */
			readonly needs?: readonly Oid[];
			/** The branch that its author checked out, where that is what it is. */
			readonly switchedTo?: string;
			readonly tookMs: number;
	  } & Partial<HeadReport>)
	| {
			readonly type: 'operation-failed';
			readonly operation: number;
			readonly code: string;
			readonly message: string;
	  }
	/** A resolution or restore of this peer moved the head outside the cycle. */
	| ({
			readonly type: 'head-moved';
			readonly take?: string;
			readonly resolved?: readonly Path[];
			readonly restored?: readonly Path[];
	  } & HeadReport)
	| {readonly type: 'project-halted'; readonly code: string; readonly message: string}
	| {readonly type: 'project-resumed'}
	/** All conflicts of this head. */
	| {readonly type: 'conflicts-listed'; readonly head: Oid; readonly conflicts: readonly Conflict[]}
	| {readonly type: 'problem-found'; readonly problem: Omit<Problem, 'at'>}
	/** What problems of this code said, of this path or of none, is not so any more. */
	| {readonly type: 'problem-solved'; readonly code: string; readonly path?: Path}
	| {
			readonly type: 'distance-measured';
			readonly peerId: PeerId;
			readonly ours: Oid;
			readonly theirs: Oid;
			readonly ahead: number;
			readonly behind: number;
	  }
	| {readonly type: 'store-measured'; readonly bytes: number}
	// exchange
	| {
			readonly type: 'inline-stored';
			readonly peerId: PeerId;
			readonly commit: Oid;
			readonly stored: boolean;
			/** Which rule the pack breaks, in words. */
			readonly hostile?: string;
	  }
	| {
			readonly type: 'fetch-ended';
			readonly fetch: number;
			readonly commit: Oid;
			readonly code?: string;
			/** The peer broke a rule, and which, in words. */
			readonly hostile?: boolean;
			readonly reason?: string;
	  }
	| ({
			readonly type: 'transfer-progressed';
			readonly peerId: PeerId;
			readonly direction: 'in' | 'out';
			readonly tier: Tier;
	  } & TransferFacts)
	| {readonly type: 'transfer-ended'; readonly peerId: PeerId; readonly direction: 'in' | 'out'};

type TransferFacts = {
	readonly doneBytes: number;
	readonly totalBytes?: number;
	readonly doneObjects: number;
	readonly totalObjects?: number;
	readonly resumedBytes: number;
	/** Beside `doneBytes`: received and not yet durable, or sent and not yet acknowledged. */
	readonly arrivingBytes?: number;
	/** Bytes that came in vain or twice, since their path ended first. */
	readonly resentBytes: number;
};

/** Byte counters of one open carrier, since it opened. */
export type Meter = {
	readonly peerId: PeerId;
	readonly generation: number;
	readonly tier: Tier;
	readonly bytesIn: number;
	readonly bytesOut: number;
	readonly rttMs?: number;
};
