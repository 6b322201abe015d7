/** A client that speaks raw WebSocket to a relay, for tests: good manners only where asked for. */
import {createHash, generateKeyPairSync, type KeyObject, randomBytes, sign} from 'node:crypto';
import {type ClientOptions, WebSocket} from 'ws';
import {relayProofParts} from '../../source/protocol/canonical.js';
import {decodeBase64Url, encodeBase32} from '../../source/protocol/ids.js';
import {
	parseRelayMessage,
	type RelayMessage,
	type RelayMessageOf,
} from '../../source/protocol/relay-messages.js';

/** A peer's key and the ids that follow from it. */
export type TestPeer = {readonly peerId: string; readonly publicKey: string; readonly key: KeyObject};

/** A session as a member knows it. */
export type TestSession = {readonly sessionId: string; readonly founderKey: string; readonly token: string};

const deadlineMs = 10_000;

export function createPeer(): TestPeer {
	const {publicKey, privateKey} = generateKeyPairSync('ed25519');
	const der = publicKey.export({format: 'der', type: 'spki'});
	return {peerId: idOf(der), publicKey: der.toString('base64url'), key: privateKey};
}

export function createSession(founder: TestPeer): TestSession {
	const token = randomBytes(32);
	const hash = createHash('sha256').update(token).digest();
	const sessionId = idOf(Buffer.concat([Buffer.from(founder.publicKey, 'base64url'), hash]));
	return {sessionId, founderKey: founder.publicKey, token: token.toString('base64url')};
}

function idOf(bytes: Uint8Array): string {
	return encodeBase32(createHash('sha256').update(bytes).digest().subarray(0, 16));
}

/** The fields of a create or join; `nonce` as the welcome has it. */
export function handshake(
	type: 'create_session' | 'join_session',
	peer: TestPeer,
	session: TestSession,
	nonce: string,
): Record<string, unknown> {
	const parts = relayProofParts(decodeBase64Url(nonce) ?? new Uint8Array(), session.sessionId, peer.peerId);
	return {
		type,
		session_id: session.sessionId,
		peer_id: peer.peerId,
		public_key: peer.publicKey,
		proof: sign(null, parts, peer.key).toString('base64url'),
		name: 'test',
		instance: 'i1',
		protocol_version: 1,
		admission_token: session.token,
		...(type === 'create_session' ? {founder_key: session.founderKey} : {}),
	};
}

export class RawClient {
	readonly socket: WebSocket;
	readonly messages: RelayMessage[] = [];
	readonly frames: Buffer[] = [];
	closed?: {code: number; reason: string};
	readonly #waiting = new Set<() => void>();

	constructor(url: string, options: ClientOptions = {}) {
		this.socket = new WebSocket(url, {perMessageDeflate: false, ...options});
		this.socket.on('message', (data: Buffer, isBinary) => {
			if (isBinary) {
				this.frames.push(data);
			} else {
				const parsed = parseRelayMessage(data.toString());
				if (!parsed.ok) throw new Error(`The relay said what no client understands: ${parsed.message}`);
				this.messages.push(parsed.message);
			}

			this.#changed();
		});
		this.socket.on('close', (code, reason) => {
			this.closed = {code, reason: reason.toString()};
			this.#changed();
		});
		this.socket.on('error', () => undefined);
	}

	/** A client in a session. */
	static async enter(
		url: string,
		type: 'create_session' | 'join_session',
		peer: TestPeer,
		session: TestSession,
	): Promise<RawClient> {
		const client = new RawClient(url);
		const {nonce} = await client.message('welcome');
		client.send(handshake(type, peer, session, nonce));
		await client.message(type === 'create_session' ? 'session_created' : 'session_joined');
		return client;
	}

	send(message: object): void {
		this.socket.send(JSON.stringify(message));
	}

	/** Waits for a message of the type, takes it out of `messages` and returns it. */
	async message<Type extends RelayMessage['type']>(type: Type): Promise<RelayMessageOf<Type>> {
		const isWanted = (message: RelayMessage): message is RelayMessageOf<Type> => message.type === type;
		return this.until(`a ${type}`, () => {
			const found = this.messages.find(isWanted);
			if (found) this.messages.splice(this.messages.indexOf(found), 1);
			return found;
		});
	}

	async errorCode(): Promise<string> {
		return (await this.message('error')).code;
	}

	async frame(): Promise<Buffer> {
		return this.until('a frame', () => this.frames.shift());
	}

	async end(): Promise<{code: number; reason: string}> {
		return this.until('the end', () => this.closed);
	}

	/** Waits until the function gives something; fails after a deadline. */
	async until<Value>(what: string, look: () => Value | undefined): Promise<Value> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiting.delete(check);
				reject(new Error(`No ${what} came; closed: ${JSON.stringify(this.closed)}`));
			}, deadlineMs);
			const check = () => {
				const value = look();
				if (value === undefined) return;
				clearTimeout(timer);
				this.#waiting.delete(check);
				resolve(value);
			};

			this.#waiting.add(check);
			check();
		});
	}

	#changed(): void {
		for (const check of this.#waiting) check();
	}
}
