/**
 * Holds the one connection to a relay: opens it where the core says so, at the addresses that are known, and turns
 * what the relay says into events. An answer carries the attempt that asked for it.
 */
import {type Effect} from '../core/effect.js';
import {type Event, type RosterEntry} from '../core/event.js';
import {Failure} from '../protocol/failure.js';
import {type RelayMessage} from '../protocol/relay-messages.js';
import {type Identity} from '../transport/identity.js';
import {connectRelay, type RelayConnection} from '../transport/relay-socket.js';
import {type SessionKeys} from '../transport/session-keys.js';
import {isNoInternet} from './no-internet.js';
import {type Heat, raceAddresses} from './race-addresses.js';

/** Each address gets this long. */
const addressTimeoutMs = 6000;

export type RelayDeskOptions = {
	/** WebSocket addresses, best first. */
	readonly urls: readonly string[];
	readonly identity: Identity;
	keys: SessionKeys;
	founderKey: string;
	readonly name: string;
	readonly instance: string;
	readonly relayToken?: string;
	sessionTicket?: string;
	/** Ticket with which the session can be formed again on a relay that asks for a token. */
	readonly ticketReceived: (ticket: string) => void;
	readonly dispatch: (event: Event) => void;
};

/** Signals that come before there is anybody to take them: a peer that saw us join may be quick. */
const maxEarlySignals = 64;

export class RelayDesk {
	readonly #options: RelayDeskOptions;
	readonly #earlySignals: RelayMessage[] = [];
	#signalled: ((message: RelayMessage) => void) | undefined;
	readonly #stop = new AbortController();
	#attempt = 0;
	#round: AbortController | undefined;
	#connection: RelayConnection | undefined;

	constructor(options: RelayDeskOptions) {
		this.#options = options;
	}

	get connection(): RelayConnection | undefined {
		return this.#connection;
	}

	/** From now on what peers say about direct connections goes there, what has come already first. */
	set signalled(signalled: (message: RelayMessage) => void) {
		this.#signalled = signalled;
		for (const message of this.#earlySignals.splice(0)) signalled(message);
	}

	/**
	 * Connects at the first address that answers; `join` only for a session we have never been admitted to. `entering` is
	 * called when a relay is asked to let us in.
	 */
	async connect(
		mode: 'create' | 'join',
		attempt: number,
		signal?: AbortSignal,
		entering?: () => void,
	): Promise<RelayConnection> {
		const {urls} = this.#options;
		let failure: unknown = new Failure('no_relay');
		let isOffline = urls.length > 0;
		const connection = await raceAddresses({
			addresses: urls,
			signal: signal ? AbortSignal.any([this.#stop.signal, signal]) : this.#stop.signal,
			connect: async (url, {signal, turn}) => {
				const entry = async () => turn().then(entering);
				return this.#connectTo(url, mode, attempt, {signal, turn: entry});
			},
			failed: (error) => {
				const isFatal = error instanceof Failure && error.severity === 'fatal';
				// Who answered and asked to wait says more than the next address that is silent.
				if (isFatal || !askedWait(failure) || askedWait(error)) failure = error;
				isOffline &&= isNoInternet(error);
				return isFatal;
			},
		});
		if (connection) return connection;
		if (isOffline) throw new Failure('relay_unreachable', {message: 'no_internet', cause: failure});
		throw failure instanceof Error ? failure : new Failure('no_relay');
	}

	/**
	 * A first joiner has learnt who founded the session. What comes over the connection that let it in, the one of this
	 * attempt, counts from now on, though it is taken over later.
	 */
	admittedTo(keys: SessionKeys, founderKey: string, attempt: number): void {
		this.#options.keys = keys;
		this.#options.founderKey = founderKey;
		this.#attempt = attempt;
	}

	/** Takes over a connection that was made before the loop ran. */
	adopt(attempt: number, connection: RelayConnection): void {
		this.#attempt = attempt;
		this.#opened(attempt, connection);
	}

	async open(attempt: number): Promise<void> {
		this.#attempt = attempt;
		const round = (this.#round = new AbortController());
		try {
			const connection = await this.connect('create', attempt, round.signal);
			if (this.#round !== round || this.#stop.signal.aborted) return connection.close('superseded');
			this.#opened(attempt, connection);
		} catch (error) {
			// A later round of the same attempt answers for it.
			if (this.#round !== round) return;
			const failure = describe(error);
			this.#options.dispatch({
				type: 'relay-failed',
				attempt,
				...failure,
				final: failure.code === 'unsupported_version',
			});
		}
	}

	/**
	 * The network changed: a connection that does not live any more is found out within 3 s, and reported as closed; one that
	 * is being made starts again at the first address, since what was out of reach may be near now.
	 */
	probe(attempt: number, gone: readonly string[]): void {
		if (this.#attempt !== attempt || this.#stop.signal.aborted) return;
		if (this.#connection) return this.#connection.probe(gone);
		const former = this.#round;
		void this.open(attempt);
		former?.abort(new Failure('aborted'));
	}

	async testBinary(attempt: number): Promise<void> {
		const passes = await this.#connection?.binaryPasses();
		if (passes === undefined || this.#attempt !== attempt) return;
		this.#options.dispatch({type: 'relay-binary-tested', attempt, passes});
	}

	/** Tells the relay what it asked for of our links. */
	report({attempt, links, bytesIn, bytesOut, changes}: Extract<Effect, {type: 'report-traffic'}>): void {
		if (this.#attempt !== attempt) return;
		this.#connection?.send({
			type: 'traffic_report',
			links,
			bytes_in: bytesIn,
			bytes_out: bytesOut,
			changes: [...changes],
		});
	}

	close(reason: string): void {
		this.#stop.abort();
		this.#connection?.close(reason);
		this.#connection = undefined;
	}

	#opened(attempt: number, connection: RelayConnection): void {
		this.#connection = connection;
		if (connection.sessionTicket !== undefined) {
			this.#options.sessionTicket = connection.sessionTicket;
			this.#options.ticketReceived(connection.sessionTicket);
		}
		const {url, peers, rttMs, limits} = connection;
		const {report_every_ms: reportEveryMs} = limits;
		this.#options.dispatch({type: 'relay-opened', attempt, url, peers, rttMs, reportEveryMs});
	}

	async #connectTo(
		url: string,
		mode: 'create' | 'join',
		attempt: number,
		{signal, turn}: Heat,
	): Promise<RelayConnection> {
		const {identity, keys, founderKey, name, instance, relayToken, sessionTicket, dispatch} = this.#options;
		const round = this.#round;
		return connectRelay({
			url,
			identity,
			session: {sessionId: keys.sessionId, admissionToken: keys.admissionToken, founderKey},
			mode,
			name,
			instance,
			relayToken,
			sessionTicket,
			signal: AbortSignal.any([signal, AbortSignal.timeout(addressTimeoutMs)]),
			turn,
			callbacks: {
				message: (message) => this.#received(attempt, message),
				carrierRequested: (request) => dispatch({type: 'carrier-requested', ...request}),
				refused: (refusal) => {
					if (this.#attempt === attempt) dispatch({type: 'relay-refused', ...refusal});
				},
				closed: (end) => {
					if (this.#attempt !== attempt || this.#round !== round) return;
					this.#connection = undefined;
					dispatch({type: 'relay-closed', attempt, ...end});
				},
			},
		});
	}

	#received(attempt: number, message: RelayMessage): void {
		if (this.#attempt !== attempt) return;
		const {dispatch} = this.#options;
		if (message.type === 'peer_joined') dispatch({type: 'peer-joined', peer: rosterEntry(message)});
		else if (message.type === 'peer_left') {
			dispatch({type: 'peer-left', peerId: message.from_peer_id, reason: message.reason});
		} else if (message.type === 'limited') {
			const {scope, bytes_per_second: bytesPerSecond, wait_ms: waitMs} = message;
			dispatch({type: 'relay-limited', scope, bytesPerSecond, waitMs});
		} else if (this.#signalled) this.#signalled(message);
		else if (this.#earlySignals.length < maxEarlySignals) this.#earlySignals.push(message);
	}
}

function rosterEntry(message: Extract<RelayMessage, {type: 'peer_joined'}>): RosterEntry {
	const {from_peer_id, public_key, name, instance} = message;
	return {peerId: from_peer_id, publicKey: public_key, name, instance};
}

function describe(error: unknown): {code: string; reason: string; retryAfterMs?: number} {
	if (error instanceof Failure) return {code: error.code, reason: error.message, ...askedWait(error)};
	return {code: 'no_relay', reason: error instanceof Error ? error.message : 'unknown'};
}

/** How long the relay that refused us asks to wait, where it does. */
export function askedWait(error: unknown): {retryAfterMs: number} | undefined {
	const asked = error instanceof Failure ? Number(error.details.retryAfterMs ?? 0) : 0;
	return asked > 0 ? {retryAfterMs: asked} : undefined;
}
