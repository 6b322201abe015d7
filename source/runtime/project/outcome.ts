/** What the operations of a project answer. */
import {type HeadReport, type IntegrateOutcome} from '../../core/event.js';
import {type Oid, type Path} from '../../protocol/content.js';

export type SnapshotOutcome = Partial<HeadReport> & {
	readonly changed: boolean;
	/** Paths that were saved here. */
	readonly paths: readonly Path[];
	/** Paths written or removed on this disk. */
	readonly applied: readonly Path[];
	/** After a start: so many paths do not show the head yet, and the next snapshot brings them there. */
	readonly left?: number;
	readonly tookMs: number;
	/** The branch that was checked out, where that is what changed. */
	readonly switchedTo?: string;
	/** Nothing was done: the user's git operation that is under way, or `paused`. */
	readonly held?: string;
};

/** The part of an outcome that the disk's side of an operation makes. */
export type DiskWork = Pick<SnapshotOutcome, 'paths' | 'applied' | 'left'>;

export type IntegrateResult = Partial<HeadReport> & {
	readonly kind: IntegrateOutcome;
	/** Paths written or removed on this disk. */
	readonly applied: readonly Path[];
	/** Paths that were saved here and went into a snapshot first. */
	readonly saved: readonly Path[];
	readonly tookMs: number;
	/** The branch that the other side checked out, where that is what the commit is. */
	readonly switchedTo?: string;
	readonly held?: string;
	/** With `missing`: commits to be fetched first. */
	readonly needs?: readonly Oid[];
};
