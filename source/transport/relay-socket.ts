/**
 * The one socket to the relay: connects, proves who we are, creates or joins the session. It does not reconnect: when, and
 * where, is the core's to decide.
 */
import {randomFillSync} from 'node:crypto';
import {WebSocket} from 'ws';
import {closeCodes} from '../protocol/codes.js';
import {Failure} from '../protocol/failure.js';
import {handshakeDeadlineMs, maxPayloadBytes} from '../protocol/limits.js';
import {parseRelayMessage, type RelayFacts, type RelayMessage} from '../protocol/relay-messages.js';
import {failureOf, startDeadline} from './deadline.js';
import {type Identity} from './identity.js';
import {relayWords} from './path-words.js';
import {EnteredConnection} from './relay-connection.js';
import {type Admission, enterSession, type RosterPeer} from './relay-handshake.js';
import {type CarrierRequest, type OwnMessage, type Refusal, type TunnelHub} from './tunnel-hub.js';

export type RelayOptions = Omit<Admission, 'identity'> & {
	/** ws or wss, path included. */
	readonly url: string;
	readonly identity: Identity;
	readonly signal?: AbortSignal;
	readonly callbacks: {
		/** Everything that no tunnel takes: `peer_joined`, `peer_left`, `error`, `p2p_…`. */
		message(message: RelayMessage): void;
		carrierRequested(request: CarrierRequest): void;
		/** What was to go to a peer was refused for a while. */
		refused?(refusal: Refusal): void;
		/** Once, for any end, our own `close` included. `replaced`: do not connect again by yourself. */
		closed(end: {code: string; reason: string; retryAfterMs?: number}): void;
	};
};

export type RelayConnection = {
	readonly url: string;
	/** The others in the session when we entered. */
	readonly peers: readonly RosterPeer[];
	readonly founderKey: string;
	/** Lets a member form the session again on a relay that asks founders for a token. */
	readonly sessionTicket: string | undefined;
	readonly limits: Readonly<RelayFacts>;
	/** Where the relay sees us. */
	readonly observed: {readonly ip: string; readonly port: number};
	readonly rttMs: number;
	readonly instance: string;
	/** For carriers. */
	readonly hub: TunnelHub;
	/**
	 * Sends a binary frame to ourselves: false if it does not come back in time though text does, as where only text passes;
	 * undefined if the connection ends before that is known.
	 */
	binaryPasses(): Promise<boolean | undefined>;
	/**
	 * The network changed: asks for a sign of life, and ends the connection where none comes in time, or at once if it ran
	 * over an address that is `gone`.
	 */
	probe(gone: readonly string[]): void;
	/** Sends a control message; who we are is added. */
	send(message: OwnMessage): void;
	/** Leaves the session and closes. Idempotent. */
	close(reason: string): void;
};

/** Text and frames that the relay does not take: it has stalled, and holding more helps nobody. */
const maxStalledBytes = 16 * 1024 * 1024;

/** How long the relay may take to answer our closing. */
const closeDeadlineMs = 1000;

/**
 * Resolves in the session. Rejects with Failure `relay_unreachable`, `no_answer`, the signal's reason, or the relay's code:
 * `not_admitted`, `unsupported_version` (fatal), `session_full`, `rate_limited` and so on.
 */
export async function connectRelay(options: RelayOptions): Promise<RelayConnection> {
	const deadline = startDeadline(handshakeDeadlineMs, 'no_answer', options.signal);
	const socket = new RelaySocket(options.url);
	const abort = () => socket.fail(failureOf(deadline.signal.reason));
	deadline.signal.addEventListener('abort', abort, {once: true});
	try {
		const entering = enterSession(socket, options);
		if (deadline.signal.aborted) abort();
		const entered = await entering;
		// It may have ended by what came behind that answer, and tells so only once.
		if (socket.failure) throw socket.failure;
		return new EnteredConnection(options, socket, entered);
	} catch (error) {
		socket.terminate();
		throw failureOf(error, 'relay_unreachable');
	} finally {
		deadline.signal.removeEventListener('abort', abort);
		deadline.clear();
	}
}

/** A WebSocket that hands over whole messages and one end, and never throws or leaves an error unhandled. */
export class RelaySocket {
	onText: (message: RelayMessage) => void = () => {};
	onFrame: (frame: Buffer) => void = () => {};
	onClosed: (failure: Failure) => void = () => {};
	onHeard: () => void = () => {};
	readonly #url: string;
	readonly #socket: WebSocket;
	#failure: Failure | undefined;
	#wasOpen = false;
	#localAddress: string | undefined;
	/** Whether the frame that is being sent is bytes. */
	#isSealed = false;

	constructor(url: string) {
		this.#url = url;
		this.#socket = openWebSocket(url, (mask) => this.#fillMask(mask));
		this.#socket.once('open', () => (this.#wasOpen = true));
		this.#socket.once('upgrade', ({socket}) => (this.#localAddress = socket.localAddress));
		this.#socket.on('message', (data, isBinary) => {
			this.onHeard();
			const bytes = Buffer.isBuffer(data)
				? data
				: Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
			if (isBinary) this.onFrame(bytes);
			else this.#takeText(bytes.toString('utf8'));
		});
		this.#socket.on('error', (error) => this.fail(this.#unreachable(error)));
		this.#socket.on('close', (code, reason) => this.fail(failureOfClose(code, reason.toString('utf8'))));
	}

	/** Why it ended, once it has. */
	get failure(): Failure | undefined {
		return this.#failure;
	}

	get bufferedBytes(): number {
		return this.#socket.bufferedAmount;
	}

	/** Our end of it. */
	get localAddress(): string | undefined {
		return this.#localAddress;
	}

	/** Sends one message; `taken` is called when the operating system took it: bytes are not copied before. */
	send(data: Uint8Array | string, taken?: () => void): void {
		if (this.#socket.readyState !== WebSocket.OPEN) return;
		this.#isSealed = typeof data !== 'string';
		this.#socket.send(data, (error) => {
			if (!error) taken?.();
		});
		if (this.bufferedBytes > maxStalledBytes)
			this.fail(new Failure('relay_closed', {details: {reason: 'stalled'}}));
	}

	/** Ends it at once, for this reason; the first one counts. */
	fail(failure: Failure): void {
		if (this.#failure) return;
		this.#failure = failure;
		this.terminate();
		this.onClosed(failure);
	}

	terminate(): void {
		this.#socket.terminate();
	}

	/** Says goodbye and closes in order. */
	close(): void {
		if (this.#failure) return;
		this.#socket.close(closeCodes.left);
		const timer = setTimeout(() => this.terminate(), closeDeadlineMs);
		this.#socket.once('close', () => clearTimeout(timer));
	}

	/**
	 * A mask is there so that a script in a browser cannot make a proxy on the way take its bytes for something else (RFC
	 * 6455, 5.3). Ours holds for text. Bytes are what TLS made, which nobody can choose: their mask is zero, so that neither
	 * end has to go through them once more.
	 */
	#fillMask(mask: Uint8Array): void {
		if (this.#isSealed) mask.fill(0);
		else randomFillSync(mask);
	}

	#takeText(text: string): void {
		const parsed = parseRelayMessage(text);
		// What a later relay may say and we do not know is no reason to go.
		if (parsed.ok) this.onText(parsed.message);
	}

	#unreachable(error: Error): Failure {
		const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
		const code = this.#wasOpen ? 'relay_closed' : 'relay_unreachable';
		return new Failure(code, {details: {url: this.#url, reason}, cause: error});
	}
}

/** A socket for this URL; one that cannot be a URL gives a Failure, not a SyntaxError. */
function openWebSocket(url: string, generateMask: (mask: Uint8Array) => void): WebSocket {
	try {
		return new WebSocket(url, {
			perMessageDeflate: false,
			maxPayload: maxPayloadBytes,
			handshakeTimeout: handshakeDeadlineMs,
			followRedirects: false,
			generateMask,
		});
	} catch (error) {
		throw new Failure('relay_unreachable', {severity: 'fatal', details: {url}, cause: error});
	}
}

function failureOfClose(code: number, text: string): Failure {
	// 1006: nothing was said at all, so the cable rather than the relay ended it.
	const otherwise = code === 1006 ? relayWords.cut : relayWords.closedWith(code);
	const reason = text === '' ? otherwise : text;
	if (code === closeCodes.replaced) return new Failure('replaced', {severity: 'fatal'});
	if (code === closeCodes.restart) return new Failure('shutting_down', {details: {reason}});
	return new Failure('relay_closed', {details: {reason}});
}
