/** A peer that comes into a session, and what it is told first. */
import {type RelayFacts, type RelayMessage} from '../source/protocol/relay-messages.js';
import {type Member} from './member.js';
import {type Room} from './room.js';

/** A peer whose proof and token have been checked. */
export type Entry = {
	readonly member: Omit<Member, 'enteredAt' | 'isRemote'>;
	readonly sessionId: string;
	readonly admissionHash: Uint8Array;
	/** With a create: the session's founder. Without: the session must exist. */
	readonly founderKey?: string;
	readonly sessionTicket?: string;
	readonly facts: RelayFacts;
	/** When to ask again where there is no room: nobody knows who leaves when. */
	readonly comeBackMs: number;
	/** What other relays know of a session that is not known here. */
	readonly elsewhere?: Elsewhere;
};

/** A session as other relays have it. */
export type Elsewhere = {
	readonly founderKey: string;
	readonly members: ReadonlyArray<Pick<Member, 'peerId' | 'enteredAt'>>;
	/** Opens the ways to its members, as sockets that lead there, for one who is let in. */
	open(): Member[];
};

/** The answer to a create or join: the others' roster and the relay's facts. */
export function welcomeOf(entry: Entry, room: Room): RelayMessage {
	const {peerId} = entry.member;
	const answer = {
		session_id: room.sessionId,
		peer_id: peerId,
		peers: room.rosterFor(peerId),
		...(entry.sessionTicket === undefined ? {} : {session_ticket: entry.sessionTicket}),
		relay: entry.facts,
	};
	return entry.founderKey === undefined
		? {type: 'session_joined', founder_key: room.founderKey, ...answer}
		: {type: 'session_created', ...answer};
}
