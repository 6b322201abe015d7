/**
 * A PeerChannel over a secure stream: two lanes, liveness, one end.
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
	type PeerMessageOf,
} from '../protocol/peer-messages.js';
import {makeAuth} from './authenticate.js';
import {BulkLane} from './bulk-lane.js';
import {failureOf} from './deadline.js';
import {fitMessage} from './fit-message.js';
import {judgeAuth, judgeHello} from './greeting.js';
import {hangUp} from './hang-up.js';
import {directHeartbeat, Heartbeat, relayHeartbeat} from './heartbeat.js';
import {type SealedLane} from './object-lane.js';
import {type PeerChannelOptions} from './open-peer-channel.js';
import {type ChannelEnd, type PeerChannel} from './peer-channel.js';
import {RoundTrip} from './round-trip.js';
import {type SecureChannel} from './secure-channel.js';

/** Control messages that the carrier did not take: by then the other end reads nothing and the heartbeat is late. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** Messages of known types in a wrong form: a few may be a version's mistake, this many are not. */
const maxBadMessages = 100;

export class StreamChannel implements PeerChannel {
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
	#earlyEnd: ChannelEnd | undefined;
	#tellClosed: (end: ChannelEnd) => void = (end) => (this.#earlyEnd = end);
	#settleClosed: (end: ChannelEnd) => void = () => {};
	#settleGreeting: (failure?: Failure) => void = () => {};
	#badMessages = 0;
	#droppedFrames = 0;
	readonly #roundTrip = new RoundTrip();

	constructor(options: PeerChannelOptions, secure: SecureChannel) {
		this.#options = options;
		this.#secure = secure;
		this.#bulk = new BulkLane(secure.stream, options.limiter?.up);
		this.objects = options.makeLane?.(secure);
		this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
		this.#heartbeat = new Heartbeat({
			...(options.carrier.tier === 'direct' ? directHeartbeat : relayHeartbeat),
			ping: () => this.send(this.#roundTrip.ping()),
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
		return this.#roundTrip.rttMs;
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
		this.send(this.#roundTrip.ping());
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
		const failure =
			this.#status === 'auth'
				? judgeAuth(message, this.#options, this.#secure)
				: judgeHello(message, this.#options.hello, this.tier);
		if (failure) {
			const isHostile = failure.severity === 'hostile';
			this.#end({reason: failure.code, ...(isHostile ? {hostile: true} : {})}, failure);
		} else if (message?.type === 'hello') {
			this.#hello = message;
			this.#splitter.limitBytes = maxPeerFrameBytes;
			this.#status = 'held';
			this.#secure.stream.pause();
			this.#settleGreeting();
		} else {
			this.#status = 'hello';
		}
	}

	/** The caller has the channel: from now on it is told everything, an end that came meanwhile first of all. */
	#open(): void {
		this.#tellClosed = (end) => this.#options.callbacks.closed(this, end);
		if (this.#earlyEnd) this.#tellClosed(this.#earlyEnd);
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
		else if (message.type === 'pong') this.#takePong(message);
		// A later `hello` is a statement as others are: what the peer allows now.
		else if (message.type === 'auth') this.#droppedFrames++;
		else if (message.type === 'want' && this.objects) this.objects.takeWant(message);
		else {
			this.objects?.settle(message);
			this.#options.callbacks.message(this, message);
		}
	}

	#takePong(message: PeerMessageOf<'pong'>): void {
		this.#roundTrip.pong(message);
		if (this.rttMs !== undefined) this.#options.carrier.noteRoundTrip?.(this.rttMs);
	}

	#dispatchBulk(kind: BulkKind, body: Uint8Array): void {
		const bulk = decodeBulk(body);
		if (bulk) this.#options.callbacks.bulk(this, kind, bulk.header, bulk.bytes);
		else this.#end({reason: 'bad_frame', hostile: true});
	}

	/** The one way out, for every reason; what comes after the first changes nothing. */
	#end(end: ChannelEnd, failure?: Failure): void {
		if (this.#status === 'closed') return;
		const hasGreeted = this.#hello !== undefined;
		this.#status = 'closed';
		this.#heartbeat.stop();
		const cause = failure ?? new Failure(end.reason, {severity: end.hostile ? 'hostile' : 'transient'});
		this.#bulk.end(cause);
		this.objects?.end(cause);
		this.#settleGreeting(cause);
		hangUp(this.#secure.stream, this.#options.carrier, hasGreeted && !end.hostile ? undefined : cause);
		this.#settleClosed(end);
		this.#tellClosed(end);
	}
}
