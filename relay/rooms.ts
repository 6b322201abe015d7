/**
 * All sessions of a relay: who may enter, who is where, what each event leads to. Pure but for its memory: events and
 * the time in, effects out. It stores nothing beyond its members: a session whose last member left is forgotten, and
 * any member can form it again under the same id.
 */
import {errorCodes} from '../source/protocol/codes.js';
import {type TurnServer} from '../source/protocol/ice-server.js';
import {type ClientMessage, type RelayFacts, type RelayMessage} from '../source/protocol/relay-messages.js';
import {Bucket} from './bucket.js';
import {refuse, type RelayEffect, type SocketId} from './effect.js';
import {type Member, Room} from './room.js';

export type RoomLimits = {
	readonly maxSessions: number;
	readonly maxPeers: number;
	/** Of one session; 0 means not limited. */
	readonly bytesPerSecond: number;
	/** Of all sessions together; 0 means not limited. */
	readonly totalBytesPerSecond: number;
};

/** A peer whose proof and token have been checked. */
export type Entry = {
	readonly member: Member;
	readonly sessionId: string;
	readonly admissionHash: Uint8Array;
	/** With a create: the session's founder. Without: the session must exist. */
	readonly founderKey?: string;
	readonly sessionTicket?: string;
	readonly facts: RelayFacts;
};

/** New TURN credentials for those who stay longer than theirs last. */
export type TurnRenewal = {
	/** How old they may become; undefined: they do not end. */
	readonly renewAfterMs: number | undefined;
	serversFor(peerId: string): TurnServer[];
};

type Place = {readonly room: Room; readonly member: Member; turnGivenAt: number};

export class Rooms {
	readonly #limits: RoomLimits;
	readonly #rooms = new Map<string, Room>();
	readonly #places = new Map<SocketId, Place>();
	readonly #total: Bucket;
	readonly #turn: TurnRenewal | undefined;

	constructor(limits: RoomLimits, now: number, turn?: TurnRenewal) {
		this.#limits = limits;
		this.#turn = turn;
		this.#total = new Bucket(limits.totalBytesPerSecond, now);
	}

	get sessionCount(): number {
		return this.#rooms.size;
	}

	get peerCount(): number {
		return this.#places.size;
	}

	get tunnelCount(): number {
		let count = 0;
		for (const room of this.#rooms.values()) count += room.tunnelCount;
		return count;
	}

	/** What a joiner's token must hash to; undefined for a session that is not known. */
	admissionHashOf(sessionId: string): Uint8Array | undefined {
		return this.#rooms.get(sessionId)?.admissionHash;
	}

	/** Takes an admitted peer in, forming the session where it does not exist. */
	enter(entry: Entry, now: number): RelayEffect[] {
		const {member, sessionId, founderKey} = entry;
		const known = this.#rooms.get(sessionId);
		const inReplyTo = founderKey === undefined ? 'join_session' : 'create_session';
		if (!known && founderKey === undefined) return [refuse(member.socket, 'not_admitted', {inReplyTo})];
		if (!known && this.#rooms.size >= this.#limits.maxSessions) {
			return [refuse(member.socket, 'relay_full', {inReplyTo})];
		}

		const isReturning = known?.has(member.peerId) ?? false;
		if (known && !isReturning && known.memberCount >= this.#limits.maxPeers) {
			return [refuse(member.socket, 'session_full', {inReplyTo})];
		}

		const room = known ?? this.#form(entry, founderKey ?? '', now);
		const effects = room.enter(member, now);
		for (const effect of effects) if (effect.type === 'close') this.#places.delete(effect.socket);
		this.#places.set(member.socket, {room, member, turnGivenAt: now});
		return [{type: 'send', to: member.socket, lane: 'control', message: welcomeOf(entry, room)}, ...effects];
	}

	/** The session and peer that a socket is bound to. */
	identityOf(socket: SocketId): {readonly sessionId: string; readonly peerId: string} | undefined {
		const place = this.#places.get(socket);
		return place && {sessionId: place.room.sessionId, peerId: place.member.peerId};
	}

	/** A socket is gone or its peer says goodbye; the last one's leaving ends the session. */
	leave(socket: SocketId, reason: string, now: number): RelayEffect[] {
		const place = this.#places.get(socket);
		if (!place) return [];
		this.#places.delete(socket);
		const effects = place.room.leave(place.member, reason, now);
		if (place.room.memberCount === 0) this.#rooms.delete(place.room.sessionId);
		return effects;
	}

	/** A validated message of a socket, with its size on the wire. */
	receive(socket: SocketId, message: ClientMessage, bytes: number, now: number): RelayEffect[] {
		const inReplyTo = message.type;
		const place = this.#places.get(socket);
		if (message.session_id !== place?.room.sessionId || message.peer_id !== place.member.peerId) {
			return [refuse(socket, 'peer_id_mismatch', {inReplyTo})];
		}

		switch (message.type) {
			case 'create_session':
			case 'join_session': {
				const text = `${errorCodes.bad_message} This socket is in the session already.`;
				return [refuse(socket, 'bad_message', {inReplyTo, message: text})];
			}

			case 'leave_session': {
				const close: RelayEffect = {type: 'close', socket, code: 1000, reason: 'left'};
				return [...this.leave(socket, 'left', now), close];
			}

			case 'ping': {
				const pong: RelayMessage = {type: 'pong', sent_at_ms: message.sent_at_ms, ...this.#renew(place, now)};
				return [{type: 'send', to: socket, lane: 'control', message: pong}];
			}

			case 'traffic_report': {
				return [];
			}

			default: {
				return place.room.receive(place.member, message, bytes, now);
			}
		}
	}

	/** A binary frame of a socket; its memory is the rooms' from now on. */
	receiveFrame(socket: SocketId, bytes: Uint8Array, now: number): RelayEffect[] {
		const place = this.#places.get(socket);
		if (!place) return [refuse(socket, 'peer_id_mismatch', {inReplyTo: 'binary_frame'})];
		return place.room.receiveFrame(place.member, bytes, now);
	}

	/** To be called now and then: forgets tunnels that ended or were never answered. */
	expire(now: number): void {
		for (const room of this.#rooms.values()) room.expire(now);
	}

	/** Lets go what limits held back until now. */
	release(now: number): RelayEffect[] {
		return [...this.#rooms.values()].flatMap((room) => room.release(now));
	}

	#renew(place: Place, now: number): {turn?: TurnServer[]} {
		const renewAfterMs = this.#turn?.renewAfterMs;
		if (!this.#turn || renewAfterMs === undefined || now - place.turnGivenAt < renewAfterMs) return {};
		place.turnGivenAt = now;
		return {turn: this.#turn.serversFor(place.member.peerId)};
	}

	#form({sessionId, admissionHash}: Entry, founderKey: string, now: number): Room {
		const buckets = [new Bucket(this.#limits.bytesPerSecond, now), this.#total];
		const room = new Room({sessionId, founderKey, admissionHash, buckets});
		this.#rooms.set(sessionId, room);
		return room;
	}
}

/** The answer to a create or join: the others' roster and the relay's facts. */
function welcomeOf(entry: Entry, room: Room): RelayMessage {
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
