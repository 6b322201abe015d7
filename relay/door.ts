/** The handshake of a socket: how often it may be tried, what it is told, and that every refusal takes one time. */
import {closeCodes, type ErrorCode} from '../source/protocol/codes.js';
import {maxHandshakeAttempts, protocolVersions} from '../source/protocol/limits.js';
import {type RelayFacts} from '../source/protocol/relay-messages.js';
import {type AdmissionRules, admit, type Handshake} from './admission.js';
import {FailedAttempts} from './attempts.js';
import {type Clock, type Connection, noDeadline, type SocketPort} from './connection.js';
import {comeBackMs, type Delivery, type Log} from './delivery.js';
import {type ErrorDetails, type RelayEffect} from './effect.js';
import {type Elsewhere} from './entry.js';
import {relayText} from './relay-text.js';
import {type Rooms} from './rooms.js';
import {type Tally} from './tally.js';

/** The facts for one client: they depend on how it reached the relay, and on who it is. */
export type FactsFor = (client: Pick<SocketPort, 'address' | 'port' | 'host'>, peerId: string) => RelayFacts;

export type DoorOptions = {
	readonly rules: AdmissionRules;
	/** What a peer is told of the relay when it enters. */
	readonly factsFor: FactsFor;
	readonly rooms: Rooms;
	readonly delivery: Delivery;
	readonly clock: Clock;
	/** From a handshake to its `not_admitted`, whatever was wrong. */
	readonly refusalMs: number;
	/** Asks other relays for a session that is not known here; answers at once where there are none. */
	readonly lookUp?: LookUp;
	readonly log: Log;
	/** Counts handshakes by what came of them. */
	readonly handshakes: Tally;
};

type LookUp = (sessionId: string, answer: (found: Found | undefined) => void) => void;

/** A session that other relays have. */
export type Found = Elsewhere & {readonly admissionHash: Uint8Array};

/** A handshake that is being looked at. */
type Request = {
	readonly connection: Connection;
	readonly handshake: Handshake;
	readonly cameAt: number;
	readonly elsewhere?: Found;
};

export class Door {
	readonly #options: DoorOptions;
	readonly #failures = new FailedAttempts();

	constructor(options: DoorOptions) {
		this.#options = options;
	}

	/** A stranger's create or join. */
	receive(connection: Connection, handshake: Handshake): void {
		const {delivery, rooms, clock, lookUp} = this.#options;
		const now = clock.now();
		connection.attempts++;
		if (connection.attempts > maxHandshakeAttempts) {
			this.#options.handshakes.add('too_many_attempts');
			delivery.close(connection, closeCodes.policy, relayText.clients.tooManyAttempts);
			return;
		}

		const retryAfterMs = this.#failures.waitMs(connection.port.address, now);
		if (retryAfterMs > 0) {
			this.#options.handshakes.add('rate_limited');
			delivery.refuse(connection, 'rate_limited', {inReplyTo: handshake.type, retryAfterMs});
			return;
		}

		const knownHash = rooms.admissionHashOf(handshake.session_id);
		if (knownHash || !lookUp) return this.#judge({connection, handshake, cameAt: now}, knownHash);
		lookUp(handshake.session_id, (found) => {
			// Meanwhile this socket may have gone, or sent its handshake twice, or another member has come.
			if (connection.status !== 'stranger') return;
			const hash = rooms.admissionHashOf(handshake.session_id);
			const elsewhere = hash ? undefined : found;
			this.#judge({connection, handshake, cameAt: now, elsewhere}, hash ?? found?.admissionHash);
		});
	}

	#judge(request: Request, knownHash: Uint8Array | undefined): void {
		const {connection, handshake} = request;
		const admission = admit(handshake, connection.nonce, knownHash, this.#options.rules);
		if (admission.ok) {
			this.#enter(request, admission);
		} else {
			this.#failures.add(connection.port.address, request.cameAt);
			this.#refuse(request, admission.code);
		}
	}

	#enter(
		{connection, handshake, elsewhere}: Request,
		admission: {readonly admissionHash: Uint8Array; readonly sessionTicket?: string},
	): void {
		const {delivery, rooms, clock, factsFor, log} = this.#options;
		const {public_key: publicKey, peer_id: peerId, session_id: sessionId, name, instance} = handshake;
		const effects = rooms.enter(
			{
				...admission,
				sessionId,
				member: {socket: connection.id, peerId, publicKey, name, instance, accounts: connection.accounts},
				...(handshake.type === 'create_session' ? {founderKey: handshake.founder_key} : {}),
				facts: factsFor(connection.port, peerId),
				comeBackMs: comeBackMs(connection),
				elsewhere,
			},
			clock.now(),
		);
		if (rooms.identityOf(connection.id)) {
			connection.status = 'member';
			delivery.entered(connection, sessionId);
			this.#options.handshakes.add('admitted');
			connection.cancelDeadline();
			connection.cancelDeadline = noDeadline;
			log('peer entered', {session: sessionId.slice(0, 6), peer: peerId.slice(0, 6)});
		} else {
			this.#options.handshakes.add(refusalIn(effects));
		}

		delivery.run(effects);
	}

	#refuse({connection, handshake, cameAt}: Request, code: ErrorCode): void {
		const {delivery, clock, refusalMs, log} = this.#options;
		const inReplyTo = handshake.type;
		this.#options.handshakes.add(code);
		log('peer refused', {code, peer: handshake.peer_id.slice(0, 6)});
		if (code === 'not_admitted') {
			// Later than the slowest check, so that the time tells nothing; it also makes guessing dull.
			clock.after(Math.max(0, cameAt + refusalMs - clock.now()), () =>
				delivery.refuse(connection, code, {inReplyTo}),
			);
		} else if (code === 'unsupported_version') {
			delivery.refuse(connection, code, versionDetails(handshake));
		} else {
			delivery.refuse(connection, code, {inReplyTo});
		}
	}
}

/** Why an admitted peer is not let in: no room, or it is here already by a later connection. */
function refusalIn([first]: readonly RelayEffect[]): string {
	return first?.type === 'send' && first.message.type === 'error' ? first.message.code : 'later_in_use';
}

/** Says which of the two must be updated. */
function versionDetails(handshake: Handshake): ErrorDetails {
	const [lowest, highest] = protocolVersions;
	return {
		inReplyTo: handshake.type,
		versions: [lowest, highest],
		message: relayText.clients.versions(lowest, highest, handshake.protocol_version),
	};
}
