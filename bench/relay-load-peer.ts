/** One peer of the load driver: a WebSocket that enters, sends frames on credit and counts what comes. Nothing is judged. */
import {WebSocket} from 'ws';
import {encodeFrame} from '../source/protocol/frame.js';
import {maxDataBytes, startWindowBytes} from '../source/protocol/limits.js';
import {handshake, type TestPeer, type TestSession} from '../test/relay/raw-client.js';

/** How far a sender fills its own socket, as the program's clients do. */
const maxBufferedBytes = 256 * 1024;
/** A receiver grants again when it has taken this much. */
const grantBytes = 256 * 1024;

type Told = {readonly type?: string; readonly sent_at_ms?: number; readonly bytes?: number};

export class LoadPeer {
	readonly socket: WebSocket;
	/** Bytes of frames, with their headers. */
	receivedBytes = 0;
	/** Round trips of pings, in ms. */
	readonly roundTrips: number[] = [];
	readonly #waiting = new Map<string, (told: Told) => void>();
	#own: {session_id: string; peer_id: string} | undefined;
	#credit = 0;
	#allowance = 0;
	#isPaced = false;
	#taken = 0;
	#partner: string | undefined;
	#frame: Buffer | undefined;
	#counter = 0;

	constructor(url: string) {
		this.socket = new WebSocket(url, {perMessageDeflate: false});
		this.socket.on('message', (data: Buffer, isBinary) => {
			if (isBinary) this.#takeFrame(data);
			else this.#takeText(data);
		});
		this.socket.on('error', (error) => {
			throw error;
		});
	}

	/** Once it has entered. */
	get peerId(): string {
		return this.#own?.peer_id ?? '';
	}

	async opened(): Promise<void> {
		if (this.socket.readyState === WebSocket.OPEN) return;
		await new Promise((resolve) => this.socket.once('open', resolve));
	}

	async enter(
		type: 'create_session' | 'join_session',
		peer: TestPeer,
		session: TestSession,
		welcome: Promise<Told>,
	) {
		const {nonce} = (await welcome) as {nonce: string};
		this.#own = {session_id: session.sessionId, peer_id: peer.peerId};
		const answer = this.next(type === 'create_session' ? 'session_created' : 'session_joined');
		this.socket.send(JSON.stringify(handshake(type, peer, session, nonce)));
		await answer;
	}

	/** The next message of a type. */
	async next(type: string): Promise<Told> {
		return new Promise((resolve) => this.#waiting.set(type, resolve));
	}

	send(message: object): void {
		this.socket.send(JSON.stringify({...message, ...this.#own}));
	}

	ping(): void {
		this.send({type: 'ping', sent_at_ms: performance.now()});
	}

	/** From now on frames go to that peer, as far as credit and pace allow. */
	startSending(sessionId: string, partner: string): void {
		const data = Buffer.alloc(maxDataBytes, 7);
		const sequence = {generation: 1, counter: 0};
		this.#frame = Buffer.from(encodeFrame({sessionId, peerId: partner, sequence, data}));
		this.#credit = startWindowBytes;
	}

	startReceiving(partner: string): void {
		this.#partner = partner;
	}

	/** Undefined: as fast as credit lets it. Otherwise only what `allow` gives. */
	set paced(isPaced: boolean) {
		this.#isPaced = isPaced;
		this.pump();
	}

	allow(bytes: number): void {
		this.#allowance = Math.min(this.#allowance + bytes, startWindowBytes);
		this.pump();
	}

	pump(): void {
		const frame = this.#frame;
		if (!frame) return;
		while (this.#credit >= maxDataBytes && this.socket.bufferedAmount < maxBufferedBytes) {
			if (this.#isPaced && this.#allowance < maxDataBytes) return;
			this.#credit -= maxDataBytes;
			this.#allowance -= this.#isPaced ? maxDataBytes : 0;
			// The counter is the lower 40 bits of the sequence, just before the data.
			frame.writeUIntBE(this.#counter++, frame.length - maxDataBytes - 5, 5);
			// ws masks into memory of its own, so this one is free again at once.
			this.socket.send(frame, {binary: true}, () => this.pump());
		}
	}

	#takeFrame(frame: Buffer): void {
		this.receivedBytes += frame.length;
		this.#taken += maxDataBytes;
		if (this.#taken < grantBytes || this.#partner === undefined) return;
		const target = {target_peer_id: this.#partner, generation: 1};
		this.send({type: 'binary_proxy_credit', ...target, bytes: this.#taken});
		this.#taken = 0;
	}

	#takeText(data: Buffer): void {
		const told = JSON.parse(data.toString()) as Told;
		const {type = ''} = told;
		if (type === 'error') throw new Error(data.toString());
		if (type === 'pong') this.roundTrips.push(performance.now() - (told.sent_at_ms ?? 0));
		if (type === 'binary_proxy_credit') {
			this.#credit += told.bytes ?? 0;
			this.pump();
		}

		this.#waiting.get(type)?.(told);
		this.#waiting.delete(type);
	}
}
