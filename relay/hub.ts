/**
 * Between sockets and rooms: binds a socket to a proven peer, hands its messages to the rooms, carries out what they
 * decide, and gives up sockets that are silent, too slow or too late. Knows neither ws nor http; time and timers are
 * given to it.
 */
import {closeCodes, type ErrorCode, errorCodes} from '../source/protocol/codes.js';
import {encodeBase64Url} from '../source/protocol/ids.js';
import * as limits from '../source/protocol/limits.js';
import {parseClientMessage, type RelayFacts, type RelayMessage} from '../source/protocol/relay-messages.js';
import {type AdmissionRules, admit, type Handshake} from './admission.js';
import {FailedAttempts} from './attempts.js';
import {Bucket} from './bucket.js';
import {Counts, type RelayCounters} from './counters.js';
import {type ErrorDetails, errorMessage, refuse, type RelayEffect, type SocketId} from './effect.js';
import {type Meter, Outbox, type Sink} from './outbox.js';
import {type RoomLimits, Rooms} from './rooms.js';

/** One socket as its adapter offers it. */
export type SocketPort = Sink & {
	/** Where the client comes from, as far as the relay can tell. */
	readonly address: string;
	readonly port: number;
	/** Everything that has arrived so far, incomplete messages too. */
	bytesRead(): number;
	ping(): void;
	/** Closes after what was written; `terminate` does not wait for anything. */
	close(code: number, reason: string): void;
	terminate(): void;
};

/** What an adapter tells about a socket. */
export type SocketEvents = {
	readonly text: (bytes: Uint8Array) => void;
	/** The memory of the frame is the hub's from now on. */
	readonly binary: (bytes: Uint8Array) => void;
	/** A message above every limit is under way; the adapter closes the socket after this. */
	readonly tooLarge: () => void;
	readonly closed: () => void;
};

export type Clock = {
	now(): number;
	/** Calls back once after the time; returns how to call it off. */
	after(delayMs: number, run: () => void): () => void;
};

export type HubOptions = {
	readonly rules: AdmissionRules;
	readonly limits: RoomLimits;
	readonly maxSockets: number;
	readonly facts: Omit<RelayFacts, 'observed_ip' | 'observed_port'>;
	readonly clock: Clock;
	/** 32 new random bytes. */
	readonly nonce: () => Uint8Array;
	readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
	readonly times: HubTimes;
};

export type HubTimes = {
	readonly handshakeDeadlineMs: number;
	readonly pingIntervalMs: number;
	readonly deadAfterMs: number;
	/** From a handshake to its `not_admitted`, whatever was wrong. */
	readonly refusalMs: number;
};

export const defaultTimes: HubTimes = {
	handshakeDeadlineMs: limits.handshakeDeadlineMs,
	pingIntervalMs: limits.pingIntervalMs,
	deadAfterMs: limits.deadAfterMs,
	refusalMs: 250,
};

/** Two tunnels' largest windows, or the granted credit of sixteen usual ones. */
const maxQueueBytes = 2 * limits.maxWindowBytes;
/** Of all destinations together. */
const maxWaitingBytes = 256 * 1024 * 1024;
/** A peer with a full tunnel sends some hundred messages a second; several times that is a fault. */
const messagesPerSecond = 5_000;
const messageBurst = 10_000;
/** Sockets that have not entered yet cost memory that nobody answers for. */
const maxStrangers = 256;

type Connection = {
	readonly id: SocketId;
	readonly port: SocketPort;
	readonly outbox: Outbox;
	readonly nonce: Uint8Array;
	readonly messages: Bucket;
	status: 'stranger' | 'member' | 'closing';
	attempts: number;
	bytesRead: number;
	heardAt: number;
	pingedAt: number;
	limitedAt: number;
	cancelDeadline: () => void;
};

export class Hub {
	readonly #options: HubOptions;
	readonly #clock: Clock;
	readonly #rooms: Rooms;
	readonly #connections = new Map<SocketId, Connection>();
	readonly #failures = new FailedAttempts();
	readonly #meter: Meter = {waitingBytes: 0, maxWaitingBytes};
	readonly #counts = new Counts();
	readonly #effects: RelayEffect[] = [];
	#strangers = 0;
	#nextId = 1;
	#tickedAt: number;
	#running = false;
	#draining = false;
	#wakeAt = Infinity;

	constructor(options: HubOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.#rooms = new Rooms(options.limits, options.clock.now());
		this.#tickedAt = options.clock.now();
	}

	get isDraining(): boolean {
		return this.#draining;
	}

	/** A new socket: greets it, or sends it away where there is no room. */
	connect(port: SocketPort): SocketEvents {
		const now = this.#clock.now();
		const connection: Connection = {
			id: this.#nextId++,
			port,
			outbox: new Outbox(port, maxQueueBytes, this.#meter),
			nonce: this.#options.nonce(),
			messages: new Bucket(messagesPerSecond, now, messageBurst),
			status: 'stranger',
			attempts: 0,
			bytesRead: 0,
			heardAt: now,
			pingedAt: now,
			limitedAt: -Infinity,
			cancelDeadline: () => undefined,
		};
		this.#connections.set(connection.id, connection);
		this.#strangers++;
		this.#counts.totals.socketsOpened++;
		const isFull = this.#strangers > maxStrangers || this.#connections.size > this.#options.maxSockets;
		if (this.#draining || isFull) {
			this.#tell(connection, errorMessage(this.#draining ? 'shutting_down' : 'relay_full'));
			const code = this.#draining ? closeCodes.restart : closeCodes.overloaded;
			this.#close(connection, code, this.#draining ? 'shutting_down' : 'relay_full');
		} else {
			connection.cancelDeadline = this.#clock.after(this.#options.times.handshakeDeadlineMs, () => {
				if (connection.status === 'stranger')
					this.#close(connection, closeCodes.policy, 'no handshake in time');
			});
			const nonce = encodeBase64Url(connection.nonce);
			this.#tell(connection, {type: 'welcome', nonce, versions: [...limits.protocolVersions]});
		}

		return {
			text: (bytes) => this.#receiveText(connection, bytes),
			binary: (bytes) => this.#receiveFrame(connection, bytes),
			tooLarge: () => this.#refuseFrame(connection, limits.maxPayloadBytes),
			closed: () => this.#forget(connection, 'lost'),
		};
	}

	/** Once a second: pings, gives up the silent, forgets what is old. */
	tick(): void {
		const now = this.#clock.now();
		const {pingIntervalMs, deadAfterMs} = this.#options.times;
		// After a sleep of this process nobody could have been heard: everybody gets a fresh period.
		const wasAsleep = now - this.#tickedAt > 1000 + limits.lateTimerMs;
		this.#tickedAt = now;
		for (const connection of this.#connections.values()) {
			const bytesRead = connection.port.bytesRead();
			if (wasAsleep || bytesRead !== connection.bytesRead) connection.heardAt = now;
			connection.bytesRead = bytesRead;
			if (now - connection.heardAt >= deadAfterMs) {
				this.#counts.totals.silent++;
				this.#giveUp(connection, 'silent');
			} else if (now - connection.pingedAt >= pingIntervalMs) {
				connection.pingedAt = now;
				connection.port.ping();
			}
		}

		this.#rooms.expire(now);
	}

	/** Says `shutting_down` to everybody and closes; no socket is taken any more. */
	shutDown(): void {
		this.#draining = true;
		for (const connection of this.#connections.values()) {
			this.#tell(connection, errorMessage('shutting_down'));
			connection.outbox.flush();
			connection.status = 'closing';
			connection.cancelDeadline();
			connection.port.close(closeCodes.restart, 'shutting_down');
		}
	}

	counters(): RelayCounters {
		return {
			sockets: this.#connections.size,
			sessions: this.#rooms.sessionCount,
			peers: this.#rooms.peerCount,
			tunnels: this.#rooms.tunnelCount,
			waitingBytes: this.#meter.waitingBytes,
			...this.#counts.totals,
			errors: Object.fromEntries(this.#counts.errors),
		};
	}

	#receiveText(connection: Connection, bytes: Uint8Array): void {
		if (connection.status === 'closing' || !this.#mayReceive(connection, bytes)) return;
		if (bytes.length > limits.maxTextBytes) return this.#refuseFrame(connection, limits.maxTextBytes);
		const parsed = parseClientMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
		if (!parsed.ok) {
			// Errors are never answered with errors.
			if (parsed.in_reply_to === 'error') return;
			const {code, message, in_reply_to: inReplyTo} = parsed;
			return this.#tell(connection, errorMessage(code, {message, inReplyTo}));
		}

		const {message} = parsed;
		const isHandshake = message.type === 'create_session' || message.type === 'join_session';
		if (isHandshake && connection.status === 'stranger') return this.#receiveHandshake(connection, message);
		this.#run(this.#rooms.receive(connection.id, message, bytes.length, this.#clock.now()));
	}

	#receiveFrame(connection: Connection, bytes: Uint8Array): void {
		if (connection.status === 'closing' || !this.#mayReceive(connection, bytes)) return;
		if (bytes.length > limits.maxFrameBytes) return this.#refuseFrame(connection, limits.maxDataBytes);
		this.#run(this.#rooms.receiveFrame(connection.id, bytes, this.#clock.now()));
	}

	#receiveHandshake(connection: Connection, handshake: Handshake): void {
		const now = this.#clock.now();
		const inReplyTo = handshake.type;
		const {address, port} = connection.port;
		connection.attempts++;
		if (connection.attempts > limits.maxHandshakeAttempts) {
			return this.#close(connection, closeCodes.policy, 'too many attempts');
		}

		if (this.#failures.isLimited(address, now)) return this.#refuse(connection, 'rate_limited', {inReplyTo});
		const knownHash = this.#rooms.admissionHashOf(handshake.session_id);
		const admission = admit(handshake, connection.nonce, knownHash, this.#options.rules);
		if (!admission.ok) {
			this.#failures.add(address, now);
			return this.#refuseEntry(connection, handshake, admission.code);
		}

		const {public_key: publicKey, peer_id: peerId, name, instance, session_id: sessionId} = handshake;
		const effects = this.#rooms.enter(
			{
				...admission,
				sessionId,
				member: {socket: connection.id, peerId, publicKey, name, instance},
				...(handshake.type === 'create_session' ? {founderKey: handshake.founder_key} : {}),
				facts: {...this.#options.facts, observed_ip: address, observed_port: port},
			},
			now,
		);
		if (this.#rooms.identityOf(connection.id)) {
			connection.status = 'member';
			connection.cancelDeadline();
			this.#strangers--;
			this.#options.log('peer entered', {session: sessionId.slice(0, 6), peer: peerId.slice(0, 6)});
		}

		this.#run(effects);
	}

	#refuseEntry(connection: Connection, handshake: Handshake, code: ErrorCode): void {
		const inReplyTo = handshake.type;
		this.#options.log('peer refused', {code, peer: handshake.peer_id.slice(0, 6)});
		if (code === 'not_admitted') {
			// One time for every reason, and slow enough to make guessing dull.
			this.#clock.after(this.#options.times.refusalMs, () => this.#refuse(connection, code, {inReplyTo}));
		} else if (code === 'unsupported_version') {
			this.#refuse(connection, code, versionDetails(handshake));
		} else {
			this.#refuse(connection, code, {inReplyTo});
		}
	}

	#refuseFrame(connection: Connection, maxBytes: number): void {
		this.#refuse(connection, 'frame_too_large', {
			message: `${errorCodes.frame_too_large} The limit is ${maxBytes} bytes.`,
		});
	}

	/** Counts a message; false where its sender sends too many, which it is told once a second. */
	#mayReceive(connection: Connection, bytes: Uint8Array): boolean {
		const now = this.#clock.now();
		this.#counts.received(bytes.length);
		if (connection.messages.trySpend(1, now)) return true;
		if (now - connection.limitedAt >= 1000) {
			connection.limitedAt = now;
			this.#refuse(connection, 'rate_limited');
		}

		return false;
	}

	#refuse(connection: Connection, code: ErrorCode, details?: ErrorDetails): void {
		this.#run([refuse(connection.id, code, details)]);
	}

	#tell(connection: Connection, message: RelayMessage): void {
		this.#run([{type: 'send', to: connection.id, lane: 'control', message}]);
	}

	/** Carries out effects in order, those that they lead to as well. */
	#run(effects: readonly RelayEffect[]): void {
		this.#effects.push(...effects);
		if (this.#running) return;
		this.#running = true;
		let encoded: {message: RelayMessage; bytes: Uint8Array} | undefined;
		for (let effect = this.#effects.shift(); effect; effect = this.#effects.shift()) {
			if (effect.type === 'wake') {
				this.#wake(effect.at);
			} else if (effect.type === 'close') {
				const connection = this.#connections.get(effect.socket);
				if (connection) this.#close(connection, effect.code, effect.reason);
			} else if (effect.type === 'send-frame') {
				this.#push(effect, {bytes: effect.bytes, binary: true});
			} else {
				// A message to many is one object in many effects: encoded once.
				if (encoded?.message !== effect.message) {
					encoded = {message: effect.message, bytes: Buffer.from(JSON.stringify(effect.message))};
				}

				this.#push(effect, {bytes: encoded.bytes, binary: false});
			}
		}

		this.#running = false;
	}

	#push(
		effect: Extract<RelayEffect, {type: 'send' | 'send-frame'}>,
		outgoing: {readonly bytes: Uint8Array; readonly binary: boolean},
	): void {
		const connection = this.#connections.get(effect.to);
		if (!connection || connection.status === 'closing') return;
		if (connection.outbox.push(effect.lane, outgoing)) {
			this.#counts.sent(effect, outgoing.bytes.length);
		} else {
			this.#counts.totals.tooSlow++;
			this.#giveUp(connection, 'too_slow');
		}
	}

	/** One timer for all that is held back; it rings for the earliest. */
	#wake(at: number): void {
		if (at >= this.#wakeAt) return;
		this.#wakeAt = at;
		this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
			if (this.#wakeAt === at) this.#wakeAt = Infinity;
			this.#run(this.#rooms.release(this.#clock.now()));
		});
	}

	#close(connection: Connection, code: number, reason: string): void {
		if (connection.status === 'closing') return;
		connection.outbox.flush();
		this.#detach(connection, 'left');
		connection.port.close(code, reason);
	}

	/** Cuts a socket off at once: what waits for it is dropped. */
	#giveUp(connection: Connection, reason: string): void {
		this.#options.log('socket given up', {reason, waitingBytes: connection.outbox.bytes});
		this.#detach(connection, reason);
		this.#connections.delete(connection.id);
		connection.port.terminate();
	}

	#forget(connection: Connection, reason: string): void {
		this.#detach(connection, reason);
		this.#connections.delete(connection.id);
		this.#run(this.#rooms.leave(connection.id, reason, this.#clock.now()));
	}

	/** Takes a socket out of its session; from now on it is only waited for. */
	#detach(connection: Connection, reason: string): void {
		if (connection.status === 'closing') return;
		if (connection.status === 'stranger') this.#strangers--;
		connection.status = 'closing';
		connection.cancelDeadline();
		connection.outbox.clear();
		this.#run(this.#rooms.leave(connection.id, reason, this.#clock.now()));
	}
}

/** Says which of the two must be updated. */
function versionDetails(handshake: Handshake): ErrorDetails {
	const [lowest, highest] = limits.protocolVersions;
	const who = handshake.protocol_version > highest ? 'The relay' : 'This program';
	return {
		inReplyTo: handshake.type,
		versions: [lowest, highest],
		message: `The relay speaks versions ${lowest} to ${highest}, you ${handshake.protocol_version}. ${who} must be updated.`,
	};
}
