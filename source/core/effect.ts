/** Work for the runtime, as data, in the imperative. run-effect.ts has one case for each. */
import {type Oid} from '../protocol/content.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {type PublicEvent} from './public-event.js';
import {type PeerId, type TierBytes} from './state.js';

export type Effect =
	| {readonly type: 'emit'; readonly event: PublicEvent}
	| {readonly type: 'start-timer'; readonly timer: string; readonly afterMs: number}
	| {readonly type: 'stop-timer'; readonly timer: string}
	// relay
	| {readonly type: 'open-relay'; readonly attempt: number}
	| {readonly type: 'test-binary'; readonly attempt: number}
	/** The network changed: find out at once whether the connection still lives; one over an address that is gone does not. */
	| {readonly type: 'probe-relay'; readonly attempt: number; readonly gone: readonly string[]}
	/** What the relay asked to be told of our links: how many use which tier, bytes and changes since the last report. */
	| {
			readonly type: 'report-traffic';
			readonly attempt: number;
			readonly links: TierBytes;
			readonly bytesIn: TierBytes;
			readonly bytesOut: TierBytes;
			readonly changes: readonly {
				readonly from: Tier | 'none';
				readonly to: Tier | 'none';
				readonly reason: string;
			}[];
	  }
	// carriers
	| {
			readonly type: 'open-carrier';
			readonly peerId: PeerId;
			readonly tier: Tier;
			readonly generation: number;
			readonly leader: boolean;
			/** What we allow towards this peer. */
			readonly tiers: readonly Tier[];
			/** Of tier direct: all ways, or only those over TCP, which are better than the one in use. */
			readonly routes: 'all' | 'tcp';
	  }
	| {
			readonly type: 'refuse-carrier';
			readonly peerId: PeerId;
			readonly tier: Tier;
			readonly generation: number;
			readonly reason: string;
			readonly tiers: readonly Tier[];
	  }
	/** A follower asks its leader to open a carrier (a request of generation 0). */
	| {
			readonly type: 'ask-leader';
			readonly peerId: PeerId;
			readonly tiers: readonly Tier[];
			/** Over the relay, or by dialling its known addresses where the relay does not reach it. */
			readonly via: 'relay' | 'direct';
	  }
	| {
			readonly type: 'close-carrier';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly reason: string;
	  }
	/** Not used any more: closes as soon as nothing of ours runs on it, and after this time in any case. */
	| {
			readonly type: 'drain-carrier';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly withinMs: number;
	  }
	/** New control messages and wants go over this carrier from now on. */
	| {readonly type: 'use-carrier'; readonly peerId: PeerId; readonly generation: number}
	| {
			readonly type: 'say';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly message: PeerMessage;
	  }
	/** Tells the tiers we allow now, and whether binary frames pass here. */
	| {
			readonly type: 'say-hello';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly tiers: readonly Tier[];
	  }
	/** States our head (and those we know of) to peers; small changes travel with it to the first two that lack it. */
	| {
			readonly type: 'announce';
			readonly to: readonly {
				readonly peerId: PeerId;
				readonly generation: number;
				readonly hasIt: boolean;
			}[];
			readonly former?: Oid;
			readonly head: Oid;
			readonly revision: number;
			readonly others: readonly {
				readonly peerId: PeerId;
				readonly commit: Oid;
				readonly revision: number;
				readonly instance: string;
				readonly online: boolean;
			}[];
	  }
	/** Bytes a second, of all peers together; undefined: no limit. */
	| {readonly type: 'set-limits'; readonly up: number | undefined; readonly down: number | undefined}
	// project
	| {readonly type: 'take-snapshot'; readonly operation: number}
	| {
			readonly type: 'integrate';
			readonly operation: number;
			readonly commit: Oid;
			readonly fromPeerId: PeerId;
			readonly mayMerge: boolean;
			/** Merge bases that nobody has any more. */
			readonly gone: ReadonlySet<Oid>;
	  }
	/** The first head of a folder that joined. */
	| {
			readonly type: 'adopt';
			readonly operation: number;
			readonly commit: Oid;
			readonly fromPeerId: PeerId;
			readonly generation: number;
	  }
	| {readonly type: 'list-conflicts'}
	| {readonly type: 'measure-distance'; readonly peerId: PeerId; readonly ours: Oid; readonly theirs: Oid}
	| {readonly type: 'pause-project'; readonly paused: boolean}
	| {readonly type: 'resume-project'; readonly acceptDeletions: boolean}
	| {readonly type: 'rescan'}
	// exchange
	/** Ends the running fetch, if one runs; what has come of it is kept. */
	| {readonly type: 'cancel-fetch'}
	| {readonly type: 'store-inline'; readonly peerId: PeerId; readonly commit: Oid; readonly pack: string}
	| {
			readonly type: 'fetch';
			readonly fetch: number;
			readonly commit: Oid;
			readonly peerId: PeerId;
			readonly generation: number;
			/** A merge base behind our boundary: we have it by name only, so it has to be sent whole. */
			readonly whole: boolean;
	  }
	/** The running fetch goes on over this carrier, of another peer. */
	| {
			readonly type: 'move-fetch';
			readonly fetch: number;
			readonly peerId: PeerId;
			readonly generation: number;
	  }
	| {
			readonly type: 'answer-git-history';
			readonly peerId: PeerId;
			readonly generation: number;
			readonly request: number;
	  }
	| {readonly type: 'end-session'; readonly exitCode: 1 | 3; readonly code: string; readonly reason: string};
