/**
 * Between sockets and rooms: greets a socket, has what it says taken in, and gives it up when it is silent or late. Knows
 * neither ws nor http; time and timers are given to it.
 *
 *     socket    on                                        to
 *     stranger  create or join that is admitted           member
 *     stranger  no handshake in time, too many tries      closing
 *     member    leave, replaced, too slow, silent         closing
 *     any       the relay shuts down, the socket's end    closing
 */
import {closeCodes} from '../source/protocol/codes.js';
import {encodeBase64Url} from '../source/protocol/ids.js';
import * as limits from '../source/protocol/limits.js';
import {type AdmissionRules} from './admission.js';
import {Cluster, type ClusterFigures, type ClusterOptions} from './cluster/cluster.js';
import {Addresses} from './addresses.js';
import {type Clock, openConnection, type SocketPort} from './connection.js';
import {Counts, type RelayCounters} from './counters.js';
import {comeBackMs, Delivery, type Log} from './delivery.js';
import {Door, type FactsFor} from './door.js';
import {errorMessage} from './effect.js';
import {Intake} from './intake.js';
import {isCrowded, type Meter} from './outbox.js';
import {maxSocketsOf, type RelayLimits} from './relay-limits.js';
import {relayText} from './relay-text.js';
import {Strangers} from './strangers.js';
import {isStuck, isUnfinished, listen} from './silence.js';
import {Rooms, type Shared, type TurnRenewal} from './rooms.js';
import {SessionBook, type SessionStatus} from './session-book.js';

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
/** Beyond this those go who have stood still for longest: however many do, the relay has room for those who do not. */
const mostWaitingBytes = 256 * 1024 * 1024;

export class Hub {
	readonly #options: HubOptions;
	readonly #clock: Clock;
	readonly #rooms: Rooms;
	readonly #delivery: Delivery;
	readonly #intake: Intake;
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
			...{maxWaitingBytes, mostWaitingBytes},
			...(queueTime ? {left: (queuedAt: number) => queueTime(clock.now() - queuedAt)} : {}),
		};
		const rooms = new Rooms(options.limits, clock.now(), turn, cluster);
		const delivery = new Delivery({
			...{rooms, clock, counts: this.counts, log, book: this.book, meter: this.#meter},
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
		const {refusalMs, reportEveryMs} = options.times;
		const {counts} = this;
		const door = new Door({
			...{rules, factsFor, rooms, delivery, clock, log, refusalMs, handshakes: counts.handshakes},
			lookUp: this.#cluster && ((...asked) => this.#cluster?.lookUp(...asked)),
		});
		this.#intake = new Intake({rooms, delivery, door, counts, clock, reportEveryMs});
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
		const {times} = this.#options;
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
		const socketsOfAddress = this.#addresses.enter(port.address);
		this.counts.socketsOpened++;
		if (this.#isDraining) {
			this.#delivery.tell(connection, errorMessage('shutting_down', {retryAfterMs: comeBackMs(connection)}));
			this.#delivery.close(connection, closeCodes.restart, 'shutting_down');
		} else if (
			connections.size > maxSocketsOf(this.limits) ||
			socketsOfAddress > this.limits.maxSocketsOfAddress ||
			!this.#strangers.admit(connection, this.limits)
		) {
			this.#delivery.tell(connection, errorMessage('relay_full', {retryAfterMs: comeBackMs(connection)}));
			this.#delivery.close(connection, closeCodes.overloaded, 'relay_full');
		} else {
			connection.cancelDeadline = this.#clock.after(times.handshakeDeadlineMs, () => {
				this.#delivery.close(connection, closeCodes.policy, relayText.clients.noHandshake);
			});
			const nonce = encodeBase64Url(connection.nonce);
			this.#delivery.tell(connection, {type: 'welcome', nonce, versions: [...limits.protocolVersions]});
		}

		return {
			text: (bytes) => this.#intake.text(connection, bytes),
			binary: (bytes) => this.#intake.frame(connection, bytes),
			tooLarge: () => this.#intake.tooLarge(connection),
			closed: () => {
				this.#addresses.leave(port.address);
				this.#delivery.forget(connection, 'lost');
			},
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
			listen(connection, now, {wasAsleep});
			if (isUnfinished(connection, now)) {
				this.#delivery.giveUp(connection, 'unfinished');
			} else if (now - connection.heardAt >= deadAfterMs) {
				this.#delivery.giveUp(connection, 'silent');
			} else if (isStuck(connection, now, {isCrowded: isCrowded(this.#meter)})) {
				this.#delivery.giveUp(connection, 'too_slow');
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
}
