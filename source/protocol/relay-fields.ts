/** The fields of relay messages: one schema for each kind of value, and the payload of each message that is relayed. */
import * as z from 'zod';
import {base64ByteLength, idPattern, isBase64} from './ids.js';
import * as limits from './limits.js';

const encoder = new TextEncoder();

export const id = z.string().regex(idPattern, 'is not an id');
const oid = z.string().regex(/^[0-9a-f]{40}$/, 'is not an oid');
export const count = z.int().min(0);
/** 0 where a follower asks its leader for an attempt. */
export const generation = z.int().min(0).max(limits.maxGeneration);
const tunnelGeneration = z.int().min(1).max(limits.maxGeneration);
/** A u32 between peers of this program; the relay compares it with nothing, so other programs may name theirs. */
const requestId = z.union([
	z
		.int()
		.min(0)
		.max(2 ** 32 - 1),
	z.string().regex(/^[\w.-]{1,64}$/, 'is not a request'),
]);
const windowBytes = z.int().min(1).max(limits.maxWindowBytes);
export const reason = z.string().max(limits.maxReasonLength);
export const code = z.string().regex(/^[a-z0-9_]{1,64}$/, 'is not a code');
/** A process start's random number, as text. */
export const instance = z.string().regex(/^[\w.+-]{1,64}$/, 'is not an instance');
/** The same from a program that writes a number as one. */
export const givenInstance = z.union([z.number().transform(String), instance]);
export const name = z
	.string()
	.min(1)
	.max(limits.maxNameLength)
	.regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/, 'has control characters');
/** Keys, proofs and tokens: base64url without padding. An SPKI of Ed25519 is 44 bytes, a signature 64. */
export const material = z.string().regex(/^[\w-]{16,512}$/, 'is not base64url');

function base64(maxLength: number) {
	return z.string().max(maxLength).refine(isBase64, 'is not base64');
}

/** Passed on untouched for later versions; never relied on. */
export const ext = z
	.record(z.string(), z.unknown())
	.refine((value) => encoder.encode(JSON.stringify(value)).length <= limits.maxExtBytes, 'is too large')
	.optional();

const ip = z.union([z.ipv4(), z.ipv6()]);
const port = z.int().min(1).max(65_535);

/** What else a candidate says is for those who made it: the relay understands none, and drops nothing of it. */
const candidate = z.union([
	z.string().max(limits.maxCandidateLength),
	z
		.looseObject({ip, port, route: z.string().max(32).optional()})
		.refine((value) => JSON.stringify(value).length <= limits.maxCandidateLength, 'is too large'),
]);

const connectionAttempt = {
	generation: generation.default(0),
	public_ip: ip.optional(),
	public_port: port.optional(),
	candidates: z.array(candidate).max(limits.maxCandidates).default([]),
	sdp: z.string().max(limits.maxSdpLength).optional(),
	start_in_ms: z.number().min(0).max(limits.maxStartInMs).optional(),
	sealed: base64(limits.maxSealedLength).optional(),
};

/** One object of a chunk: as the relay sees it, sealed and under a blinded id. */
const gitObject = z
	.object({
		oid,
		object_type: z.enum(['blob', 'tree', 'commit', 'tag']),
		/** Of the whole object, before any encoding. */
		size: z.int().min(0).max(limits.maxObjectBytes),
		/** The steps from the object's bytes to `data`, in order; the last is base64. */
		encoding: z
			.array(z.string().regex(/^[a-z0-9-]{1,32}$/, 'is not an encoding'))
			.min(1)
			.max(4)
			.refine((steps) => steps.at(-1) === 'base64', 'does not end with base64'),
		data: base64(limits.maxObjectDataLength),
		part_index: count.optional(),
		part_count: z.int().min(1).optional(),
	})
	.refine(
		({part_index: index, part_count: parts}) =>
			index === undefined ? parts === undefined : parts !== undefined && index < parts,
		{message: 'needs part_index below part_count', path: ['part_index']},
	)
	.refine((object) => !isPlain(object.encoding) || fitsPlain(object), {
		message: 'does not have the size of its data',
		path: ['size'],
	});

export type WireGitObject = z.output<typeof gitObject>;

function isPlain(encoding: readonly string[]): boolean {
	return encoding.length === 1;
}

/** Bytes that are neither sealed nor deflated have the size that is said, or are a part of it. */
function fitsPlain({
	size,
	data,
	part_count: parts,
}: {
	size: number;
	data: string;
	part_count?: number;
}): boolean {
	const bytes = base64ByteLength(data);
	return parts === undefined ? bytes === size : bytes <= size;
}

const chunk = {
	request_id: requestId,
	chunk_index: count,
	/** 0 while the sender does not know it yet. */
	total_chunks: count,
	objects: z.array(gitObject).max(limits.maxObjectsInChunk),
};

/** What each relayed message says beyond who sends it to whom; the same in both directions. */
export const payloads = {
	p2p_connection_request: connectionAttempt,
	p2p_connection_response: connectionAttempt,
	request_binary_proxy: {generation, window_bytes: windowBytes},
	binary_proxy_accepted: {generation: tunnelGeneration, window_bytes: windowBytes},
	binary_proxy_rejected: {generation, reason},
	binary_proxy_credit: {generation: tunnelGeneration, bytes: windowBytes},
	binary_proxy_closed: {generation: tunnelGeneration, reason},
	request_git_objects: {
		request_id: requestId,
		commit_hash: oid,
		have: z.array(oid).max(limits.maxHave),
		window_bytes: windowBytes,
	},
	git_objects_chunk: chunk,
	git_objects_ack: {request_id: requestId, bytes: count},
	git_objects_failed: {request_id: requestId, code},
	peer_message: {
		/** The carrier's generation for its bytes; with `.credit` or `.close` behind it for what steers them. */
		channel: z.string().regex(/^[\w.-]{1,32}$/, 'is not a channel'),
		sequence: z.int().min(0).max(limits.maxCounter),
		body: base64(limits.maxBodyLength),
	},
} as const;

/** The check of a chunk that concerns two fields. */
export function hasChunkInRange(message: {chunk_index: number; total_chunks: number}): boolean {
	return message.total_chunks === 0 || message.chunk_index < message.total_chunks;
}

/** Bytes a second, by what they are counted for; 0: not limited. */
const rates = z.object({connection: count, session: count, address: count, relay: count});

/** What a relay allows, beside the sizes that it names one by one. */
export const relayLimits = z.object({
	bytes_per_second: rates,
	messages_per_second: rates,
	/** Bytes in one day (UTC) over the relay; 0: not limited. */
	bytes_per_day: z.object({session: count, address: count}),
});

const byTier = z.object({direct: count, proxy: count, json: count});
const tierOrNone = z.enum(['direct', 'proxy', 'json', 'none']);

/** What a peer tells the relay of its links; bytes and changes are those since its last report. */
export const trafficReport = {
	/** Links by the tier that they use now. */
	links: byTier,
	bytes_in: byTier,
	bytes_out: byTier,
	/** `none`: the link was offline before, or is now. */
	changes: z.array(z.object({from: tierOrNone, to: tierOrNone, reason: code})).max(limits.maxReportedChanges),
};
