/** A socket that is in a session: keeps alive, and hands what comes to the tunnels or to the caller. */
import {randomBytes} from 'node:crypto';
import {plainIp} from '../protocol/candidate.js';
import {Failure} from '../protocol/failure.js';
import {encodeFrame} from '../protocol/frame.js';
import {deadAfterMs, maxCounter, pingIntervalMs} from '../protocol/limits.js';
import {type RelayFacts, type RelayMessage, type RelayMessageOf} from '../protocol/relay-messages.js';
import {BinaryTest} from './binary-test.js';
import {Heartbeat} from './heartbeat.js';
import {relayWords} from './path-words.js';
import {RelayProbe} from './relay-probe.js';
import {type Entered, type RosterPeer} from './relay-handshake.js';
import {type RelayConnection, type RelayOptions, type RelaySocket} from './relay-socket.js';
import {SendLanes} from './send-lanes.js';
import {SendPace} from './send-pace.js';
import {type OwnMessage, TunnelHub} from './tunnel-hub.js';

/** Far above what a relay lets into a session. */
const mostOthers = 1024;

/** Where the relay says that it got too much, and not for how long. */
const overPaceMs = 1000;

export class EnteredConnection implements RelayConnection {
	readonly url: string;
	readonly peers: readonly RosterPeer[];
	readonly founderKey: string;
	readonly sessionTicket: string | undefined;
	readonly observed: {readonly ip: string; readonly port: number};
	readonly instance: string;
	readonly hub: TunnelHub;
	readonly #socket: RelaySocket;
	readonly #callbacks: RelayOptions['callbacks'];
	readonly #heartbeat: Heartbeat;
	readonly #pace: SendPace;
	/** Who else is in the session and shares its limits. */
	readonly #others = new Set<string>();
	#limits: RelayFacts;
	#rttMs: number;
	#binaryTest: BinaryTest | undefined;
	#echoCounter = 0;
	#probe: RelayProbe | undefined;
	#isReplaced = false;
	/** How long the relay asked to wait when it said that it goes. */
	#comeBackMs: number | undefined;
	#isClosed = false;
	/** What came before the caller could have this connection, and what came behind it until that is told. */
	#held: RelayMessage[] | undefined;

	constructor(options: RelayOptions, socket: RelaySocket, entered: Entered) {
		this.url = options.url;
		this.peers = entered.peers;
		this.founderKey = entered.founderKey;
		this.sessionTicket = entered.sessionTicket;
		this.#limits = entered.relay;
		this.observed = {ip: entered.relay.observed_ip, port: entered.relay.observed_port};
		this.instance = options.instance;
		this.#rttMs = entered.rttMs;
		this.#socket = socket;
		this.#callbacks = options.callbacks;
		for (const {peerId} of entered.peers) this.#others.add(peerId);
		this.#pace = new SendPace(entered.relay.limits?.messages_per_second, this.#others.size + 1);
		const lanes = new SendLanes(
			{
				bufferedBytes: () => socket.bufferedBytes,
				send: (data, taken) => socket.send(data, taken),
			},
			this.#pace,
		);
		this.hub = new TunnelHub({
			sessionId: options.session.sessionId,
			self: options.identity.peerId,
			lanes,
			requested: (request) => this.#callbacks.carrierRequested(request),
			refused: (refusal) => this.#callbacks.refused?.(refusal),
		});
		this.#heartbeat = new Heartbeat({
			periodMs: pingIntervalMs,
			deadMs: deadAfterMs,
			ping: () => this.send({type: 'ping', sent_at_ms: Math.round(performance.now())}),
			dead: () => socket.fail(new Failure('relay_closed', {details: {reason: 'silent'}})),
		});
		socket.onText = (message) => this.#take(message);
		socket.onFrame = (frame) => this.#takeFrame(frame);
		socket.onHeard = () => {
			this.#heartbeat.heard();
			this.#probe?.heard();
		};
		socket.onClosed = (failure) => this.#end(failure);
		if (entered.held.length > 0) {
			this.#held = [...entered.held];
			setImmediate(() => this.#release());
		}
		this.#heartbeat.start();
	}

	/** TURN credentials are renewed in it, and limits that have changed. */
	get limits(): RelayFacts {
		return this.#limits;
	}

	get rttMs() {
		return this.#rttMs;
	}

	send(message: OwnMessage): void {
		this.hub.send(message);
	}

	async binaryPasses(): Promise<boolean | undefined> {
		if (this.#isClosed) return undefined;
		this.#binaryTest?.end();
		const test = new BinaryTest();
		this.#binaryTest = test;
		const {self, sessionId, lanes} = this.hub;
		const sequence = {generation: 0, counter: this.#echoCounter++ % maxCounter};
		lanes.control(encodeFrame({sessionId, peerId: self, sequence, data: randomBytes(32)}));
		this.send({type: 'ping', sent_at_ms: test.askedAtMs});
		return test.passes;
	}

	probe(gone: readonly string[]): void {
		if (this.#isClosed) return;
		const {localAddress} = this.#socket;
		if (localAddress !== undefined && gone.includes(plainIp(localAddress))) {
			this.#socket.fail(new Failure('relay_closed', {details: {reason: relayWords.addressLost}}));
			return;
		}
		this.#probe?.stop();
		this.#probe = new RelayProbe(() => {
			this.#socket.fail(new Failure('relay_closed', {details: {reason: relayWords.silentAfterChange}}));
		});
		this.send({type: 'ping', sent_at_ms: this.#probe.askedAtMs});
	}

	close(reason: string): void {
		if (this.#isClosed) return;
		this.hub.closeAll(reason);
		this.send({type: 'leave_session'});
		this.hub.lanes.flush();
		this.#socket.close();
		this.#end(new Failure('closed', {details: {reason}}));
	}

	#release(): void {
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const message of held) this.#take(message);
	}

	#take(message: RelayMessage): void {
		if (this.#isClosed) return;
		if (this.#held) this.#held.push(message);
		else if (message.type === 'pong') this.#takePong(message);
		else if (message.type === 'replaced') this.#replaced(message);
		else if (message.type === 'error' && message.code === 'shutting_down') {
			this.#comeBackMs = message.retry_after_ms;
		} else if (isOverPace(message)) {
			this.#pace.refused(message.retry_after_ms ?? overPaceMs);
			this.hub.loseJson();
		} else {
			if (message.type === 'peer_joined' || message.type === 'peer_left') this.#count(message);
			if (!this.hub.receive(message)) this.#callbacks.message(message);
		}
	}

	#count({type, from_peer_id: peerId}: RelayMessageOf<'peer_joined' | 'peer_left'>): void {
		if (type === 'peer_left') this.#others.delete(peerId);
		else if (this.#others.size < mostOthers) this.#others.add(peerId);
		this.#pace.members = this.#others.size + 1;
	}

	/** A join that we gave up may arrive late and take the place of the connection in use: no other program is there. */
	#replaced({instance}: RelayMessageOf<'replaced'>): void {
		if (instance === this.instance) {
			this.#socket.fail(new Failure('relay_closed', {details: {reason: relayWords.replacedByOwn}}));
		} else {
			this.#isReplaced = true;
		}
	}

	#takePong({sent_at_ms: sentAtMs, turn, limits}: RelayMessageOf<'pong'>): void {
		this.#probe?.answered(sentAtMs);
		this.#binaryTest?.answered(sentAtMs);
		this.#rttMs = Math.max(0, performance.now() - sentAtMs);
		if (turn) this.#limits = {...this.#limits, turn};
		if (!limits) return;
		this.#limits = {...this.#limits, limits};
		this.#pace.told = limits.messages_per_second;
	}

	#takeFrame(frame: Buffer): void {
		if (this.#isClosed) return;
		this.#binaryTest?.echoed(); // any binary frame from the relay shows that they pass
		this.hub.receiveFrame(frame);
	}

	#end(failure: Failure): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#heartbeat.stop();
		this.#probe?.stop();
		this.#binaryTest?.end();
		const code = this.#isReplaced ? 'replaced' : failure.code;
		this.hub.closeAll('relay_closed');
		this.hub.lanes.close();
		this.#callbacks.closed({
			code,
			reason: String(failure.details.reason ?? code),
			...(this.#comeBackMs === undefined ? {} : {retryAfterMs: this.#comeBackMs}),
		});
	}
}

/** Something of ours was dropped unread, for there was too much of all: so it names no message that it answers. */
function isOverPace(message: RelayMessage): message is RelayMessageOf<'error'> {
	return message.type === 'error' && message.code === 'rate_limited' && message.in_reply_to === undefined;
}
