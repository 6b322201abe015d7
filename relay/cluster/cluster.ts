/**
 * Several relays as one. Each says on the session's own subject who of a session is on it, whenever that changes and
 * now and then; who asks for a session that is not known here asks all relays at once. Without the bus a relay serves
 * its own peers alone, and comes back to the others under a new name, so that nothing of before the gap still counts.
 *
 *     from    on                                                  to
 *     alone   the bus is there: new name, all sessions are told   joined
 *     joined  the bus is away: peers elsewhere are lost           alone
 *     any     bye                                                 gone
 */
import {decodeBase64Url} from '../../source/protocol/ids.js';
import {type Clock} from '../connection.js';
import {type Delivery, type Log} from '../delivery.js';
import {type Found} from '../door.js';
import {type Departure, type SocketId} from '../effect.js';
import {type Meter} from '../outbox.js';
import {type Rooms} from '../rooms.js';
import {type Bus} from './bus.js';
import {Hearings} from './hearings.js';
import {LookUps} from './look-ups.js';
import {isNewer, Presence} from './presence.js';
import {RelayLinks} from './relay-links.js';
import {type ClusterCounts, RemotePeers} from './remote-peers.js';
import {
	decodeBye,
	decodeStatement,
	encodeAnswer,
	encodeBye,
	encodeStatement,
	makeStatement,
	type Statement,
} from './statement.js';
import {byeSubject, peersSubject, relaySubject, sessionSubject} from './subjects.js';

export type ClusterOptions = {
	readonly bus: Bus;
	/** 16 new random hex digits. */
	readonly newRelayId: () => string;
};

export type ClusterParts = ClusterOptions & {
	readonly rooms: Rooms;
	readonly delivery: Delivery;
	readonly meter: Meter;
	readonly clock: Clock;
	readonly log: Log;
	readonly newSocketId: () => SocketId;
};

/** How this relay stands to the others, and what crossed between them and it. */
export type ClusterFigures = Readonly<ClusterCounts> & {
	readonly isJoined: boolean;
	/** Other relays that have members of sessions that are here. */
	readonly relays: number;
	/** Their peers, as far as there are ways to them. */
	readonly peersElsewhere: number;
	readonly reconnections: number;
};

/** Silence of a relay that died with its machine is noticed by its links' marks, sent this often. */
const checkEveryMs = 2_000;
const nothing = new Uint8Array();

export class Cluster {
	readonly counts: ClusterCounts = {messagesOut: 0, bytesOut: 0, messagesIn: 0, bytesIn: 0, tooLarge: 0};
	/** How often the bus was away and came back. */
	#reconnections = 0;
	readonly #parts: ClusterParts;
	readonly #presence = new Presence();
	readonly #peers: RemotePeers;
	readonly #links: RelayLinks;
	readonly #hearings: Hearings;
	readonly #lookUps: LookUps;
	#state: 'alone' | 'joined' | 'gone' = 'alone';
	#ownId = '';
	#stops: Array<() => void> = [];
	#checkedAt = 0;

	constructor(parts: ClusterParts) {
		this.#parts = parts;
		const {rooms, delivery, meter, clock, newSocketId, bus} = parts;
		this.#links = new RelayLinks(bus, (relay, why) => this.#relayGone(relay, why));
		this.#peers = new RemotePeers({
			...{rooms, delivery, meter, clock, newSocketId, counts: this.counts},
			ownId: () => this.#ownId,
			linkTo: (relay) => this.#links.to(relay),
			maxBytes: () => bus.maxBytes,
			onGivenUp: (...place) => this.#presence.forgetPeer(...place),
		});
		this.#hearings = new Hearings({
			bus,
			hear: (sessionId, bytes) => this.#hear(sessionId, bytes),
			answerTo: (sessionId) => this.#answerTo(sessionId),
		});
		this.#lookUps = new LookUps(bus, this.#presence);
		bus.onChange = () => this.#busChanged();
		this.#busChanged();
	}

	figures(): ClusterFigures {
		return {
			isJoined: this.#state === 'joined',
			relays: this.#links.size,
			peersElsewhere: this.#peers.size,
			reconnections: this.#reconnections,
			...this.counts,
		};
	}

	/** Asks the others for a session that is not known here; answers at once where there are none. */
	lookUp(sessionId: string, answer: (found: Found | undefined) => void): void {
		if (this.#state !== 'joined') return answer(undefined);
		// First to hear, then to ask: who enters elsewhere meanwhile is in one of the two.
		this.#hearings.listen(sessionId);
		this.#lookUps.ask(sessionId, this.#ownId, {
			gathered: () => this.#hearings.answerFinders(sessionId),
			answered: (isLast) => {
				answer(this.#foundOf(sessionId));
				if (isLast && !this.#parts.rooms.roomOf(sessionId)) this.#stopListening(sessionId);
			},
		});
	}

	/** Tells the others who of a session is here. */
	announce(sessionId: string, left?: Departure): void {
		if (this.#state !== 'joined') return;
		const {bus, clock, rooms} = this.#parts;
		this.#hearings.listen(sessionId);
		const said = this.#statementOf(sessionId, this.#hearings.lastSaid(sessionId));
		if (!said) return;
		const hint = left ? {left: {peer_id: left.peerId, reason: left.reason}} : {};
		bus.publish(sessionSubject(sessionId), encodeStatement({...said, ...hint}));
		if (!rooms.roomOf(sessionId)) return this.#stopListening(sessionId);
		this.#hearings.answerFinders(sessionId);
		this.#hearings.said(sessionId, said, clock.now());
	}

	/** To be called every second or so: looks after the other relays, and says again what was said. */
	tick(now: number): void {
		if (this.#state !== 'joined') return;
		if (now - this.#checkedAt >= checkEveryMs) {
			this.#checkedAt = now;
			this.#links.check((relay) => this.#presence.hasRelay(relay));
		}

		for (const sessionId of this.#hearings.toSayAgain(now)) this.announce(sessionId);
	}

	/** This relay goes: the others need not find out. */
	bye(): void {
		if (this.#state === 'joined') this.#parts.bus.publish(byeSubject, encodeBye(this.#ownId));
		this.#leaveBus();
		this.#state = 'gone';
	}

	#busChanged(): void {
		const {bus, newRelayId, rooms, log} = this.#parts;
		if (this.#state === 'joined' && !bus.isUp) {
			this.#leaveBus();
			this.#state = 'alone';
			this.#peers.closeAll('lost');
			log('other relays lost', {sessions: rooms.sessionCount});
		} else if (this.#state === 'alone' && bus.isUp) {
			if (this.#ownId !== '') {
				this.#reconnections++;
				// Where the others have not noticed that we were away, what they have of us is not true any more.
				bus.publish(byeSubject, encodeBye(this.#ownId));
			}

			this.#ownId = newRelayId();
			this.#state = 'joined';
			this.#stops = [
				bus.subscribe(peersSubject(this.#ownId), (message) => this.#peers.receive(message)),
				bus.subscribe(relaySubject(this.#ownId), ({answer}) => answer(nothing)),
				bus.subscribe(byeSubject, ({bytes}) => this.#relayGone(decodeBye(bytes) ?? '', 'bye')),
			];
			for (const sessionId of rooms.sessionIds) this.announce(sessionId);
			log('other relays reached', {relay: this.#ownId, sessions: rooms.sessionCount});
		}
	}

	#leaveBus(): void {
		for (const stop of this.#stops.splice(0)) stop();
		this.#hearings.stopAll();
		this.#links.dropAll();
		this.#presence.clear();
	}

	/** What this relay has of a session now; what it had where it has nothing of it any more. */
	#statementOf(sessionId: string, before?: Statement): Statement | undefined {
		const room = this.#parts.rooms.roomOf(sessionId);
		return room ? makeStatement(this.#ownId, room) : before && {...before, members: []};
	}

	#stopListening(sessionId: string): void {
		this.#hearings.stop(sessionId);
		this.#presence.forgetSession(sessionId);
	}

	/** What whoever looks for a session is told. */
	#answerTo(sessionId: string): Uint8Array {
		const statement = this.#statementOf(sessionId);
		const relays = this.#presence.relaysOf(sessionId);
		return encodeAnswer({relay: this.#ownId, session_id: sessionId, relays, statement});
	}

	#hear(sessionId: string, bytes: Uint8Array): void {
		const statement = decodeStatement(bytes);
		if (statement?.session_id !== sessionId || statement.relay === this.#ownId) return;
		const isNew = this.#presence.hear(statement);
		this.#compare(sessionId, statement.left);
		// It may not have heard what was said before it came.
		if (isNew && this.#parts.rooms.roomOf(sessionId)) this.announce(sessionId);
	}

	#foundOf(sessionId: string): Found | undefined {
		const session = this.#presence.sessionOf(sessionId);
		const admissionHash = session && decodeBase64Url(session.admission_hash);
		if (!admissionHash) return undefined;
		const places = [...this.#presence.placesOf(sessionId).values()];
		return {
			admissionHash,
			founderKey: session.founder_key,
			members: places.map(({member}) => ({peerId: member.peer_id, enteredAt: member.entered_at})),
			open: () => places.map((place) => this.#peers.open(sessionId, place)),
		};
	}

	/** Makes the room be as the relays say. */
	#compare(sessionId: string, left?: {peer_id: string; reason: string}): void {
		const {rooms, delivery, clock} = this.#parts;
		const room = rooms.roomOf(sessionId);
		if (!room) return;
		const places = this.#presence.placesOf(sessionId);
		for (const {peerId, socket, isRemote} of [...room.members]) {
			if (isRemote && !places.has(peerId)) {
				this.#peers.close(socket, left?.peer_id === peerId ? left.reason : 'lost');
			}
		}

		for (const [peerId, place] of places) {
			// The last member here may have gone there.
			if (rooms.roomOf(sessionId) !== room) return;
			const current = room.member(peerId);
			const age = {enteredAt: place.member.entered_at, relay: place.relay};
			const isHere = current && !current.isRemote;
			if (isHere && isNewer({enteredAt: current.enteredAt, relay: this.#ownId}, age)) continue;
			if (current?.isRemote && this.#peers.isAt(current.socket, place)) continue;
			const member = this.#peers.open(sessionId, place);
			delivery.run(rooms.enterRemote(sessionId, member, clock.now()));
		}
	}

	#relayGone(relay: string, why: string): void {
		if (this.#links.drop(relay)) this.#parts.log('relay gone', {relay, why});
		for (const sessionId of this.#presence.forgetRelay(relay)) this.#compare(sessionId);
	}
}
