/**
 * Peers that are on other relays, as sockets of this one: what the rooms send to such a socket goes over the bus to its
 * relay, and what its relay passes on comes in as if the peer were here. So a tunnel between two relays is judged by
 * both, byte by byte, and what waits for a peer elsewhere is bounded and in turn like all else.
 */
import {decodeFrameHeader, overwritePeerId} from '../../source/protocol/frame.js';
import {isJsonObject, type JsonObject} from '../../source/protocol/json-text.js';
import {parseRelayMessage, readClientMessage} from '../../source/protocol/relay-messages.js';
import {type Clock, type Connection, openConnection, type SocketPort} from '../connection.js';
import {type Delivery} from '../delivery.js';
import {type SocketId} from '../effect.js';
import {type Meter, type Outgoing} from '../outbox.js';
import {isRelayable} from '../relayable.js';
import {type Member} from '../member.js';
import {type Rooms} from '../rooms.js';
import {type BusMessage} from './bus.js';
import {type RemotePlace} from './presence.js';
import {type RelayLink} from './relay-link.js';
import {parsePeerSubject, peerSubject} from './subjects.js';

export type RemotePeersOptions = {
	readonly rooms: Rooms;
	readonly delivery: Delivery;
	readonly meter: Meter;
	readonly clock: Clock;
	readonly newSocketId: () => SocketId;
	/** How this relay is called now. */
	readonly ownId: () => string;
	readonly linkTo: (relay: string) => RelayLink;
	readonly maxBytes: () => number;
	readonly counts: ClusterCounts;
	/** What waited for a peer was too much, or it is not where it was said to be. */
	readonly onGivenUp: (sessionId: string, relay: string, peerId: string) => void;
};

export type ClusterCounts = {
	messagesOut: number;
	bytesOut: number;
	messagesIn: number;
	bytesIn: number;
	/** Not sent: larger than the bus takes. */
	tooLarge: number;
};

type RemotePeer = {readonly relay: string; readonly enteredAt: number; readonly connection: Connection};

/** A text message is a JSON object; a frame begins with the length of an id, which is never this. */
const openingBrace = 0x7b;
const nothing = new Uint8Array();

export class RemotePeers {
	readonly #options: RemotePeersOptions;
	readonly #peers = new Map<SocketId, RemotePeer>();

	constructor(options: RemotePeersOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#peers.size;
	}

	/** A socket that leads to a peer elsewhere; the caller gives it to the rooms. */
	open(sessionId: string, {relay, member}: RemotePlace): Member {
		const {delivery, clock, meter, newSocketId} = this.#options;
		const id = newSocketId();
		const peerId = member.peer_id;
		const port = this.#portOf({id, relay, sessionId, peerId});
		const connection = openConnection(id, port, nothing, meter, [], clock.now());
		connection.status = 'member';
		delivery.remotes.set(id, connection);
		this.#peers.set(id, {relay, enteredAt: member.entered_at, connection});
		const {public_key: publicKey, name, instance, entered_at: enteredAt} = member;
		return {socket: id, peerId, publicKey, name, instance, enteredAt, isRemote: true};
	}

	/** True where this socket leads to that very place. */
	isAt(socket: SocketId, {relay, member}: RemotePlace): boolean {
		const peer = this.#peers.get(socket);
		return peer?.relay === relay && peer.enteredAt === member.entered_at;
	}

	close(socket: SocketId, reason: string): void {
		const peer = this.#peers.get(socket);
		if (!peer) return;
		this.#peers.delete(socket);
		this.#options.delivery.forget(peer.connection, reason);
	}

	closeAll(reason: string): void {
		for (const socket of [...this.#peers.keys()]) this.close(socket, reason);
	}

	/** What another relay passes on to a peer that is here. What does not fit who is where is dropped. */
	receive({subject, bytes}: BusMessage): void {
		const {rooms, counts} = this.#options;
		counts.messagesIn++;
		counts.bytesIn += bytes.length;
		const {from, sessionId, peerId} = parsePeerSubject(subject);
		const target = rooms.roomOf(sessionId)?.member(peerId);
		if (!target || target.isRemote) return;
		if (bytes[0] === openingBrace) this.#receiveText({from, sessionId, target}, bytes);
		else this.#receiveFrame({from, sessionId, target}, bytes);
	}

	#receiveText({from, sessionId, target}: Passed, bytes: Uint8Array): void {
		const {rooms, delivery, clock} = this.#options;
		const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
		const value = parseObject(text);
		if (value?.['type'] === 'error') {
			const parsed = parseRelayMessage(text);
			if (!parsed.ok) return;
			return delivery.run([{type: 'send', to: target.socket, lane: 'control', message: parsed.message}]);
		}

		const {from_peer_id: source} = value ?? {};
		const socket = this.#socketOf(sessionId, source, from);
		if (socket === undefined) return;
		const read = readClientMessage({...value, peer_id: source, target_peer_id: target.peerId});
		if (!read.ok || !isRelayable(read.message)) return;
		delivery.run(rooms.receive(socket, read.message, bytes.length, clock.now()));
	}

	#receiveFrame({from, sessionId, target}: Passed, passed: Uint8Array): void {
		const {rooms, delivery, clock} = this.#options;
		const header = decodeFrameHeader(passed);
		if ('error' in header) return;
		const socket = this.#socketOf(sessionId, header.peerId, from);
		if (socket === undefined || header.peerId.length !== target.peerId.length) return;
		const bytes = ownMemory(passed);
		overwritePeerId(bytes, header, target.peerId);
		delivery.run(rooms.receiveFrame(socket, bytes, clock.now()));
	}

	/** The socket of a peer that is on the relay which spoke in its name. */
	#socketOf(sessionId: string, peerId: unknown, relay: string): SocketId | undefined {
		const member =
			typeof peerId === 'string' ? this.#options.rooms.roomOf(sessionId)?.member(peerId) : undefined;
		return member && this.#peers.get(member.socket)?.relay === relay ? member.socket : undefined;
	}

	#portOf(way: {id: SocketId; relay: string; sessionId: string; peerId: string}): SocketPort {
		const {id, relay, sessionId, peerId} = way;
		const {ownId, linkTo, counts, maxBytes} = this.#options;
		const link = linkTo(relay);
		const subject = peerSubject({relay, from: ownId(), sessionId, peerId});
		const resume = () => this.#peers.get(id)?.connection.outbox.resume();
		const gone = () => this.close(id, 'lost');
		return {
			address: '',
			port: 0,
			host: '',
			write({bytes}: Outgoing, done) {
				if (bytes.length > maxBytes()) {
					counts.tooLarge++;
				} else {
					counts.messagesOut++;
					counts.bytesOut += bytes.length;
					link.write(subject, bytes);
				}

				done();
			},
			bufferedBytes: () => 0,
			hasRoom() {
				if (link.isFull) link.wait(resume);
				return !link.isFull;
			},
			bytesRead: () => 0,
			ping: () => undefined,
			close: gone,
			terminate: () => {
				gone();
				this.#options.onGivenUp(sessionId, relay, peerId);
			},
		};
	}
}

/** From which relay, and for whom. */
type Passed = {readonly from: string; readonly sessionId: string; readonly target: Member};

function parseObject(text: string): JsonObject | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isJsonObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** A small frame that waits would keep all that came in with it. */
function ownMemory(bytes: Uint8Array): Uint8Array {
	return bytes.buffer.byteLength > 2 * bytes.length ? bytes.slice() : bytes;
}
