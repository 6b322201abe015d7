/**
 * The session's TCP port for peers. Whoever connects must hold the session's key within a few seconds, and then prove
 * who it is; only after that anything is told, and until then each address has a small share of a small number of sockets.
 */
import net from 'node:net';
import {plainIp} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {type Hello, type PeerMessage, type PeerMessageOf} from '../../protocol/peer-messages.js';
import {isAuthentic, makeAuth} from '../authenticate.js';
import {startDeadline} from '../deadline.js';
import {EarlyFrames} from '../early-frames.js';
import {type Identity, peerIdOf} from '../identity.js';
import {openSecureChannel, type SecureChannel} from '../secure-channel.js';
import {type SessionKeys} from '../session-keys.js';
import {type Arrival, createArrival} from './arrival.js';
import {introduceIntent} from './introduce.js';
import {systemCode} from './socket-words.js';
import {prepareSocket} from './tcp-carrier.js';

/** From a connection's acceptance to the other end's `auth`. */
const authDeadlineMs = 5000;

/** Sockets before `auth`, in all: a flood costs us this much memory and no more. */
const maxStrangers = 64;

/** And from one address: a flood from there does not keep others out. */
const maxStrangersPerAddress = 8;

/** How long a newcomer may take to close after we have told it what it wanted. */
const lingerMs = 1000;

export type DirectListenerOptions = {
	readonly identity: Identity;
	/** Of this process. */
	readonly instance: string;
	readonly keys: Pick<SessionKeys, 'sessionId' | 'psk'>;
	/** All interfaces if left out. */
	readonly host?: string;
	/** Any free one if left out or 0. */
	readonly port?: number;
	/** What a newcomer who wants to be introduced is told; without it they are turned away. */
	readonly introduction?: () => Hello;
	/** A member that proved to be who it is; it is ours to accept or to refuse. */
	readonly arrived: (arrival: Arrival) => void;
};

type Claim = {readonly auth: PeerMessageOf<'auth'>; readonly instance: string; readonly generation: number};

export class DirectListener {
	readonly #options: DirectListenerOptions;
	/** Each with the address it came from. */
	readonly #strangers = new Map<net.Socket, string>();
	#server: net.Server | undefined;
	#isClosed = false;

	/** One that listens nowhere: for `take` alone. */
	constructor(options: DirectListenerOptions) {
		this.#options = options;
	}

	/** Rejects with Failure `port_in_use` or `failed`. */
	static async open(options: DirectListenerOptions): Promise<DirectListener> {
		const listener = new DirectListener(options);
		await listener.#listen();
		return listener;
	}

	/** Undefined where we have no port of our own, but take the connections of another server. */
	get port(): number | undefined {
		const address = this.#server?.address();
		return typeof address === 'object' && address ? address.port : undefined;
	}

	/** A connection that another server accepted, of which nothing has been read. */
	take(socket: net.Socket): void {
		prepareSocket(socket);
		const from = plainIp(socket.remoteAddress ?? '');
		const near = [...this.#strangers.values()].filter((address) => address === from).length;
		if (this.#isClosed || this.#strangers.size >= maxStrangers || near >= maxStrangersPerAddress) {
			socket.destroy();
			return;
		}
		this.#strangers.set(socket, from);
		const forget = () => this.#strangers.delete(socket);
		socket.once('close', forget);
		this.#admit(socket)
			// Whoever is not one of us learns nothing, and is nobody's failure.
			.catch(() => socket.destroy())
			.finally(forget);
	}

	/** Stops listening and closes whoever has not proved anything yet. Arrivals and channels are others' to close. */
	close(): void {
		this.#isClosed = true;
		for (const socket of [...this.#strangers.keys()]) socket.destroy();
		if (this.#server?.listening) this.#server.close();
	}

	async #listen(): Promise<void> {
		const {host, port = 0} = this.#options;
		// Without a host Node takes `::` for both families, or IPv4 alone where there is no IPv6.
		const server = net.createServer((socket) => this.take(socket));
		this.#server = server;
		await new Promise<void>((resolve, reject) => {
			const failed = (error: Error) => {
				const code = systemCode(error) === 'EADDRINUSE' ? 'port_in_use' : 'failed';
				reject(new Failure(code, {severity: 'fatal', details: {port, message: error.message}, cause: error}));
			};
			server.once('error', failed);
			server.listen({port, host}, () => {
				server.off('error', failed);
				// Later errors concern one connection that could not be taken.
				server.on('error', () => undefined);
				resolve();
			});
		});
	}

	async #admit(socket: net.Socket): Promise<void> {
		const {keys} = this.#options;
		const deadline = startDeadline(authDeadlineMs, 'no_answer');
		try {
			const secure = await openSecureChannel({
				carrier: socket,
				role: 'server',
				psk: keys.psk,
				signal: deadline.signal,
			});
			const frames = new EarlyFrames(secure.stream, socket);
			const claim = this.#judge(await frames.read(deadline.signal), secure);
			if (this.#isClosed) throw new Failure('closed');
			if (claim.auth.intent === introduceIntent) await this.#introduce(socket, secure, frames, claim);
			else this.#announce(socket, secure, frames, claim);
		} finally {
			deadline.clear();
		}
	}

	/** The signature covers what the other end says of itself; who it is follows from its key. */
	#judge(message: PeerMessage | undefined, secure: SecureChannel): Claim {
		const {identity, keys} = this.#options;
		const auth = message?.type === 'auth' ? message : undefined;
		const {instance, generation, intent} = auth ?? {};
		if (!auth || instance === undefined || generation === undefined) throw new Failure('not_authentic');
		const facts = {sessionId: keys.sessionId, generation, instance, ...(intent !== undefined && {intent})};
		const peerId = peerIdOf(auth.public_key);
		// A newcomer may know our address, but not who we are.
		const called = intent === introduceIntent ? ['', identity.peerId] : [identity.peerId];
		const isPeer =
			(intent === undefined || intent === introduceIntent) &&
			peerId !== identity.peerId &&
			called.some((ownPeerId) => isAuthentic(auth, secure, ownPeerId, peerId, facts));
		if (!isPeer) throw new Failure('not_authentic', {severity: 'hostile'});
		return {auth, instance, generation};
	}

	async #introduce(socket: net.Socket, secure: SecureChannel, frames: EarlyFrames, {auth}: Claim) {
		const {identity, instance, keys, introduction} = this.#options;
		if (!introduction) throw new Failure('closed');
		const facts = {sessionId: keys.sessionId, generation: 0, instance};
		frames.say(makeAuth(secure, identity, peerIdOf(auth.public_key), facts, {saysWho: true}));
		frames.say(introduction());
		secure.stream.end();
		if (socket.closed) return;
		const timer = setTimeout(() => socket.destroy(), lingerMs);
		await new Promise<void>((resolve) => socket.once('close', () => resolve()));
		clearTimeout(timer);
	}

	#announce(socket: net.Socket, secure: SecureChannel, frames: EarlyFrames, claim: Claim): void {
		const {identity, instance, keys, arrived} = this.#options;
		const {auth, generation} = claim;
		arrived(
			createArrival({
				peerId: peerIdOf(auth.public_key),
				publicKey: auth.public_key,
				instance: claim.instance,
				generation,
				remote: {ip: plainIp(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0},
				socket,
				secure,
				frames,
				identity,
				ownInstance: instance,
				sessionId: keys.sessionId,
			}),
		);
	}
}
