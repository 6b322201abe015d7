/**
 * What a relay says of a session: all its members that are on it. A statement of state, not of a change, so one that is
 * lost or comes twice does no harm: the next one says it all again.
 */
import * as z from 'zod';
import {encodeBase64Url} from '../../source/protocol/ids.js';
import {id, instance, material, name, reason} from '../../source/protocol/relay-fields.js';
import {type Room} from '../room.js';

/** Relays name themselves anew whenever they come to the bus. */
const relayIdPattern = /^[0-9a-f]{16}$/;

const relayId = z.string().regex(relayIdPattern);

const statement = z.object({
	relay: relayId,
	session_id: id,
	founder_key: material,
	/** base64url. */
	admission_hash: material,
	members: z.array(z.object({peer_id: id, public_key: material, name, instance, entered_at: z.int().min(0)})),
	/** Why one left who was named before; a hint for what the others are told. */
	left: z.object({peer_id: id, reason}).optional(),
});

/** What a relay answers to who has a session. */
const answer = z.object({
	relay: relayId,
	session_id: id,
	/** The other relays that have it. */
	relays: z.array(relayId),
	/** Missing where a peer is about to enter on this relay. */
	statement: statement.optional(),
});

export type Statement = z.output<typeof statement>;
export type FindAnswer = z.output<typeof answer>;
export type StatedMember = Statement['members'][number];

/** What a relay says of one of its rooms. */
export function makeStatement(
	relay: string,
	room: Pick<Room, 'sessionId' | 'founderKey' | 'admissionHash' | 'localMembers'>,
): Statement {
	return {
		relay,
		session_id: room.sessionId,
		founder_key: room.founderKey,
		admission_hash: encodeBase64Url(room.admissionHash),
		members: room.localMembers.map(({peerId, publicKey, name, instance, enteredAt}) => ({
			peer_id: peerId,
			public_key: publicKey,
			name,
			instance,
			entered_at: enteredAt,
		})),
	};
}

export function encodeStatement(value: Statement): Uint8Array {
	return Buffer.from(JSON.stringify(value));
}

/** Reads what another relay said; undefined for what this version does not understand. */
export function decodeStatement(bytes: Uint8Array): Statement | undefined {
	return statement.safeParse(parse(bytes)).data;
}

export function encodeAnswer(value: FindAnswer): Uint8Array {
	return Buffer.from(JSON.stringify(value));
}

export function decodeAnswer(bytes: Uint8Array): FindAnswer | undefined {
	return answer.safeParse(parse(bytes)).data;
}

const bye = z.object({relay: relayId});

export function encodeBye(relay: string): Uint8Array {
	return Buffer.from(JSON.stringify({relay}));
}

/** The relay that says goodbye. */
export function decodeBye(bytes: Uint8Array): string | undefined {
	return bye.safeParse(parse(bytes)).data?.relay;
}

function parse(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(bytes).toString());
	} catch {
		return undefined;
	}
}
