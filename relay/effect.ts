/** What the rooms decide: data that the hub carries out. */
import {closeCodes, type ErrorCode, errorCodes} from '../source/protocol/codes.js';
import {type Scope} from './relay-limits.js';
import {type RelayMessage} from '../source/protocol/relay-messages.js';

/** One connected socket; a later one has a higher number, so a socket and its successor are told apart. */
export type SocketId = number;

/**
 * Where a message waits its turn: `control`, which overtakes all, or the peer_id of a source, whose bulk keeps its own
 * order. That a tunnel is closed waits in the source's lane, so it never overtakes the last bytes.
 */
export type Lane = string;

export type RelayEffect =
	| {readonly type: 'send'; readonly to: SocketId; readonly lane: Lane; readonly message: RelayMessage}
	| {readonly type: 'send-frame'; readonly to: SocketId; readonly lane: Lane; readonly bytes: Uint8Array}
	| {readonly type: 'close'; readonly socket: SocketId; readonly code: number; readonly reason: string}
	/** Something that came is not passed on; it is counted. */
	| {readonly type: 'drop'; readonly reason: string}
	/** Credit for this socket is held back by a limit of bytes. */
	| {
			readonly type: 'limited';
			readonly to: SocketId;
			readonly scope: Scope;
			readonly bytesPerSecond: number;
			readonly waitMs: number;
	  }
	/** Some messages are held back: ask `release` at this time. */
	| {readonly type: 'wake'; readonly at: number}
	/** Of several relays as one: who is in the session here has changed, and who left why. */
	| {readonly type: 'announce'; readonly sessionId: string; readonly left?: Departure};

/** Who left, and the reason that the others are told. */
export type Departure = {readonly peerId: string; readonly reason: string};

/** What an error names beside its code. */
export type ErrorDetails = {
	readonly message?: string;
	readonly inReplyTo?: string;
	readonly targetPeerId?: string;
	readonly generation?: number;
	readonly versions?: readonly [number, number];
	/** When to try again. */
	readonly retryAfterMs?: number;
};

/** The message of a refusal; its sentence is the code's own where none is given. */
export function errorMessage(code: ErrorCode, details: ErrorDetails = {}): RelayMessage {
	return {
		type: 'error',
		code,
		message: details.message ?? errorCodes[code],
		...(details.inReplyTo === undefined ? {} : {in_reply_to: details.inReplyTo}),
		...(details.targetPeerId === undefined ? {} : {target_peer_id: details.targetPeerId}),
		...(details.generation === undefined ? {} : {generation: details.generation}),
		...(details.versions === undefined ? {} : {versions: [...details.versions]}),
		...(details.retryAfterMs === undefined ? {} : {retry_after_ms: Math.ceil(details.retryAfterMs)}),
	};
}

/** Tells a socket that what it sent was refused. */
export function refuse(socket: SocketId, code: ErrorCode, details?: ErrorDetails): RelayEffect {
	return {type: 'send', to: socket, lane: 'control', message: errorMessage(code, details)};
}

/** Closes a socket whose peer has connected again. */
export function closeReplaced(socket: SocketId): RelayEffect {
	return {type: 'close', socket, code: closeCodes.replaced, reason: 'replaced'};
}
