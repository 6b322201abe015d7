/** What comes from a socket: weighed, counted and read, then handed to the door or the rooms. Who says too much is told. */
import {errorCodes} from '../source/protocol/codes.js';
import * as limits from '../source/protocol/limits.js';
import {type ClientMessageOf, parseClientMessage} from '../source/protocol/relay-messages.js';
import {type Account} from './account.js';
import {type Clock, type Connection} from './connection.js';
import {type Counts, type Kind, kindOf} from './counters.js';
import {type Delivery} from './delivery.js';
import {type Door} from './door.js';
import {relayText} from './relay-text.js';
import {type Rooms} from './rooms.js';
import {noteBytes, noteReport} from './session-book.js';

/** How often a peer is told that it sends too many messages. */
const tellEveryMs = 1_000;

export class Intake {
	readonly #rooms: Rooms;
	readonly #delivery: Delivery;
	readonly #door: Door;
	readonly #counts: Counts;
	readonly #clock: Clock;
	readonly #reportEveryMs: number;

	constructor(parts: {
		readonly rooms: Rooms;
		readonly delivery: Delivery;
		readonly door: Door;
		readonly counts: Counts;
		readonly clock: Clock;
		/** How often members are asked what their links carry. */
		readonly reportEveryMs: number;
	}) {
		this.#rooms = parts.rooms;
		this.#delivery = parts.delivery;
		this.#door = parts.door;
		this.#counts = parts.counts;
		this.#clock = parts.clock;
		this.#reportEveryMs = parts.reportEveryMs;
	}

	/** A text message, as it came. */
	text(connection: Connection, bytes: Uint8Array): void {
		if (!this.#mayReceive(connection, bytes, 1)) return;
		if (bytes.length > limits.maxTextBytes) {
			this.#note(connection, 'control', bytes.length);
			return this.tooLarge(connection);
		}

		const parsed = parseClientMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
		this.#note(connection, parsed.ok ? kindOf(parsed.message.type) : 'control', bytes.length);
		if (!parsed.ok) {
			// Errors are never answered with errors.
			if (parsed.in_reply_to === 'error') return;
			const {code, message, in_reply_to: inReplyTo} = parsed;
			return this.#delivery.refuse(connection, code, {message, inReplyTo});
		}

		const {message} = parsed;
		const isHandshake = message.type === 'create_session' || message.type === 'join_session';
		if (isHandshake && connection.status === 'stranger') return this.#door.receive(connection, message);
		if (message.type === 'traffic_report') this.#takeReport(connection, message);
		this.#delivery.run(this.#rooms.receive(connection.id, message, bytes.length, this.#clock.now()));
	}

	/** A binary frame; its memory is the relay's from now on. */
	frame(connection: Connection, bytes: Uint8Array): void {
		if (!this.#mayReceive(connection, bytes, limits.frameCost)) return;
		this.#note(connection, 'proxy', bytes.length);
		if (bytes.length > limits.maxFrameBytes) return this.tooLarge(connection, 'binary_frame');
		this.#delivery.run(this.#rooms.receiveFrame(connection.id, bytes, this.#clock.now()));
	}

	/** A message above every limit, whether it is here or still under way. */
	tooLarge(connection: Connection, inReplyTo?: 'binary_frame'): void {
		const {maxTextBytes, maxDataBytes} = limits;
		const message = `${errorCodes.frame_too_large} ${relayText.clients.sizes(maxTextBytes, maxDataBytes)}`;
		this.#delivery.refuse(connection, 'frame_too_large', {message, inReplyTo});
	}

	/** Counts a message; false where it is not to be looked at. Who sends too many is told so once a second. */
	#mayReceive(connection: Connection, bytes: Uint8Array, cost: number): boolean {
		if (connection.status === 'closing') return false;
		connection.spoke = true;
		const now = this.#clock.now();
		const tooMuch = this.#accountsOf(connection).find((account) => !account.trySend(cost, now));
		if (!tooMuch) return true;
		this.#note(connection, cost < 1 ? 'proxy' : 'control', bytes.length);
		this.#counts.dropped.add('rate_limited');
		if (now - connection.limitedAt >= tellEveryMs) {
			connection.limitedAt = now;
			this.#delivery.refuse(connection, 'rate_limited', {retryAfterMs: tooMuch.messageWaitMs(now)});
		}

		return false;
	}

	/** All that a message counts for. */
	#accountsOf({id, accounts}: Connection): readonly Account[] {
		const session = this.#rooms.sessionAccountOf(id);
		return session ? [...accounts, session, this.#rooms.account] : [...accounts, this.#rooms.account];
	}

	#note({end}: Connection, kind: Kind, bytes: number): void {
		this.#counts.received(kind, bytes);
		if (end) noteBytes(end, kind, bytes);
	}

	/** What a member says of its own links; more often than it was asked for, it is not looked at. */
	#takeReport({id, end}: Connection, message: ClientMessageOf<'traffic_report'>): void {
		const own = this.#rooms.identityOf(id);
		if (!end || own?.peerId !== message.peer_id || own.sessionId !== message.session_id) return;
		// One may be late, and the next one in time.
		const leastMs = this.#reportEveryMs / 2;
		if (noteReport(end, message, this.#clock.now(), leastMs)) this.#counts.reported(message);
		else this.#counts.dropped.add('report_too_soon');
	}
}
