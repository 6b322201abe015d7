/**
 * Makes a PeerChannel out of a carrier: TLS, then `auth`, then `hello`, all within one deadline; then messages and bulk.
 *
 * | status   | next                                                                        |
 * |----------|-----------------------------------------------------------------------------|
 * | auth     | a valid `auth` → hello; anything else → closed, hostile                     |
 * | hello    | `hello` → held; anything else → closed, hostile                             |
 * | held     | the caller has the channel (one turn of the loop) → open                    |
 * | open     | silence, end, error, `close` → closed                                       |
 * | closed   |                                                                             |
 */
import {once} from 'node:events';
import {Failure} from '../protocol/failure.js';
import {
	type BulkHeader,
	type BulkKind,
	decodeBulk,
	decodeControl,
	encodeControlFrame,
	frameKinds,
	FrameSplitter,
} from '../protocol/peer-frames.js';
import {
	type Hello,
	maxEarlyFrameBytes,
	maxPeerFrameBytes,
	type PeerMessage,
} from '../protocol/peer-messages.js';
import {isAuthentic, makeAuth} from './authenticate.js';
import {BulkLane} from './bulk-lane.js';
import {type Carrier} from './carrier.js';
import {failureOf, startDeadline} from './deadline.js';
import {Heartbeat, directHeartbeat, relayHeartbeat} from './heartbeat.js';
import {type Identity} from './identity.js';
import {fitMessage} from './fit-message.js';
import {type SealedLane} from './object-lane.js';
import {type ChannelEnd, type PeerCallbacks, type PeerChannel} from './peer-channel.js';
import {type RateLimiter} from './rate-limiter.js';
import {openSecureChannel, type SecureChannel, type TlsRole} from './secure-channel.js';

/** From a carrier's opening to the other end's `hello`. */
export const openDeadlineMs = 5000;

/** How long what was sent may still leave after `close`. */
const lingerMs = 1000;

/** Control messages that the carrier did not take: by then the other end reads nothing and the heartbeat is late. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** Messages of known types in a wrong form: a few may be a version's mistake, this many are not. */
const maxBadMessages = 100;

export type PeerChannelOptions = {
	readonly carrier: Carrier;
	readonly role: TlsRole;
	readonly psk: Uint8Array;
	readonly sessionId: string;
	readonly identity: Identity;
	/** Of this process's start. */
	readonly instance: string;
	readonly peer: {readonly peerId: string; readonly instance: string};
	readonly hello: Hello;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	readonly signal?: AbortSignal;
	/** Tier json: makes the lane for objects out of the channel's keys. */
	readonly makeLane?: (secure: SecureChannel) => SealedLane;
};

/**
 * Resolves with the open channel. Rejects with Failure `not_authentic` (hostile), `no_answer`, `carrier_lost`, `pinned`,
 * `unsupported_version` or the signal's reason; the carrier, which it owns, is destroyed then.
 */
export async function openPeerChannel(options: PeerChannelOptions): Promise<PeerChannel> {
	const {carrier, role, psk, signal} = options;
	const deadline = startDeadline(openDeadlineMs, 'no_answer', signal);
	try {
		const secure = await openSecureChannel({carrier, role, psk, signal: deadline.signal});
		const channel = new Channel(options, secure);
		return await channel.greet(deadline.signal);
	} catch (error) {
		carrier.destroy(failureOf(error));
		throw failureOf(error);
	} finally {
		deadline.clear();
	}
}

class Channel implements PeerChannel {
	readonly closed: Promise<ChannelEnd>;
	readonly objects: SealedLane | undefined;
	readonly #options: PeerChannelOptions;
	readonly #secure: SecureChannel;
	readonly #bulk: BulkLane;
	readonly #heartbeat: Heartbeat;
	readonly #splitter = new FrameSplitter(maxEarlyFrameBytes, (kind, body) => this.#take(kind, body));
	#status: 'auth' | 'hello' | 'held' | 'open' | 'closed' = 'auth';
	#hello: Hello | undefined;
	#held: [kind: number, body: Uint8Array][] = [];
	#settleClosed: (end: ChannelEnd) => void = () => {};
	#settleGreeting: (failure?: Failure) => void = () => {};
	#badMessages = 0;
	#droppedFrames = 0;
	#ping: {id: number; sentAt: number} = {id: 0, sentAt: 0};
	#rttMs: number | undefined;

	constructor(options: PeerChannelOptions, secure: SecureChannel) {
		this.#options = options;
		this.#secure = secure;
		this.#bulk = new BulkLane(secure.stream, options.limiter?.up);
		this.objects = options.makeLane?.(secure);
		this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
		this.#heartbeat = new Heartbeat({
			...(options.carrier.tier === 'direct' ? directHeartbeat : relayHeartbeat),
			ping: () => this.#sendPing(),
			dead: () => this.#end({reason: 'peer_silent'}),
		});
	}

	get peerId() {
		return this.#options.peer.peerId;
	}

	get tier() {
		return this.#options.carrier.tier;
	}

	get route() {
		return this.#options.carrier.route;
	}

	get generation() {
		return this.#options.carrier.generation;
	}

	get openedAt() {
		return this.#options.carrier.openedAt;
	}

	get hello(): Hello {
		return this.#hello ?? this.#options.hello;
	}

	get bytesIn() {
		return this.#options.carrier.bytesIn + (this.objects?.bytesIn ?? 0);
	}

	get bytesOut() {
		return this.#options.carrier.bytesOut + (this.objects?.bytesOut ?? 0);
	}

	get rttMs() {
		return this.#rttMs;
	}

	get droppedFrames() {
		return this.#droppedFrames;
	}

	/** Exchanges `auth` and `hello`; resolves with itself one turn before the first message is passed on. */
	async greet(signal: AbortSignal): Promise<PeerChannel> {
		const {identity, peer, instance, sessionId, carrier, hello} = this.#options;
		const {stream} = this.#secure;
		const greeted = new Promise<void>((resolve, reject) => {
			this.#settleGreeting = (failure) => (failure ? reject(failure) : resolve());
		});
		const abort = () => this.#end({reason: 'aborted'}, failureOf(signal.reason));
		signal.addEventListener('abort', abort, {once: true});
		stream.on('data', (chunk: Buffer) => this.#read(chunk));
		stream.once('end', () => this.#end({reason: 'closed_by_peer'}));
		for (const source of [carrier, stream]) {
			source.on('error', (error: Error) => this.#end({reason: failureOf(error, 'carrier_lost').code}));
			source.once('close', () => this.#end({reason: 'carrier_lost'}));
		}
		const facts = {sessionId, generation: this.generation, instance};
		this.send(makeAuth(this.#secure, identity, peer.peerId, facts));
		this.send(hello);
		if (signal.aborted) abort();
		if (carrier.destroyed || stream.destroyed) this.#end({reason: 'carrier_lost'});
		try {
			await greeted;
		} finally {
			signal.removeEventListener('abort', abort);
		}
		this.#heartbeat.start();
		this.#sendPing();
		setImmediate(() => this.#open());
		return this;
	}

	send(message: PeerMessage): void {
		if (this.#status === 'closed') return;
		const limit = this.#hello ? maxPeerFrameBytes : maxEarlyFrameBytes;
		const frame = encodeControlFrame(message, limit) ?? encodeControlFrame(fitMessage(message, limit), limit);
		if (!frame) throw new RangeError(`A ${message.type} message does not fit into a frame.`);
		this.objects?.announce(message);
		if (message.type === 'end' && this.objects) {
			void this.objects.settled(message.request).then(() => this.#write(frame));
		} else {
			this.#write(frame);
		}
	}

	#write(frame: Uint8Array): void {
		if (this.#status === 'closed') return;
		this.#secure.stream.write(frame);
		if (this.#secure.stream.writableLength > maxUnsentBytes) this.#end({reason: 'peer_silent'});
	}

	sendBulk(
		kind: BulkKind,
		{request, index, offset = 0}: {request: number; index: number; offset?: number},
		bytes: Uint8Array,
	): Promise<void> {
		return this.#bulk.send(kind, {request, index, offset}, bytes);
	}

	close(reason: string): void {
		this.#end({reason});
	}

	async drain(): Promise<void> {
		await this.#bulk.drain();
		const {stream} = this.#secure;
		while (this.#status !== 'closed' && stream.writableNeedDrain) {
			await Promise.race([once(stream, 'drain').catch(() => {}), this.closed]);
		}
	}

	#read(chunk: Buffer): void {
		this.#heartbeat.heard();
		if (!this.#splitter.push(chunk)) this.#end({reason: 'bad_frame', hostile: true});
	}

	#take(kind: number, body: Uint8Array): void {
		if (this.#status === 'auth' || this.#status === 'hello') this.#takeGreeting(kind, body);
		else if (this.#status === 'held') this.#held.push([kind, body]);
		else if (this.#status === 'open') this.#dispatch(kind, body);
	}

	#takeGreeting(kind: number, body: Uint8Array): void {
		const parsed = kind === frameKinds.control ? decodeControl(body) : undefined;
		const message = parsed?.ok ? parsed.message : undefined;
		const {identity, peer, sessionId} = this.#options;
		if (this.#status === 'auth' && message?.type === 'auth') {
			const facts = {sessionId, generation: this.generation, instance: peer.instance};
			if (isAuthentic(message, this.#secure, identity.peerId, peer.peerId, facts)) {
				this.#status = 'hello';
				return;
			}
		} else if (this.#status === 'hello' && message?.type === 'hello') {
			const failure = this.#judgeHello(message);
			if (failure) {
				this.#end({reason: failure.code}, failure);
				return;
			}
			this.#hello = message;
			this.#splitter.limitBytes = maxPeerFrameBytes;
			this.#status = 'held';
			this.#secure.stream.pause();
			this.#settleGreeting();
			return;
		}
		this.#end({reason: 'not_authentic', hostile: true});
	}

	#judgeHello(theirs: Hello): Failure | undefined {
		const ours = this.#options.hello;
		if (theirs.versions[0] > ours.versions[1] || theirs.versions[1] < ours.versions[0]) {
			const details = {ours: ours.versions.join('-'), theirs: theirs.versions.join('-')};
			return new Failure('unsupported_version', {severity: 'fatal', details});
		}
		if (!theirs.tiers.includes(this.tier) || !ours.tiers.includes(this.tier)) {
			const details = {
				mine: ours.tiers.join(','),
				theirs: theirs.tiers.join(','),
				tiers: theirs.tiers.join(','),
			};
			return new Failure('pinned', {details});
		}
		return undefined;
	}

	#open(): void {
		if (this.#status !== 'held') return;
		this.#status = 'open';
		this.objects?.open({
			heard: () => this.#heartbeat.heard(),
			chunk: (chunk) => this.#options.callbacks.objects?.(this, chunk),
			want: (want) => this.#options.callbacks.message(this, want),
			broken: (reason, hostile) => this.#end({reason, ...(hostile ? {hostile} : {})}),
		});
		for (const [kind, body] of this.#held.splice(0)) this.#take(kind, body);
		this.#secure.stream.resume();
	}

	#dispatch(kind: number, body: Uint8Array): void {
		if (kind === frameKinds.control) this.#dispatchControl(body);
		else if (kind === frameKinds.segment) this.#dispatchBulk('segment', body);
		else if (kind === frameKinds.part) this.#dispatchBulk('part', body);
		else this.#droppedFrames++;
	}

	#dispatchControl(body: Uint8Array): void {
		const parsed = decodeControl(body);
		if (!parsed.ok) {
			this.#droppedFrames++;
			if (parsed.code === 'bad_message' && ++this.#badMessages > maxBadMessages) {
				this.#end({reason: 'bad_message', hostile: true});
			}
			return;
		}
		const {message} = parsed;
		if (message.type === 'ping') this.send({type: 'pong', id: message.id});
		else if (message.type === 'pong') this.#takePong(message.id);
		// A later `hello` is a statement as others are: what the peer allows now.
		else if (message.type === 'auth') this.#droppedFrames++;
		else if (message.type === 'want' && this.objects) this.objects.takeWant(message);
		else {
			this.objects?.settle(message);
			this.#options.callbacks.message(this, message);
		}
	}

	#dispatchBulk(kind: BulkKind, body: Uint8Array): void {
		const bulk: {header: BulkHeader; bytes: Uint8Array} | undefined = decodeBulk(body);
		if (bulk) this.#options.callbacks.bulk(this, kind, bulk.header, bulk.bytes);
		else this.#end({reason: 'bad_frame', hostile: true});
	}

	#sendPing(): void {
		this.#ping = {id: this.#ping.id + 1, sentAt: performance.now()};
		this.send({type: 'ping', id: this.#ping.id});
	}

	#takePong(id: number): void {
		if (id === this.#ping.id) this.#rttMs = performance.now() - this.#ping.sentAt;
	}

	/** The one way out, for every reason; what comes after the first changes nothing. */
	#end(end: ChannelEnd, failure?: Failure): void {
		if (this.#status === 'closed') return;
		const wasOpen = this.#status === 'open' || this.#status === 'held';
		this.#status = 'closed';
		this.#heartbeat.stop();
		const cause = failure ?? new Failure(end.reason, {severity: end.hostile ? 'hostile' : 'transient'});
		this.#bulk.end(cause);
		this.objects?.end(cause);
		this.#settleGreeting(cause);
		this.#hangUp(wasOpen && !end.hostile ? undefined : cause);
		this.#settleClosed(end);
		if (wasOpen) this.#options.callbacks.closed(this, end);
	}

	#hangUp(failure: Failure | undefined): void {
		const {carrier} = this.#options;
		const {stream} = this.#secure;
		if (failure || stream.destroyed) {
			carrier.destroy(failure);
			stream.destroy();
			return;
		}
		stream.end();
		const timer = setTimeout(() => {
			stream.destroy();
			carrier.destroy();
		}, lingerMs);
		timer.unref();
		carrier.once('close', () => clearTimeout(timer));
	}
}
