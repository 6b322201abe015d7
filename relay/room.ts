/**
 * One session as the relay sees it: who is in it, and the passage between them. Routes by the socket's own proven identity,
 * never by what a message says of its sender. Pure: events in, effects out, time an argument.
 */
import {type RelayMessage, type RosterEntry} from '../source/protocol/relay-messages.js';
import {type Account} from './account.js';
import {closeReplaced, type RelayEffect, type SocketId} from './effect.js';
import {type Member} from './member.js';
import {Passage} from './passage.js';
import {type RelayableMessage} from './relayable.js';

export class Room {
	readonly sessionId: string;
	readonly founderKey: string;
	readonly admissionHash: Uint8Array;
	/** What the session may send. */
	readonly account: Account | undefined;
	readonly #members = new Map<string, Member>();
	readonly #passage: Passage;

	/** @param accounts What its bytes are counted for: its own, and the one of the whole relay. */
	constructor(options: {
		sessionId: string;
		founderKey: string;
		admissionHash: Uint8Array;
		accounts: readonly Account[];
	}) {
		this.sessionId = options.sessionId;
		this.founderKey = options.founderKey;
		this.admissionHash = options.admissionHash;
		this.account = options.accounts[0];
		this.#passage = new Passage(options.sessionId, this.#members, options.accounts);
	}

	get tunnelCount(): number {
		return this.#passage.tunnelCount;
	}

	/** Those of whom anything is remembered beside their being here. */
	get sockets(): Set<SocketId> {
		return this.#passage.sockets;
	}

	get members(): Iterable<Member> {
		return this.#members.values();
	}

	/** Those on sockets of this very relay. */
	get localMembers(): Member[] {
		return [...this.#members.values()].filter(({isRemote}) => !isRemote);
	}

	member(peerId: string): Member | undefined {
		return this.#members.get(peerId);
	}

	/** Who else is there. */
	rosterFor(peerId: string): RosterEntry[] {
		return [...this.#members.values()]
			.filter((member) => member.peerId !== peerId)
			.map((member) => ({
				peer_id: member.peerId,
				public_key: member.publicKey,
				name: member.name,
				instance: member.instance,
			}));
	}

	/** Takes a member in, in place of an older socket of the same peer, and tells the others. */
	enter(member: Member, now: number): RelayEffect[] {
		const older = this.#members.get(member.peerId);
		const effects: RelayEffect[] = [];
		if (older) {
			effects.push(...this.#passage.endTunnelsOf(member.peerId, 'replaced', now));
			this.#passage.forgetSocket(older);
			const ids = {session_id: this.sessionId, peer_id: member.peerId};
			const replaced: RelayMessage = {type: 'replaced', ...ids, instance: member.instance};
			if (!older.isRemote) effects.push({type: 'send', to: older.socket, lane: 'control', message: replaced});
			effects.push(closeReplaced(older.socket));
		}

		this.#members.set(member.peerId, member);
		const {peerId, publicKey, name, instance} = member;
		const joined = {...this.#from(peerId), public_key: publicKey, name, instance};
		return [...effects, ...this.#tellPresence(peerId, {type: 'peer_joined', ...joined})];
	}

	/** Lets a member go. Does nothing for a socket that was replaced. */
	leave(member: Member, reason: string, now: number): RelayEffect[] {
		if (this.#members.get(member.peerId)?.socket !== member.socket) return [];
		this.#members.delete(member.peerId);
		this.#passage.forget(member);
		const left = {type: 'peer_left', ...this.#from(member.peerId), reason} as const;
		return [
			...this.#passage.endTunnelsOf(member.peerId, 'peer_left', now),
			...this.#tellPresence(member.peerId, left),
		];
	}

	/** Passes a validated message on, to every other member where it names none; `bytes` is its size on the wire. */
	receive(member: Member, message: RelayableMessage, bytes: number, now: number): RelayEffect[] {
		return this.#passage.message(member, message, bytes, now);
	}

	/** Passes a binary frame on, in the memory it came in. */
	receiveFrame(member: Member, bytes: Uint8Array, now: number): RelayEffect[] {
		return this.#passage.frame(member, bytes, now);
	}

	/** Ends all tunnels behind their last bytes: the relay goes. Both ends are told. */
	endTunnels(reason: string, now: number): RelayEffect[] {
		return this.#passage.endAllTunnels(reason, now);
	}

	/** Forgets old tunnels. */
	expire(now: number): void {
		this.#passage.expire(now);
	}

	/** Lets go what was held back long enough. */
	release(now: number): RelayEffect[] {
		return this.#passage.release(now);
	}

	/** Who is there is told by each relay to its own members. */
	#tellPresence(peerId: string, message: RelayMessage): RelayEffect[] {
		return this.localMembers
			.filter((member) => member.peerId !== peerId)
			.map((member) => ({type: 'send', to: member.socket, lane: 'control', message}));
	}

	#from(peerId: string) {
		return {session_id: this.sessionId, from_peer_id: peerId};
	}
}
