/**
 * What every view of a running session gets and all it gets: the newest state, the public events, and the things that a
 * person can ask for. The runtime implements it; screen, headless output and control socket use it.
 */
import {type Content, type FileMode, type Oid, type Path} from '../protocol/content.js';
import {type Failure} from '../protocol/failure.js';
import {type Command, type ResolveRequest, type SideCopy} from './command.js';
import {type PublicEvent} from './public-event.js';
import {type PeerId, type State} from './state.js';

export type Session = {
	/** The newest state; the same object until something changes (for `useSyncExternalStore`). */
	getSnapshot(): State;
	/** Calls back after each change, at most once a turn of the loop; returns the way to stop it. */
	subscribe(listener: () => void): () => void;
	onEvent(listener: (event: PublicEvent) => void): () => void;
	send(command: Command): void;
	/**
	 * Settles conflicts as one commit; `before` is the head that still had them. Rejects with Failure `not_conflicted`
	 * where a named path has no record.
	 */
	resolve(request: ResolveRequest): Promise<Resolved>;
	/** Settles one path with what a merge tool or editor made: its bytes, or the file (absolute) that holds them. */
	resolveMerged(path: Path, merged: Uint8Array | {readonly file: string}): Promise<{readonly before: Oid}>;
	/**
	 * Takes a resolution back: the paths that were conflicts at `before` are conflicts again, as a normal change. Copies that are
	 * as they were made go; one that was changed is somebody's work by now and stays.
	 */
	reopen(
		paths: readonly Path[],
		before: Oid,
		copies?: readonly SideCopy[],
	): Promise<{readonly reopened: readonly Path[]}>;
	/** One side for the screen: text of at most 1 MiB, or only its size where it is binary or larger. */
	readContent(content: Content): Promise<ContentPreview>;
	/** One version of a path as bytes, of at most 32 MiB. */
	readVersion(request: VersionRequest): Promise<ShownVersion>;
	/**
	 * Who changed what and when, newest first, as far as it is kept here, and how that ends; with `older` also what only peers
	 * who are online still keep.
	 */
	readHistory(request: HistoryRequest): Promise<History>;
	/**
	 * A unified diff: between two times or commits, of the two sides of a conflict, or of what changed last at the path.
	 */
	diff(request?: DiffRequest): Promise<string>;
	/**
	 * Brings a path (or `.`) back as it was at a time (ISO 8601 or ms) or a commit, as a normal change. What was cut off here is
	 * asked of peers who are online; rejects with Failure `not_in_history` where nobody has it.
	 */
	restore(path: Path, at: string): Promise<{readonly restored: readonly Path[]}>;
	/** Makes the store small at once; with `days`, only these days of history stay. */
	tidy(days?: number): Promise<Tidied>;
	/**
	 * Resolves when this peer and all online peers have the same head; rejects with Failure `timeout`, or `aborted` where who
	 * asked has left.
	 */
	waitSynced(timeoutMs: number, left?: AbortSignal): Promise<{readonly head: Oid; readonly tree: Oid}>;
	/** The session's own name, given by a flag, is not kept any more: from the next start on the settings say it. */
	forgetName(): Promise<void>;
	/** Ends this folder's session for good; files and store stay. */
	leave(): Promise<void>;
	/** Stops the program's part in it; the session goes on at the next start. */
	stop(): Promise<void>;
	/** Settles when it ended by itself or by stop: the exit code and why. */
	readonly stopped: Promise<SessionEnd>;
};

/** What a resolution settled, the head that still had it, and the copies that `both` made. */
export type Resolved = {
	readonly resolved: readonly Path[];
	readonly before: Oid;
	readonly copies: readonly SideCopy[];
};

export type SessionEnd = {readonly exitCode: 0 | 1 | 3; readonly failure?: Failure};

export type ContentPreview = {readonly bytes: number; readonly binary: boolean; readonly text?: string};

/** What the head has at the path (of a conflict the side that this disk shows), or what is asked for. */
export type VersionRequest = {
	readonly path: Path;
	/** `mine`, `theirs`, `base`, or the start of a side's oid. */
	readonly side?: string;
	/** The side that this peer wrote. */
	readonly peerId?: PeerId;
	/** As it was at a time or commit. */
	readonly at?: string;
};

/** Without oid and mode: the path is absent on that side. */
export type ShownVersion = {
	readonly path: Path;
	readonly oid?: Oid;
	readonly mode?: FileMode;
	readonly data: Uint8Array;
};

/** What the store takes now, and how many snapshots were cut off. */
export type Tidied = {readonly bytes: number; readonly cut: number};

/** `boundary`: history goes on, but was cut off here; `limit`: there is more than was looked at. */
export type History = {
	readonly entries: readonly HistoryEntry[];
	readonly end: 'start' | 'boundary' | 'limit';
};

export type HistoryRequest = {readonly path?: Path; readonly older?: boolean};

/** Times as in `restore`; without `to`, until now. */
export type DiffRequest = {readonly path?: Path; readonly from?: string; readonly to?: string};

export type HistoryEntry = {
	readonly commit: Oid;
	readonly at: number;
	readonly peerId: PeerId;
	readonly name: string;
	/** Changed paths of this commit, at most 20; `more` counts the rest. */
	readonly paths: readonly Path[];
	readonly more: number;
	/** It was cut off here; the peer of this name has it. */
	readonly keptBy?: string;
};
