/**
 * Between sockets and rooms: greets a socket, lets it in through the door, hands what it says to the rooms, and gives
 * it up when it is silent or late. Knows neither ws nor http; time and timers are given to it.
 *
 *     socket    on                                        to
 *     stranger  create or join that is admitted           member
 *     stranger  no handshake in time, too many tries      closing
 *     member    leave, replaced, too slow, silent         closing
 *     any       the relay shuts down, the socket's end    closing
 */
import {closeCodes, errorCodes} from '../source/protocol/codes.js';
import {encodeBase64Url} from '../source/protocol/ids.js';
import * as limits from '../source/protocol/limits.js';
import {type ClientMessageOf, parseClientMessage} from '../source/protocol/relay-messages.js';
import {type AdmissionRules} from './admission.js';
import {Cluster, type ClusterFigures, type ClusterOptions} from './cluster/cluster.js';
import {Addresses} from './addresses.js';
import {type Account} from './account.js';
import {type Clock, type Connection, openConnection, type SocketPort} from './connection.js';
import {Counts, type Kind, kindOf, type RelayCounters} from './counters.js';
import {comeBackMs, Delivery, type Log} from './delivery.js';
import {Door, type FactsFor} from './door.js';
import {errorMessage} from './effect.js';
import {type Meter} from './outbox.js';
import {type RelayLimits} from './relay-limits.js';
import {Strangers} from './strangers.js';
import {Rooms, type Shared, type TurnRenewal} from './rooms.js';
import {noteBytes, noteReport, SessionBook, type SessionStatus} from './session-book.js';

/** What an adapter tells about a socket. */
export type SocketEvents = {
	readonly text: (bytes: Uint8Array) => void;
	/** The memory of the frame is the hub's from now on. */
	readonly binary: (bytes: Uint8Array) => void;
	/** A message above every limit is under way; the adapter closes the socket after this. */
	readonly tooLarge: () => void;
	readonly closed: () => void;
};

export type HubOptions = {
	readonly rules: AdmissionRules;
	readonly limits: RelayLimits;
	readonly maxSockets: number;
	readonly factsFor: FactsFor;
	readonly turn?: TurnRenewal;
	/** The other relays that this one is one with, and what time 0 of the clock is. */
	readonly cluster?: ClusterOptions & Shared;
	readonly clock: Clock;
	/** 32 new random bytes. */
	readonly nonce: () => Uint8Array;
	readonly log: Log;
	/** Told how long each message waited for its receiver, in ms. */
	readonly queueTime?: (ms: number) => void;
	readonly times: HubTimes;
};

export type HubTimes = {
	readonly handshakeDeadlineMs: number;
	readonly pingIntervalMs: number;
	readonly deadAfterMs: number;
	/** From a handshake to its `not_admitted`, whatever was wrong. */
	readonly refusalMs: number;
	/** How often members are asked what their links carry. */
	readonly reportEveryMs: number;
};

export const defaultTimes: HubTimes = {
	handshakeDeadlineMs: limits.handshakeDeadlineMs,
	pingIntervalMs: limits.pingIntervalMs,
	deadAfterMs: limits.deadAfterMs,
	refusalMs: 250,
	reportEveryMs: limits.reportEveryMs,
};

/** How often `tick` is to be called. */
export const tickIntervalMs = 1_000;

/**
 * What may wait for slow readers in all; beyond it each has only its fair share, which holds what a tunnel begins with.
 * So a hundred that stand still cost no more than 200 MB, whatever they granted.
 */
const maxWaitingBytes = 64 * 1024 * 1024;
/** A handshake has some hundred bytes; before it nobody may store more here. */
const maxStrangerBytes = 64 * 1024;
/** So much of one message, for so long: it is not slow, it is never meant to end. */
const maxUnfinishedBytes = 64 * 1024;
const unfinishedMs = 60_000;

/** Against a text message, which is parsed and checked. A fast tunnel sends 10,000 frames a second. */
const frameCost = 0.1;

export class Hub {
	readonly #options: HubOptions;
	readonly #clock: Clock;
	readonly #rooms: Rooms;
	readonly #delivery: Delivery;
	readonly #door: Door;
	readonly #cluster: Cluster | undefined;
	readonly #meter: Meter;
	readonly counts = new Counts();
	readonly book = new SessionBook();
	readonly #addresses: Addresses;
	readonly #strangers = new Strangers();
	#nextId = 1;
	#tickedAt: number;
	#isDraining = false;

	constructor(options: HubOptions) {
		const {clock, log, rules, factsFor, turn, cluster} = options;
		this.#options = options;
		this.#clock = clock;
		this.#tickedAt = clock.now();
		const {queueTime} = options;
		this.#meter = {
			waitingBytes: 0,
			maxWaitingBytes,
			...(queueTime ? {left: (queuedAt: number) => queueTime(clock.now() - queuedAt)} : {}),
		};
		const rooms = new Rooms(options.limits, clock.now(), turn, cluster);
		const delivery = new Delivery({
			...{rooms, clock, counts: this.counts, log, book: this.book},
			announce: (sessionId, left) => this.#cluster?.announce(sessionId, left),
		});
		this.#rooms = rooms;
		this.#addresses = new Addresses((at) => rooms.newAccount('address', at));
		this.#delivery = delivery;
		this.#cluster =
			cluster &&
			new Cluster({
				...{...cluster, rooms, delivery, clock, log, meter: this.#meter},
				newSocketId: () => this.#nextId++,
			});
		this.#door = new Door({
			...{
				rules,
				factsFor,
				rooms,
				delivery,
				clock,
				log,
				refusalMs: options.times.refusalMs,
				handshakes: this.counts.handshakes,
			},
			lookUp: this.#cluster && ((...asked) => this.#cluster?.lookUp(...asked)),
		});
	}

	/** How long sockets get for their last bytes when the relay goes; undefined: as long as any that closes. */
	patienceMs: number | undefined;

	get isDraining(): boolean {
		return this.#isDraining;
	}

	/** The limits in force, and from when they are set on for all that is there. */
	get limits(): RelayLimits {
		return this.#rooms.limits;
	}

	set limits(limits: RelayLimits) {
		this.#rooms.limits = limits;
	}

	/** A new socket: greets it, or sends it away where there is no room. */
	connect(port: SocketPort): SocketEvents {
		const {maxSockets, times} = this.#options;
		const now = this.#clock.now();
		const connection = openConnection(
			this.#nextId++,
			port,
			this.#options.nonce(),
			this.#meter,
			[this.#rooms.newAccount('connection', now), this.#addresses.accountOf(port.address, now)],
			now,
		);
		const {connections} = this.#delivery;
		connections.set(connection.id, connection);
		this.counts.socketsOpened++;
		if (this.#isDraining) {
			this.#delivery.tell(connection, errorMessage('shutting_down', {retryAfterMs: comeBackMs(connection)}));
			this.#delivery.close(connection, closeCodes.restart, 'shutting_down');
		} else if (connections.size > maxSockets || !this.#strangers.admit(connection, this.limits)) {
			this.#delivery.tell(connection, errorMessage('relay_full', {retryAfterMs: comeBackMs(connection)}));
			this.#delivery.close(connection, closeCodes.overloaded, 'relay_full');
		} else {
			connection.cancelDeadline = this.#clock.after(times.handshakeDeadlineMs, () => {
				this.#delivery.close(connection, closeCodes.policy, 'no handshake in time');
			});
			const nonce = encodeBase64Url(connection.nonce);
			this.#delivery.tell(connection, {type: 'welcome', nonce, versions: [...limits.protocolVersions]});
		}

		return {
			text: (bytes) => this.#receiveText(connection, bytes),
			binary: (bytes) => this.#receiveFrame(connection, bytes),
			tooLarge: () => this.#refuseSize(connection),
			closed: () => this.#delivery.forget(connection, 'lost'),
		};
	}

	/** Pings, gives up the silent, forgets what is old. */
	tick(): void {
		const now = this.#clock.now();
		const {pingIntervalMs, deadAfterMs} = this.#options.times;
		// After a sleep of this process nobody could have been heard: everybody gets a fresh period.
		const wasAsleep = now - this.#tickedAt > tickIntervalMs + limits.lateTimerMs;
		this.#tickedAt = now;
		for (const connection of this.#delivery.connections.values()) {
			const bytesRead = connection.port.bytesRead();
			if (wasAsleep || bytesRead !== connection.bytesRead) connection.heardAt = now;
			connection.bytesRead = bytesRead;
			if (this.#isUnfinished(connection, now)) this.#delivery.giveUp(connection, 'unfinished');
			if (now - connection.heardAt >= deadAfterMs) {
				this.#delivery.giveUp(connection, 'silent');
			} else if (now - connection.pingedAt >= pingIntervalMs && connection.status !== 'closing') {
				connection.pingedAt = now;
				connection.port.ping();
			}
		}

		this.#rooms.expire(now);
		this.#cluster?.tick(now);
	}

	/** Says `shutting_down` to everybody and closes; no socket is taken any more. */
	shutDown(): void {
		this.#isDraining = true;
		this.#delivery.shutDown();
		this.#cluster?.bye();
	}

	counters(): RelayCounters {
		return {
			sockets: this.#delivery.connections.size,
			sessions: this.#rooms.sessionCount,
			peers: this.#rooms.peerCount,
			tunnels: this.#rooms.tunnelCount,
			waitingBytes: this.#meter.waitingBytes,
			...this.counts.totals(),
		};
	}

	/** Of the relays that this one is one with; undefined where it stands alone by its options. */
	clusterFigures(): ClusterFigures | undefined {
		return this.#cluster?.figures();
	}

	/** The sessions that move most, for `/status`. */
	listSessions(most: number): SessionStatus[] {
		return this.book.list(this.#clock.now(), most);
	}

	#receiveText(connection: Connection, bytes: Uint8Array): void {
		if (!this.#mayReceive(connection, bytes, 1)) return;
		if (bytes.length > limits.maxTextBytes) {
			this.#note(connection, 'control', bytes.length);
			return this.#refuseSize(connection);
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

	#receiveFrame(connection: Connection, bytes: Uint8Array): void {
		if (!this.#mayReceive(connection, bytes, frameCost)) return;
		this.#note(connection, 'proxy', bytes.length);
		if (bytes.length > limits.maxFrameBytes) return this.#refuseSize(connection, 'binary_frame');
		this.#delivery.run(this.#rooms.receiveFrame(connection.id, bytes, this.#clock.now()));
	}

	#refuseSize(connection: Connection, inReplyTo?: 'binary_frame'): void {
		const {maxTextBytes, maxDataBytes} = limits;
		const bounds = `Text may have ${maxTextBytes} bytes, the data of a binary frame ${maxDataBytes}.`;
		const message = `${errorCodes.frame_too_large} ${bounds}`;
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
		this.counts.dropped.add('rate_limited');
		if (now - connection.limitedAt >= 1_000) {
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
		this.counts.received(kind, bytes);
		if (end) noteBytes(end, kind, bytes);
	}

	/** What a member says of its own links; more often than it was asked for, it is not looked at. */
	#takeReport({id, end}: Connection, message: ClientMessageOf<'traffic_report'>): void {
		const own = this.#rooms.identityOf(id);
		if (!end || own?.peerId !== message.peer_id || own.sessionId !== message.session_id) return;
		// One may be late, and the next one in time.
		const leastMs = this.#options.times.reportEveryMs / 2;
		if (noteReport(end, message, this.#clock.now(), leastMs)) this.counts.reported(message);
		else this.counts.dropped.add('report_too_soon');
	}

	/** A message that is begun and goes on without end holds memory that nobody answers for. */
	#isUnfinished(connection: Connection, now: number): boolean {
		const {status, bytesRead} = connection;
		if (status === 'closing') return false;
		if (status === 'stranger' && bytesRead > maxStrangerBytes) return true;
		if (connection.spoke) {
			connection.spoke = false;
			connection.wholeBytes = bytesRead;
			connection.wholeAt = now;
		}

		return bytesRead - connection.wholeBytes > maxUnfinishedBytes && now - connection.wholeAt > unfinishedMs;
	}
}
