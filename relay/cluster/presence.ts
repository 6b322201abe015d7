/**
 * Who is where, as the other relays say. Pure: statements in, places out. Of each session the newest statement of each
 * relay counts, and of a peer that two relays have, the place that it entered last.
 */
import {type StatedMember, type Statement} from './statement.js';

export type RemotePlace = {readonly relay: string; readonly member: StatedMember};

export class Presence {
	/** By session, then by relay. Relays without members of a session are not in it. */
	readonly #sessions = new Map<string, Map<string, Statement>>();
	/** The sessions of each relay. */
	readonly #relays = new Map<string, Set<string>>();

	/** Takes a statement in; true where its relay was not known to have the session. */
	hear(statement: Statement): boolean {
		const {session_id: sessionId, relay, members} = statement;
		if (members.length === 0) {
			this.#forget(sessionId, relay);
			return false;
		}

		const relays = this.#sessions.get(sessionId) ?? new Map<string, Statement>();
		const isNew = !relays.has(relay);
		this.#sessions.set(sessionId, relays.set(relay, statement));
		this.#relays.set(relay, (this.#relays.get(relay) ?? new Set()).add(sessionId));
		return isNew;
	}

	/** What all relays agree on about a session; undefined for one that none has. */
	sessionOf(sessionId: string): Pick<Statement, 'founder_key' | 'admission_hash'> | undefined {
		const [first] = this.#sessions.get(sessionId)?.values() ?? [];
		return first;
	}

	relaysOf(sessionId: string): string[] {
		return [...(this.#sessions.get(sessionId)?.keys() ?? [])];
	}

	/** True for a relay that has one of our sessions. */
	hasRelay(relay: string): boolean {
		return this.#relays.has(relay);
	}

	/** Where each peer is. */
	placesOf(sessionId: string): Map<string, RemotePlace> {
		const places = new Map<string, RemotePlace>();
		for (const [relay, {members}] of this.#sessions.get(sessionId) ?? []) {
			for (const member of members) {
				const place = {relay, member};
				const other = places.get(member.peer_id);
				if (!other || isNewer(ageOf(place), ageOf(other))) places.set(member.peer_id, place);
			}
		}

		return places;
	}

	/** A relay is gone; names the sessions that it had. */
	forgetRelay(relay: string): string[] {
		const had = [...(this.#relays.get(relay) ?? [])];
		for (const sessionId of had) this.#forget(sessionId, relay);
		return had;
	}

	/** A peer could not be reached where it is said to be; the next statement may name it again. */
	forgetPeer(sessionId: string, relay: string, peerId: string): void {
		const relays = this.#sessions.get(sessionId);
		const statement = relays?.get(relay);
		if (!statement) return;
		const members = statement.members.filter((member) => member.peer_id !== peerId);
		relays?.set(relay, {...statement, members});
	}

	forgetSession(sessionId: string): void {
		for (const relay of this.relaysOf(sessionId)) this.#forget(sessionId, relay);
	}

	clear(): void {
		this.#sessions.clear();
		this.#relays.clear();
	}

	#forget(sessionId: string, relay: string): void {
		const relays = this.#sessions.get(sessionId);
		relays?.delete(relay);
		if (relays?.size === 0) this.#sessions.delete(sessionId);
		const sessions = this.#relays.get(relay);
		sessions?.delete(sessionId);
		if (sessions?.size === 0) this.#relays.delete(relay);
	}
}

/** When a peer entered, and where: enough to say which of two places is the newer one, alike on every relay. */
export type Age = {readonly enteredAt: number; readonly relay: string};

export function isNewer(one: Age, other: Age): boolean {
	return one.enteredAt === other.enteredAt ? one.relay > other.relay : one.enteredAt > other.enteredAt;
}

function ageOf({relay, member}: RemotePlace): Age {
	return {enteredAt: member.entered_at, relay};
}
