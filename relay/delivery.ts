/** Carries out what the rooms decide, on the sockets that are there, and lets go of sockets. */
import {closeCodes, type ErrorCode} from '../source/protocol/codes.js';
import {type RelayMessage} from '../source/protocol/relay-messages.js';
import {type Clock, type Connection, noDeadline} from './connection.js';
import {type Counts} from './counters.js';
import {
	type Departure,
	type ErrorDetails,
	errorMessage,
	refuse,
	type RelayEffect,
	type SocketId,
} from './effect.js';
import {leastShareBytes, type Meter} from './outbox.js';
import {type Rooms} from './rooms.js';
import {type SessionBook} from './session-book.js';

export type Log = (message: string, facts: Readonly<Record<string, string | number>>) => void;

/** Tells other relays that a session's members here have changed. */
export type Announce = (sessionId: string, left?: Departure) => void;

/** How often a peer is told that it is held back. */
const tellEveryMs = 1_000;

type SendEffect = Extract<RelayEffect, {type: 'send' | 'send-frame'}>;

export class Delivery {
	readonly connections = new Map<SocketId, Connection>();
	/** Those whose other end is another relay: nobody pings them, and they count as no sockets. */
	readonly remotes = new Map<SocketId, Connection>();
	readonly #rooms: Rooms;
	readonly #clock: Clock;
	readonly #counts: Counts;
	readonly #log: Log;
	readonly #announce: Announce;
	readonly #book: SessionBook;
	readonly #meter: Meter;
	readonly #effects: RelayEffect[] = [];
	#encoded?: {readonly message: RelayMessage; readonly bytes: Uint8Array};
	#isRunning = false;
	#wakeAt = Infinity;
	#cancelWake = noDeadline;

	constructor(options: {
		rooms: Rooms;
		clock: Clock;
		counts: Counts;
		log: Log;
		announce: Announce;
		book: SessionBook;
		meter: Meter;
	}) {
		this.#rooms = options.rooms;
		this.#clock = options.clock;
		this.#counts = options.counts;
		this.#log = options.log;
		this.#announce = options.announce;
		this.#book = options.book;
		this.#meter = options.meter;
	}

	/** Carries out effects in order, and then those that they lead to. */
	run(effects: readonly RelayEffect[]): void {
		this.#effects.push(...effects);
		if (this.#isRunning) return;
		this.#isRunning = true;
		try {
			for (let effect = this.#effects.shift(); effect; effect = this.#effects.shift()) this.#carryOut(effect);
		} finally {
			this.#isRunning = false;
		}
	}

	tell(connection: Connection, message: RelayMessage): void {
		this.run([{type: 'send', to: connection.id, lane: 'control', message}]);
	}

	refuse(connection: Connection, code: ErrorCode, details?: ErrorDetails): void {
		this.run([refuse(connection.id, code, details)]);
	}

	/** Closes a socket after all that it was told. */
	close(connection: Connection, code: number, reason: string): void {
		if (connection.status === 'closing') return;
		connection.outbox.flush();
		connection.endedBy ??= wordOf(reason);
		this.#detach(connection, 'left');
		connection.port.close(code, reason);
	}

	/** Cuts a socket off at once: what waits for it is dropped. */
	giveUp(connection: Connection, reason: 'too_slow' | 'silent' | 'unfinished'): void {
		this.#log('socket given up', {reason, waitingBytes: connection.outbox.bytes});
		this.forget(connection, reason);
		connection.port.terminate();
	}

	/** A socket is gone. */
	forget(connection: Connection, reason: string): void {
		connection.endedBy ??= reason;
		this.#detach(connection, reason);
		if (this.connections.delete(connection.id)) this.#counts.closed.add(connection.endedBy);
		this.remotes.delete(connection.id);
	}

	/** A connection has become a member: from now on the book knows it. */
	entered(connection: Connection, sessionId: string): void {
		connection.sessionId = sessionId;
		const peers = this.#rooms.roomOf(sessionId)?.localMembers.length ?? 1;
		connection.end = this.#book.enter(sessionId, peers, this.#clock.now());
	}

	/** Farewell to everybody: tunnels end behind their last bytes, and nobody is told that the others go, since all do. */
	shutDown(): void {
		this.run(this.#rooms.endTunnels('shutting_down', this.#clock.now()));
		for (const connection of this.connections.values()) {
			if (connection.status === 'closing') continue;
			this.tell(connection, errorMessage('shutting_down', {retryAfterMs: comeBackMs(connection)}));
			connection.outbox.flush();
			connection.status = 'closing';
			connection.cancelDeadline();
			connection.endedBy ??= 'shutting_down';
			this.#leaveBook(connection);
			connection.port.close(closeCodes.restart, 'shutting_down');
		}
	}

	#carryOut(effect: RelayEffect): void {
		switch (effect.type) {
			case 'wake': {
				return this.#wake(effect.at);
			}

			case 'announce': {
				return this.#announce(effect.sessionId, effect.left);
			}

			case 'limited': {
				return this.#tellLimited(effect);
			}

			case 'drop': {
				return this.#counts.dropped.add(effect.reason);
			}

			case 'close': {
				const connection = this.#find(effect.socket);
				return connection && this.close(connection, effect.code, effect.reason);
			}

			case 'send-frame': {
				return this.#push(effect, effect.bytes);
			}

			case 'send': {
				return this.#push(effect, this.#encode(effect.message));
			}
		}
	}

	/** Counts each time that credit is held back; its peer is told once a second. */
	#tellLimited({to, scope, bytesPerSecond, waitMs}: Extract<RelayEffect, {type: 'limited'}>): void {
		this.#counts.held.add(scope);
		this.#counts.heldMs.add(scope, waitMs);
		const connection = this.connections.get(to);
		const now = this.#clock.now();
		if (!connection || now - connection.heldToldAt < tellEveryMs) return;
		const own = this.#rooms.identityOf(to);
		if (!own) return;
		connection.heldToldAt = now;
		const ids = {session_id: own.sessionId, peer_id: own.peerId};
		this.tell(connection, {
			type: 'limited',
			...ids,
			scope,
			bytes_per_second: bytesPerSecond,
			wait_ms: waitMs,
		});
	}

	#find(id: SocketId): Connection | undefined {
		return this.connections.get(id) ?? this.remotes.get(id);
	}

	/** A message to many is one object in many effects: it is encoded once. */
	#encode(message: RelayMessage): Uint8Array {
		if (this.#encoded?.message !== message) {
			this.#encoded = {message, bytes: Buffer.from(JSON.stringify(message))};
		}

		return this.#encoded.bytes;
	}

	#push(effect: SendEffect, bytes: Uint8Array): void {
		const connection = this.#find(effect.to);
		if (!connection || connection.status === 'closing') return this.#counts.dropped.add('gone');
		const outgoing = {bytes, binary: effect.type === 'send-frame', queuedAt: this.#clock.now()};
		if (connection.outbox.push(effect.lane, outgoing)) {
			this.#counts.sent(effect, bytes.length);
			this.#makeRoom();
		} else {
			this.#counts.dropped.add('too_slow');
			this.giveUp(connection, 'too_slow');
		}
	}

	/** Where all together hold too much, who took nothing for longest goes; those who keep up have little waiting. */
	#makeRoom(): void {
		if (this.#meter.waitingBytes <= this.#meter.mostWaitingBytes) return;
		let stillest: Connection | undefined;
		for (const connection of this.connections.values()) {
			if (connection.status === 'closing' || connection.outbox.bytes <= leastShareBytes) continue;
			if (!stillest || connection.tookAt < stillest.tookAt) stillest = connection;
		}

		if (stillest) this.giveUp(stillest, 'too_slow');
	}

	/** One timer for all that is held back; it rings for the earliest. */
	#wake(at: number): void {
		if (at >= this.#wakeAt) return;
		this.#wakeAt = at;
		// What was to ring later is asked for again by what is released.
		this.#cancelWake();
		this.#cancelWake = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
			this.#wakeAt = Infinity;
			this.run(this.#rooms.release(this.#clock.now()));
		});
	}

	/** Takes a socket out of its session; from now on it is only waited for. */
	#detach(connection: Connection, reason: string): void {
		connection.status = 'closing';
		connection.cancelDeadline();
		this.#leaveBook(connection);
		const waiting = connection.outbox.clear();
		if (waiting > 0) this.#counts.dropped.add('gone', waiting);
		this.run(this.#rooms.leave(connection.id, reason, this.#clock.now()));
	}

	/** The last one's leaving ends a session: one line in the log. */
	#leaveBook(connection: Connection): void {
		const {end, sessionId, endedBy} = connection;
		if (!end || sessionId === undefined) return;
		connection.end = undefined;
		const summary = this.#book.leave(end, sessionId, endedBy ?? 'lost', this.#clock.now());
		if (summary) this.#log('session ended', summary);
	}
}

/** When to come back, spread over some seconds: all at once would be a flood. The nonce is as random as anything. */
export function comeBackMs({nonce: [high = 0, low = 0]}: Pick<Connection, 'nonce'>): number {
	return Math.round(500 + ((high * 256 + low) / 65_536) * 4_500);
}

/** What a socket was closed for, as one word. */
function wordOf(reason: string): string {
	return reason.replaceAll(' ', '_');
}
