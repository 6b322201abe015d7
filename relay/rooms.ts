/**
 * All sessions of a relay: who may enter, who is where, what each event leads to. Pure but for its memory: events and
 * the time in, effects out. It stores nothing beyond its members: a session whose last member left is forgotten, and
 * any member can form it again under the same id.
 */
import {closeCodes, errorCodes} from '../source/protocol/codes.js';
import {type TurnServer} from '../source/protocol/ice-server.js';
import {
	type ClientMessage,
	type RelayMessage,
	type RelayMessageOf,
} from '../source/protocol/relay-messages.js';
import {Account} from './account.js';
import {type Departure, refuse, type RelayEffect, type SocketId} from './effect.js';
import {type Entry, welcomeOf} from './entry.js';
import {type RelayLimits, type Scope} from './relay-limits.js';
import {limitsInForce} from './member-facts.js';
import {type Member} from './member.js';
import {relayText} from './relay-text.js';
import {Room} from './room.js';

/** Rooms that are one with those of other relays. */
export type Shared = {
	/** What the wall clock said at time 0. */
	readonly epochMs: number;
};

/** New TURN credentials for those who stay longer than theirs last. */
export type TurnRenewal = {
	/** How old they may become; undefined: they do not end. */
	readonly renewAfterMs: number | undefined;
	serversFor(peerId: string): TurnServer[];
};

type Place = {readonly room: Room; readonly member: Member; turnGivenAt: number; toldLimits: RelayLimits};

export class Rooms {
	/** Those in force; they may change while sessions last. */
	limits: RelayLimits;
	readonly #rooms = new Map<string, Room>();
	readonly #places = new Map<SocketId, Place>();
	/** What all sessions together may send. */
	readonly account: Account;
	#remoteCount = 0;
	readonly #turn: TurnRenewal | undefined;
	readonly #shared: Shared | undefined;

	constructor(limits: RelayLimits, now: number, turn?: TurnRenewal, shared?: Shared) {
		this.limits = limits;
		this.#turn = turn;
		this.#shared = shared;
		this.account = this.newAccount('relay', now);
	}

	/** One that follows the limits in force. */
	newAccount(scope: Scope, now: number): Account {
		return new Account(scope, () => this.limits, now);
	}

	/** What a socket's session may send. */
	sessionAccountOf(socket: SocketId): Account | undefined {
		return this.#places.get(socket)?.room.account;
	}

	get sessionCount(): number {
		return this.#rooms.size;
	}

	/** Those on sockets of this relay. */
	get peerCount(): number {
		return this.#places.size - this.remoteCount;
	}

	/** Those on other relays, in sessions that have members here. */
	get remoteCount(): number {
		return this.#remoteCount;
	}

	get tunnelCount(): number {
		let count = 0;
		for (const room of this.#rooms.values()) count += room.tunnelCount;
		return count;
	}

	/** The sessions that have members here. */
	get sessionIds(): Iterable<string> {
		return this.#rooms.keys();
	}

	/** A session for looking at. */
	roomOf(
		sessionId: string,
	):
		| Pick<
				Room,
				'sessionId' | 'founderKey' | 'admissionHash' | 'members' | 'localMembers' | 'member' | 'sockets'
		  >
		| undefined {
		return this.#rooms.get(sessionId);
	}

	/** What a joiner's token must hash to; undefined for a session that is not known. */
	admissionHashOf(sessionId: string): Uint8Array | undefined {
		return this.#rooms.get(sessionId)?.admissionHash;
	}

	/** Takes an admitted peer in, forming the session where it does not exist. */
	enter(entry: Entry, now: number): RelayEffect[] {
		const {sessionId, elsewhere, comeBackMs: retryAfterMs} = entry;
		const {founderKey = elsewhere?.founderKey} = entry;
		const {socket, peerId} = entry.member;
		const known = this.#rooms.get(sessionId);
		const inReplyTo = entry.founderKey === undefined ? 'join_session' : 'create_session';
		if (!known && founderKey === undefined) return [refuse(socket, 'not_admitted', {inReplyTo})];
		if (!known && this.#rooms.size >= this.limits.maxSessions) {
			return [refuse(socket, 'relay_full', {inReplyTo, retryAfterMs})];
		}

		const others = [...(known?.members ?? elsewhere?.members ?? [])];
		const older = others.find((member) => member.peerId === peerId);
		if (!older && others.length >= this.limits.maxPeers) {
			return [refuse(socket, 'session_full', {inReplyTo, retryAfterMs})];
		}

		// A join may come late, when its peer has given up that connection and made another one.
		const inUse = known?.member(peerId);
		if (inUse && !inUse.isRemote && inUse.socket > socket) {
			return [{type: 'close', socket, code: closeCodes.policy, reason: relayText.clients.laterInUse}];
		}

		const room = known ?? this.#form(entry, founderKey ?? '', now);
		// Nobody is there yet who could be told of them.
		if (!known) for (const member of elsewhere?.open() ?? []) this.#place(room, member, now);
		const enteredAt = Math.max(Math.floor((this.#shared?.epochMs ?? 0) + now), (older?.enteredAt ?? -1) + 1);
		const effects = this.#place(room, {...entry.member, enteredAt}, now);
		const welcome: RelayEffect = {
			type: 'send',
			to: socket,
			lane: 'control',
			message: welcomeOf(entry, room),
		};
		return [welcome, ...effects, ...this.#announce(room)];
	}

	/** A peer is on another relay, maybe no longer on this one. Does nothing in a session that has no members here. */
	enterRemote(sessionId: string, member: Member, now: number): RelayEffect[] {
		const room = this.#rooms.get(sessionId);
		if (!room) return [];
		const older = room.member(member.peerId);
		const effects = this.#place(room, member, now);
		if (!older || older.isRemote) return effects;
		return [...effects, ...this.#endIfDeserted(room), ...this.#announce(room)];
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
		const {room, member} = place;
		this.#forget(socket);
		const effects = room.leave(member, reason, now);
		if (member.isRemote) return effects;
		const left = {peerId: member.peerId, reason};
		return [...effects, ...this.#endIfDeserted(room), ...this.#announce(room, left)];
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
				const text = `${errorCodes.bad_message} ${relayText.clients.inAlready}`;
				return [refuse(socket, 'bad_message', {inReplyTo, message: text})];
			}

			case 'leave_session': {
				const close: RelayEffect = {type: 'close', socket, code: 1000, reason: 'left'};
				return [...this.leave(socket, 'left', now), close];
			}

			case 'ping': {
				const pong: RelayMessage = {
					...{type: 'pong', sent_at_ms: message.sent_at_ms},
					...this.#renew(place, now),
					...this.#tellLimits(place),
				};
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

	/** Ends all tunnels: the relay goes. */
	endTunnels(reason: string, now: number): RelayEffect[] {
		return [...this.#rooms.values()].flatMap((room) => room.endTunnels(reason, now));
	}

	/** To be called now and then: forgets tunnels that ended or were never answered. */
	expire(now: number): void {
		for (const room of this.#rooms.values()) room.expire(now);
	}

	/** Lets go what limits held back until now. */
	release(now: number): RelayEffect[] {
		const effects: RelayEffect[] = [];
		for (const [sessionId, room] of [...this.#rooms]) {
			const released = room.release(now);
			effects.push(...released);
			if (released.every(({type}) => type === 'wake')) continue;
			// The other sessions' turn is before its next one, where all share one limit.
			this.#rooms.delete(sessionId);
			this.#rooms.set(sessionId, room);
		}

		return effects;
	}

	#renew(place: Place, now: number): {turn?: TurnServer[]} {
		const renewAfterMs = this.#turn?.renewAfterMs;
		if (!this.#turn || renewAfterMs === undefined || now - place.turnGivenAt < renewAfterMs) return {};
		place.turnGivenAt = now;
		return {turn: this.#turn.serversFor(place.member.peerId)};
	}

	/** Other limits than a member knows of: it keeps its pace by them. */
	#tellLimits(place: Place): Pick<RelayMessageOf<'pong'>, 'limits'> {
		if (place.toldLimits === this.limits) return {};
		place.toldLimits = this.limits;
		return {limits: limitsInForce(this.limits)};
	}

	/** Puts a member in its place, and whoever had it out. */
	#place(room: Room, member: Member, now: number): RelayEffect[] {
		const effects = room.enter(member, now);
		for (const effect of effects) if (effect.type === 'close') this.#forget(effect.socket);
		this.#places.set(member.socket, {room, member, turnGivenAt: now, toldLimits: this.limits});
		if (member.isRemote) this.#remoteCount++;
		return effects;
	}

	#forget(socket: SocketId): void {
		if (this.#places.get(socket)?.member.isRemote) this.#remoteCount--;
		this.#places.delete(socket);
	}

	/** A session whose last member here is gone is no concern of this relay, whoever is elsewhere. */
	#endIfDeserted(room: Room): RelayEffect[] {
		if (room.localMembers.length > 0) return [];
		this.#rooms.delete(room.sessionId);
		return [...room.members].map(({socket}) => {
			this.#forget(socket);
			return {type: 'close', socket, code: closeCodes.left, reason: relayText.clients.nobodyIsHere};
		});
	}

	#announce({sessionId}: Room, left?: Departure): RelayEffect[] {
		if (!this.#shared) return [];
		return [left ? {type: 'announce', sessionId, left} : {type: 'announce', sessionId}];
	}

	#form({sessionId, admissionHash}: Entry, founderKey: string, now: number): Room {
		const accounts = [this.newAccount('session', now), this.account];
		const room = new Room({sessionId, founderKey, admissionHash, accounts});
		this.#rooms.set(sessionId, room);
		return room;
	}
}
