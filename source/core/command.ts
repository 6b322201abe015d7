/** What a person or a script tells a running session; every view sends these and nothing else. */
import {type Content, type Path} from '../protocol/content.js';
import {type TierPin} from '../protocol/tiers.js';
import {type PeerId} from './state.js';

/** Which side a resolution takes. `merged` comes with the bytes of a merge tool or editor. */
export type Take = 'mine' | 'theirs' | 'base' | 'both';

export type Command =
	| {readonly type: 'set-tier'; readonly pin: TierPin; readonly peerId?: PeerId}
	/** Of all peers together, in bytes a second; null: no limit; a direction that is left out stays as it is. */
	| {readonly type: 'set-limits'; readonly up?: number | null; readonly down?: number | null}
	| {readonly type: 'retry-now'}
	| {readonly type: 'pause'}
	| {readonly type: 'resume'; readonly acceptDeletions?: boolean}
	| {readonly type: 'rescan'}
	/** A line of the log for what a view did by itself. */
	| {readonly type: 'note'; readonly text: string};

/** A side that `both` gave a name of its own. */
export type SideCopy = {readonly path: Path; readonly content: Content};

/** Which conflicted paths a resolution is for: one by one, all below a folder, all, or all with one peer's side. */
export type ResolveRequest = {
	readonly paths: readonly Path[] | 'all';
	readonly folder?: Path;
	readonly peerId?: PeerId;
	readonly take: Take;
};
