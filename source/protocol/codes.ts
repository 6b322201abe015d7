/**
 * The one table of wire codes: in `error.code`, and as the `reason` of a refused or closed tunnel. docs/protocol.md
 * holds the same table (kept equal by a test). The sentence is what the relay puts beside the code.
 */
export const errorCodes = {
	bad_message: 'The message does not have the form that its type asks for.',
	unknown_type: 'The relay does not know this type of message.',
	unsupported_version: 'The two sides have no protocol version in common; the older one must be updated.',
	not_admitted: 'The session is not known here, or the invite does not fit it.',
	peer_id_mismatch: 'A message must carry the session and peer that its socket proved to be.',
	unknown_peer: 'No such peer is in the session now.',
	session_full: 'The session has as many peers as the relay allows.',
	rate_limited: 'Too many messages or attempts in a short time; wait and try again.',
	frame_too_large: 'The frame is larger than the relay allows.',
	no_tunnel: 'There is no accepted tunnel of this generation to that peer.',
	sequence_gap: 'A frame of the tunnel is missing or came twice; the tunnel is closed.',
	credit_exceeded: 'More was sent than the receiver granted; the tunnel is closed.',
	text_only: 'This peer reaches the relay by text frames only.',
	replaced: 'The same peer has connected again; this socket is no longer used.',
	relay_full: 'The relay has as many sessions or connections as it allows.',
	shutting_down: 'The relay is shutting down; connect again in a moment.',
	not_member: 'Reserved: the peer is not a member of the session.',
	old_epoch: 'Reserved: the key of an earlier epoch was used.',
	kicked: 'Reserved: the peer was removed from the session.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** True for a code of the table; reasons from the wire may be other words. */
export function isErrorCode(text: string): text is ErrorCode {
	return Object.hasOwn(errorCodes, text);
}

/** WebSocket close codes that the relay uses, beside 1009 for a frame above every limit. */
export const closeCodes = {
	/** The handshake did not come in time, or failed too often. */
	policy: 1008,
	/** The relay goes; it may be back soon. */
	restart: 1012,
	/** The peer reads too slowly for what it granted; it may connect again. */
	overloaded: 1013,
	/** A newer socket of the same peer: do not connect again by yourself. */
	replaced: 4001,
	/** The peer left of its own will. */
	left: 1000,
} as const;
