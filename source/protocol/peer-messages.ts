/**
 * Layer 4: what peers say to each other inside the secure channel. Statements of state and requests for
 * content-addressed data, so nothing has to survive a lost carrier. Sizes are bounded here, before anybody acts on them.
 */
import * as z from 'zod';
import {instance} from './relay-fields.js';
import {tiers} from './tiers.js';

/** Whole frame, header included: small enough that a control message never waits long behind a bulk slice. */
export const maxPeerFrameBytes = 64 * 1024;

/** Limit of a frame before both `auth` and `hello` are there: nobody unknown makes us hold more. */
export const maxEarlyFrameBytes = 1024;

/** The largest pack that fits into `heads` as base64 beside the heads themselves. */
export const maxInlinePackBytes = 36 * 1024;

/** Heads in one statement: the sender's own, and others. */
export const maxHeads = 64;

/** Commits in one `graph`: with two parents each they fill a frame to two thirds. */
export const maxGraphCommits = 320;

const u32 = z.int().min(0).max(0xff_ff_ff_ff);
const count = z.int().min(0);
const oid = z.string().regex(/^[0-9a-f]{40}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const peerId = z.string().regex(/^[a-z2-7]{26}$/);
const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
const base64url = z.string().regex(/^[\w-]*$/);
const phase = z.enum(['blobs', 'trees', 'commits']);
const generation = z.int().min(0).max(0xff_ff_ff);

const helloSchema = z.object({
	type: z.literal('hello'),
	name: z.string().max(64),
	role: z.enum(['host', 'member']),
	versions: z.tuple([count, count]),
	tiers: z.array(z.enum(tiers)).max(tiers.length),
	addresses: z.array(z.string().max(64)).max(8),
	relay_urls: z.array(z.string().max(256)).max(4),
	capabilities: z.array(z.string().max(32)).max(16),
	/** The session's founder, for who joins without a relay: it is checked against the session's id. */
	founder_key: base64url.max(128).optional(),
});

const authSchema = z.object({
	type: z.literal('auth'),
	public_key: base64url.max(128),
	signature: base64url.max(128),
	/** Where nobody else has told it: of the signer's process. */
	instance: z
		.string()
		.regex(/^[\w-]{1,64}$/)
		.optional(),
	/** The attempt that this connection belongs to; 0 from a follower that asks its leader for one. */
	generation: generation.optional(),
	/** What the connection is for, if not to become a channel. */
	intent: z.string().max(32).optional(),
});

const headSchema = z.object({
	peer_id: peerId,
	commit: oid,
	revision: count,
	/** Characters that JSON writes as they are: others pass it on, and it must fit. */
	instance,
	online: z.boolean(),
});

const headsSchema = z.object({
	type: z.literal('heads'),
	heads: z.array(headSchema).max(maxHeads),
	/** What the sender's own head adds to its former one, as a pack. */
	pack: base64.max((maxInlinePackBytes / 3) * 4).optional(),
	/** The tree of the sender's own head: equal trees need no transfer. */
	tree: oid.optional(),
});

const positionSchema = z.object({phase, oid, offset: count.optional()});

const wantSchema = z.object({
	type: z.literal('want'),
	request: u32,
	commit: oid,
	have: z.array(oid).max(256),
	/** Go on behind this object: everything up to it has arrived. */
	after: positionSchema.optional(),
	until: positionSchema.optional(),
	history: z.boolean().optional(),
	/** Large blobs may come as deltas against what the asker has in their place. */
	deltas: z.boolean().optional(),
});

const planSchema = z.object({
	type: z.literal('plan'),
	request: u32,
	objects: count,
	bytes: count,
	done_objects: count,
	done_bytes: count,
	commits: z.array(oid).max(1024).optional(),
});

const graphSchema = z.object({
	type: z.literal('graph'),
	request: u32,
	/** Each: a commit and its parents, behind the shallow boundary. */
	commits: z.array(z.array(oid).min(1).max(64)).max(1024),
	last: z.boolean(),
});

const segmentSchema = z.object({
	type: z.literal('segment'),
	request: u32,
	index: u32,
	bytes: count,
	sha256,
	objects: count,
	/** Their sizes unpacked, so that progress counts what the plan counts. */
	object_bytes: count,
	up_to: positionSchema,
	/** The pack is one delta of the blob `up_to` against this one, which is not in it. */
	base: oid.optional(),
});

const partSchema = z.object({
	type: z.literal('part'),
	request: u32,
	index: u32,
	oid,
	object_type: z.enum(['blob', 'tree', 'commit']),
	size: count,
	offset: count,
	bytes: count,
});

const endSchema = z.object({type: z.literal('end'), request: u32});
const ackSchema = z.object({type: z.literal('ack'), request: u32, index: u32, bytes: count});
const cancelSchema = z.object({type: z.literal('cancel'), request: u32});
const wantFailedSchema = z.object({
	type: z.literal('want_failed'),
	request: u32,
	code: z.string().min(1).max(64),
});
const useSchema = z.object({type: z.literal('use'), generation});
const usingSchema = z.object({type: z.literal('using'), generation});
const activitySchema = z.object({type: z.literal('activity'), paths: z.array(z.string().max(4096)).max(32)});
const statementSchema = z.object({
	type: z.literal('statement'),
	kind: z.string().min(1).max(64),
	bytes: base64.max(32 * 1024),
	signature: base64url.max(128),
});
const gitHistorySchema = z.object({type: z.literal('git_history'), request: u32});
const gitHistoryAnswerSchema = z.object({
	type: z.literal('git_history_answer'),
	request: u32,
	commits: z.array(oid).max(1000),
});
/** A version of a path is asked for by `at_ms` or `commit`, without them what happened to it. No path: all of them. */
const pastSchema = z.object({
	type: z.literal('past'),
	request: u32,
	path: z.string().max(4096).optional(),
	at_ms: count.optional(),
	commit: z
		.string()
		.regex(/^[0-9a-f]{7,40}$/)
		.optional(),
});
const pastChangeSchema = z.object({
	commit: oid,
	at: count,
	peer_id: z.string().max(64),
	name: z.string().max(64),
	paths: z.array(z.string().max(4096)).max(8),
	more: count,
});
const pastAnswerSchema = z.object({
	type: z.literal('past_answer'),
	request: u32,
	changes: z.array(pastChangeSchema).max(256).optional(),
	/** A commit that holds the path alone as it was in `snapshot`; it is fetched like any other. */
	found: z.object({snapshot: oid, at: count, extract: oid}).optional(),
});
const pingSchema = z.object({type: z.literal('ping'), id: u32});
const pongSchema = z.object({type: z.literal('pong'), id: u32});

/** Every control message of layer 4; fields that it does not name are dropped. */
const peerMessageSchema = z.discriminatedUnion('type', [
	helloSchema,
	authSchema,
	headsSchema,
	wantSchema,
	planSchema,
	graphSchema,
	segmentSchema,
	partSchema,
	endSchema,
	ackSchema,
	cancelSchema,
	wantFailedSchema,
	useSchema,
	usingSchema,
	activitySchema,
	statementSchema,
	gitHistorySchema,
	gitHistoryAnswerSchema,
	pastSchema,
	pastAnswerSchema,
	pingSchema,
	pongSchema,
]);

export type PeerMessage = z.infer<typeof peerMessageSchema>;
export type PeerMessageOf<Type extends PeerMessage['type']> = Extract<PeerMessage, {type: Type}>;
export type PastChange = z.infer<typeof pastChangeSchema>;
export type Hello = PeerMessageOf<'hello'>;

/** The types there are: anything else is from a later version and is ignored. */
export const peerMessageTypes: ReadonlySet<string> = new Set(
	peerMessageSchema.options.map((option) => option.shape.type.value),
);

export type ParsedPeerMessage =
	| {readonly ok: true; readonly message: PeerMessage}
	| {readonly ok: false; readonly code: 'bad_message' | 'unknown_type'; readonly reason: string};

/** Checks a value that came as JSON; never throws. */
export function parsePeerMessage(value: unknown): ParsedPeerMessage {
	const result = peerMessageSchema.safeParse(value);
	if (result.success) return {ok: true, message: result.data};
	const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
	if (typeof type === 'string' && !peerMessageTypes.has(type)) {
		return {ok: false, code: 'unknown_type', reason: type.slice(0, 64)};
	}
	const issue = result.error.issues[0];
	return {ok: false, code: 'bad_message', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`};
}
