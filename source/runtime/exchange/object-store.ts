/** What the exchange needs of the store of objects; the git Store fits. */
import {type Readable} from 'node:stream';
import {type Oid} from '../../protocol/content.js';

export type ObjectType = 'blob' | 'tree' | 'commit';

export type PlannedObject = {
	readonly oid: Oid;
	readonly type: ObjectType;
	readonly bytes: number;
	/** Of a large blob: what stood in its place before, where the other side has that. */
	readonly base?: Oid;
};

/** An object that a peer gave, and the id by which it did. */
export type GivenObject = {readonly oid: Oid; readonly type: ObjectType; readonly bytes: Uint8Array};

/** Blobs, then trees, then commits, each sorted by oid. */
export type ObjectPlan = {readonly objects: readonly PlannedObject[]};

/** One large blob that is being written, piece by piece; it survives a restart. */
export type IncomingObject = {
	/** How many bytes are there: where the next ones belong. */
	readonly offset: number;
	write(bytes: Uint8Array): Promise<void>;
	/** Verifies the id and lets the object in, durably; `hostile_data` and all thrown away if it is another. */
	finish(): Promise<unknown>;
	/** Keeps what is there for a later run. */
	close(): Promise<void>;
	abandon(): Promise<void>;
};

export type CommitGraph = {
	/** True for every known id, also of commits behind the boundary. */
	has(oid: Oid): boolean;
	/** True if the commit and all that it reaches up to the boundary is here. */
	isPresent(oid: Oid): boolean;
	parents(oid: Oid): readonly Oid[] | undefined;
	add(commits: Iterable<{readonly oid: Oid; readonly parents: readonly Oid[]}>): Promise<unknown>;
};

export type Packing = 'quick' | 'small';

export type ObjectStore = {
	/** Ids in `have` that are not known are ignored; without a known one it is the snapshot alone. */
	enumerate(commit: Oid, options: {have: readonly Oid[]; history?: boolean}): Promise<ObjectPlan>;
	/** A self-contained pack without deltas. `small` costs time, which is worth it on slow paths. */
	packObjects(oids: readonly Oid[], options: {packing: Packing; signal: AbortSignal}): Promise<Uint8Array>;
	/** Checks a pack and takes in its objects, durably; Failure `hostile_data` if anything is wrong with it. */
	indexPack(pack: Buffer): Promise<{readonly objects: readonly PlannedObject[]}>;
	/** A pack of one delta, against an object that the other side has; undefined where the whole object is better. */
	packDelta(oid: Oid, base: Oid): Promise<Uint8Array | undefined>;
	/** Takes in the blob that it makes, durably; Failure `missing_object` if its base is not here, or `hostile_data`. */
	takeDelta(
		pack: Buffer,
		given: {readonly oid: Oid; readonly base: Oid; readonly bytes: number},
	): Promise<void>;
	read(oid: Oid, maxBytes: number): Promise<Uint8Array>;
	openBlob(oid: Oid): Readable;
	/** Takes objects in, durably after a flush; Failure `hostile_data`, and none taken, if one is not sound or not its id's. */
	writeObjects(objects: readonly GivenObject[]): Promise<void>;
	/** Makes everything that was written durable. */
	flush(): Promise<void>;
	/** From the offset, or from where the bytes that are there end. */
	openIncoming(oid: Oid, type: ObjectType, bytes: number, offset: number): Promise<IncomingObject>;
	/** Checks that all the commit reaches is there and sound; Failure `incomplete` or `hostile_data`. */
	acceptCommit(oid: Oid): Promise<void>;
	readonly graph: CommitGraph;
};
