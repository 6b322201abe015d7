/**
 * A session of two that speak the relay's protocol and nothing else: one sends a content through a tunnel, piece by
 * piece, the other keeps what came. When the relay goes they come again by themselves, form the session anew and go on
 * where they were, as the program does; each costs a socket, so there can be many.
 */
import {WebSocket} from 'ws';
import {decodeFrameHeader, encodeFrame} from '../../source/protocol/frame.js';
import {parseRelayMessage, type RelayMessage} from '../../source/protocol/relay-messages.js';
import {createPeer, createSession, handshake, type TestPeer, type TestSession} from '../relay/raw-client.js';

const windowBytes = 256 * 1024;
const pieceBytes = 16 * 1024;
/** Slow, so that there is something left to be sent when a relay goes; and fast, when it is to end. */
const pieceEveryMs = 200;
const lastPiecesEveryMs = 5;
/** As the program's first tries: soon, and not all at one moment. */
const againAfterMs = 500;

/** One member; what it does with the session is its owner's part. */
class RawMember {
	readonly peer: TestPeer;
	onText: (message: RelayMessage) => void = () => undefined;
	onFrame: (bytes: Buffer) => void = () => undefined;
	onOther: () => void = () => undefined;
	readonly #url: string;
	readonly #session: TestSession;
	#socket?: WebSocket;
	#isClosed = false;
	#again?: NodeJS.Timeout;

	constructor(url: string, peer: TestPeer, session: TestSession) {
		this.#url = url;
		this.peer = peer;
		this.#session = session;
		this.#connect();
	}

	say(message: object): void {
		const own = {session_id: this.#session.sessionId, peer_id: this.peer.peerId};
		if (this.#socket?.readyState === WebSocket.OPEN) {
			this.#socket.send(JSON.stringify({...message, ...own}));
		}
	}

	sendFrame(bytes: Uint8Array): void {
		if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
	}

	close(): void {
		this.#isClosed = true;
		clearTimeout(this.#again);
		this.#socket?.terminate();
	}

	#connect(): void {
		const socket = new WebSocket(this.#url, {perMessageDeflate: false});
		this.#socket = socket;
		socket.on('message', (data: Buffer, isBinary) => {
			if (isBinary) return this.onFrame(data);
			const parsed = parseRelayMessage(data.toString());
			if (parsed.ok) this.#hear(parsed.message);
		});
		socket.on('error', () => undefined);
		socket.on('close', () => {
			if (this.#isClosed) return;
			this.#again = setTimeout(() => this.#connect(), againAfterMs * (0.5 + Math.random()));
		});
	}

	#hear(message: RelayMessage): void {
		if (message.type === 'welcome') {
			this.#socket?.send(
				JSON.stringify(handshake('create_session', this.peer, this.#session, message.nonce)),
			);
		} else if (message.type === 'peer_joined') {
			this.onOther();
		} else if (message.type === 'session_created') {
			if (message.peers.length > 0) this.onOther();
		} else {
			this.onText(message);
		}
	}
}

export class RawPair {
	#watchedFrom = 0;
	#cameAgainAt: number | undefined;
	readonly #content: Buffer;
	readonly #received: Buffer;
	readonly #sender: RawMember;
	readonly #receiver: RawMember;
	readonly #sessionId: string;
	#have = 0;
	#generation = 0;
	#counter = 0;
	#offset = 0;
	#credit = 0;
	#isLast = false;
	#timer?: NodeJS.Timeout;

	constructor(url: string, content: Buffer) {
		const [sender, receiver] = [createPeer(), createPeer()];
		const session = createSession(sender);
		this.#sessionId = session.sessionId;
		this.#content = content;
		this.#received = Buffer.alloc(content.length);
		this.#sender = new RawMember(url, sender, session);
		this.#receiver = new RawMember(url, receiver, session);
		this.#sender.onOther = () => this.#ask();
		this.#sender.onText = (message) => this.#hearAsSender(message);
		this.#receiver.onText = (message) => this.#hearAsReceiver(message);
		this.#receiver.onFrame = (bytes) => this.#take(bytes);
	}

	/** All of it came, and as it was. */
	get isEqual(): boolean {
		return this.#have === this.#content.length && this.#received.equals(this.#content);
	}

	/** Sends the rest without haste no more. */
	hurry(): void {
		this.#isLast = true;
	}

	/** From now on looks for a piece that comes after this moment. */
	watch(from: number): void {
		this.#watchedFrom = from;
		this.#cameAgainAt = undefined;
	}

	/** When the first piece came after that moment. */
	get cameAgainAt(): number | undefined {
		return this.#cameAgainAt;
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#sender.close();
		this.#receiver.close();
	}

	#ask(): void {
		clearTimeout(this.#timer);
		const target = {target_peer_id: this.#receiver.peer.peerId, window_bytes: windowBytes};
		this.#sender.say({type: 'request_binary_proxy', generation: ++this.#generation, ...target});
	}

	#hearAsSender(message: RelayMessage): void {
		if (!('generation' in message) || message.generation !== this.#generation) return;
		if (message.type === 'binary_proxy_accepted') {
			this.#counter = 0;
			this.#credit = message.window_bytes;
			// What the other has already is said in `ext`, a field for such uses.
			this.#offset = Number(message.ext?.['have'] ?? 0);
			this.#send();
		} else if (message.type === 'binary_proxy_credit') {
			this.#credit += message.bytes;
		} else if (message.type === 'binary_proxy_closed') {
			clearTimeout(this.#timer);
		}
	}

	#send(): void {
		clearTimeout(this.#timer);
		const data = this.#content.subarray(this.#offset, this.#offset + pieceBytes);
		if (data.length > 0 && this.#credit >= data.length) {
			const sequence = {generation: this.#generation, counter: this.#counter++};
			const peerId = this.#receiver.peer.peerId;
			this.#sender.sendFrame(encodeFrame({sessionId: this.#sessionId, peerId, sequence, data}));
			this.#credit -= data.length;
			this.#offset += data.length;
		}

		this.#timer = setTimeout(() => this.#send(), this.#isLast ? lastPiecesEveryMs : pieceEveryMs);
	}

	#hearAsReceiver(message: RelayMessage): void {
		if (message.type !== 'request_binary_proxy') return;
		const {generation} = message;
		const target = {target_peer_id: this.#sender.peer.peerId, window_bytes: windowBytes};
		this.#receiver.say({type: 'binary_proxy_accepted', generation, ...target, ext: {have: this.#have}});
	}

	#take(bytes: Buffer): void {
		const header = decodeFrameHeader(bytes);
		if ('error' in header) return;
		const data = bytes.subarray(header.dataOffset);
		data.copy(this.#received, this.#have);
		this.#have += data.length;
		const now = Date.now();
		if (now > this.#watchedFrom) this.#cameAgainAt ??= now;
		const {generation} = header;
		const target = {target_peer_id: this.#sender.peer.peerId, generation};
		this.#receiver.say({type: 'binary_proxy_credit', ...target, bytes: data.length});
	}
}
