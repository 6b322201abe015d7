/**
 * Layer 1: the text frames between a client and the relay, one union for each direction. What does not fit its schema
 * is a returned value, never thrown; unknown fields are dropped, `ext` is kept.
 */
import * as z from 'zod';
import {type ErrorCode, errorCodes} from './codes.js';
import {isJsonObject, type JsonObject, parseJsonObject} from './json-text.js';
import {
	code,
	count,
	ext,
	generation,
	givenInstance,
	hasChunkInRange,
	id,
	instance,
	material,
	name,
	payloads,
	reason,
	relayLimits,
	trafficReport,
} from './relay-fields.js';

const sender = {session_id: id, peer_id: id, ext};

const handshake = {
	...sender,
	public_key: material,
	proof: material,
	name,
	instance: givenInstance,
	protocol_version: z.int().min(0).max(65_535),
	admission_token: material,
};

/** A message from a client to one other peer, or to every other peer where it names no target. */
function addressed<Type extends string, Payload extends z.core.$ZodLooseShape>(type: Type, payload: Payload) {
	return z.object({type: z.literal(type), ...sender, target_peer_id: id.optional(), ...payload});
}

/** The same message as the relay passes it on. */
function relayed<Type extends string, Payload extends z.core.$ZodLooseShape>(type: Type, payload: Payload) {
	return z.object({type: z.literal(type), session_id: id, from_peer_id: id, ext, ...payload});
}

const chunkRange = {message: 'is not below total_chunks', path: ['chunk_index']};

export const clientMessageSchema = z.discriminatedUnion('type', [
	z.object({
		type: z.literal('create_session'),
		...handshake,
		founder_key: material,
		relay_token: z.string().min(1).max(512).optional(),
		session_ticket: material.optional(),
	}),
	z.object({type: z.literal('join_session'), ...handshake}),
	z.object({type: z.literal('leave_session'), ...sender}),
	addressed('p2p_connection_request', payloads.p2p_connection_request),
	addressed('p2p_connection_response', payloads.p2p_connection_response),
	addressed('request_binary_proxy', payloads.request_binary_proxy),
	addressed('binary_proxy_accepted', payloads.binary_proxy_accepted),
	addressed('binary_proxy_rejected', payloads.binary_proxy_rejected),
	addressed('binary_proxy_credit', payloads.binary_proxy_credit),
	addressed('binary_proxy_closed', payloads.binary_proxy_closed),
	addressed('request_git_objects', payloads.request_git_objects),
	addressed('git_objects_chunk', payloads.git_objects_chunk).refine(hasChunkInRange, chunkRange),
	addressed('git_objects_ack', payloads.git_objects_ack),
	addressed('git_objects_failed', payloads.git_objects_failed),
	addressed('peer_message', payloads.peer_message),
	z.object({type: z.literal('ping'), ...sender, sent_at_ms: z.number()}),
	z.object({type: z.literal('traffic_report'), ...sender, ...trafficReport}),
]);

const rosterEntry = z.object({peer_id: id, public_key: material, name, instance});

const stunServer = z.string().max(256);
const turnServer = z.object({
	url: z.string().max(256),
	username: z.string().max(256).optional(),
	credential: z.string().max(256).optional(),
});

const turnServers = z.array(turnServer).max(16);

/** The limits in force and what the relay knows of the client's network. */
const relayFacts = z.object({
	max_frame_bytes: count,
	max_text_bytes: count,
	max_window_bytes: count,
	max_peers: count,
	/** Of the session; 0: not limited. */
	bytes_per_second: count,
	/** All that is counted; a relay of an earlier version does not say it. */
	limits: relayLimits.optional(),
	/** How often it wants `traffic_report`; where it is missing, never. */
	report_every_ms: count.optional(),
	stun: z.array(stunServer).max(16),
	turn: turnServers,
	/** URLs that answer `{ip, port}` of the connection they are asked on; a bare path is on the relay's own port. */
	reflectors: z.array(z.string().max(256)).max(4),
	observed_ip: z.string().max(64),
	observed_port: count,
});

export const relayMessageSchema = z.discriminatedUnion('type', [
	z.object({type: z.literal('welcome'), nonce: material, versions: z.tuple([count, count])}),
	z.object({
		type: z.literal('session_created'),
		session_id: id,
		peer_id: id,
		peers: z.array(rosterEntry),
		session_ticket: material.optional(),
		relay: relayFacts,
	}),
	z.object({
		type: z.literal('session_joined'),
		session_id: id,
		peer_id: id,
		founder_key: material,
		peers: z.array(rosterEntry),
		session_ticket: material.optional(),
		relay: relayFacts,
	}),
	relayed('peer_joined', {public_key: material, name, instance}),
	relayed('peer_left', {reason}),
	relayed('p2p_connection_request', payloads.p2p_connection_request),
	relayed('p2p_connection_response', payloads.p2p_connection_response),
	relayed('request_binary_proxy', payloads.request_binary_proxy),
	relayed('binary_proxy_accepted', payloads.binary_proxy_accepted),
	relayed('binary_proxy_rejected', payloads.binary_proxy_rejected),
	relayed('binary_proxy_credit', payloads.binary_proxy_credit),
	relayed('binary_proxy_closed', payloads.binary_proxy_closed),
	relayed('request_git_objects', payloads.request_git_objects),
	relayed('git_objects_chunk', payloads.git_objects_chunk).refine(hasChunkInRange, chunkRange),
	relayed('git_objects_ack', payloads.git_objects_ack),
	relayed('git_objects_failed', payloads.git_objects_failed),
	relayed('peer_message', payloads.peer_message),
	/** `instance` of what took the place; a relay of an earlier version does not say it. */
	z.object({type: z.literal('replaced'), session_id: id, peer_id: id, instance: instance.optional()}),
	z.object({
		type: z.literal('pong'),
		sent_at_ms: z.number(),
		/** In place of those of `relay`, whose time is half over. */
		turn: turnServers.optional(),
		/** In place of those of `relay`, where they have changed. */
		limits: relayLimits.optional(),
	}),
	/** What lets this peer send more is held back, as a limit of bytes asks: at most once a second. */
	z.object({
		type: z.literal('limited'),
		session_id: id,
		peer_id: id,
		/** Which of the limits: `connection`, `session`, `address`, `relay`. */
		scope: code,
		bytes_per_second: count,
		/** How long it waits as it stands. */
		wait_ms: count,
	}),
	z.object({
		type: z.literal('error'),
		/** A code of the table, or one of a later version. */
		code,
		message: z.string().max(512),
		/** The type of the message that it answers, or `binary_frame`. */
		in_reply_to: z.string().max(64).optional(),
		/** What the refused message named, where that helps its sender. */
		target_peer_id: id.optional(),
		generation: generation.optional(),
		/** With `unsupported_version`: what the relay speaks. */
		versions: z.tuple([count, count]).optional(),
		/** When to try again, where that helps. */
		retry_after_ms: count.optional(),
	}),
]);

export type ClientMessage = z.output<typeof clientMessageSchema>;
export type RelayMessage = z.output<typeof relayMessageSchema>;
/** The messages of a direction by type. */
export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, {type: Type}>;
export type RelayMessageOf<Type extends RelayMessage['type']> = Extract<RelayMessage, {type: Type}>;
export type RosterEntry = z.output<typeof rosterEntry>;
export type RelayFacts = z.output<typeof relayFacts>;

type ParseFailure = {
	readonly ok: false;
	readonly code: Extract<ErrorCode, 'bad_message' | 'unknown_type' | 'frame_too_large'>;
	readonly message: string;
	/** The message's type where it could be read. */
	readonly in_reply_to?: string;
};

export type ParseResult<Message> = {readonly ok: true; readonly message: Message} | ParseFailure;

/** Parses one text frame from a client. `p2_p_connection_…` is read as `p2p_connection_…`. */
export function parseClientMessage(text: string): ParseResult<ClientMessage> {
	return parseWith(clientMessageSchema, clientTypes, text);
}

/** Reads a message of a client that is an object already. */
export function readClientMessage(value: JsonObject): ParseResult<ClientMessage> {
	return readWith(clientMessageSchema, clientTypes, value);
}

/** Parses one text frame from the relay; an unknown type is for the caller to ignore. */
export function parseRelayMessage(text: string): ParseResult<RelayMessage> {
	return parseWith(relayMessageSchema, relayTypes, text);
}

const clientTypes = typesOf(clientMessageSchema);
const relayTypes = typesOf(relayMessageSchema);

function typesOf(schema: {options: ReadonlyArray<{shape: {type: {value: string}}}>}): ReadonlySet<string> {
	return new Set(schema.options.map((option) => option.shape.type.value));
}

function parseWith<Message>(
	schema: z.ZodType<Message>,
	types: ReadonlySet<string>,
	text: string,
): ParseResult<Message> {
	const json = parseJsonObject(text);
	return json.ok ? readWith(schema, types, json.value) : json;
}

function readWith<Message>(
	schema: z.ZodType<Message>,
	types: ReadonlySet<string>,
	given: JsonObject,
): ParseResult<Message> {
	const value = withPlainType(given);
	const {type} = value;
	if (typeof type !== 'string') return {ok: false, code: 'bad_message', message: 'type: is not text'};
	const inReplyTo = /^\w{1,64}$/.test(type) ? {in_reply_to: type} : {};
	if (!types.has(type))
		return {ok: false, code: 'unknown_type', message: errorCodes.unknown_type, ...inReplyTo};
	const result = schema.safeParse(value);
	if (result.success) return {ok: true, message: result.data};
	return {ok: false, code: 'bad_message', message: describe(result.error), ...inReplyTo};
}

/** The spelling that another program's serialiser gives to `P2P`. */
function withPlainType(value: JsonObject): JsonObject {
	const {type} = value;
	const isOther = type === 'p2_p_connection_request' || type === 'p2_p_connection_response';
	return isOther && isJsonObject(value) ? {...value, type: type.replace('p2_p', 'p2p')} : value;
}

/** The first thing wrong: the field's path and what it is, never its value. */
function describe(error: z.ZodError): string {
	const issue = error.issues[0];
	if (!issue) return errorCodes.bad_message;
	const path = issue.path.map(String).join('.').slice(0, 100);
	return `${path === '' ? 'message' : path}: ${issue.message}`.slice(0, 300);
}
