/**
 * A PeerChannel over a secure stream on which both ends have greeted: two lanes, liveness, one end.
 *
 * | status   | next                                                                        |
 * |----------|-----------------------------------------------------------------------------|
 * | held     | the caller has the channel (one turn of the loop) → open                    |
 * | open     | silence, end, error, `close` → closed                                       |
 * | closed   |                                                                             |
 */
import {once} from 'node:events';
import {plainIp} from '../protocol/candidate.js';
import {Failure} from '../protocol/failure.js';
import {
	type BulkHeader,
	type BulkKind,
	decodeControl,
	encodeControlFrame,
	frameKinds,
	FrameSplitter,
} from '../protocol/peer-frames.js';
import {type Hello, maxPeerFrameBytes, type PeerMessage} from '../protocol/peer-messages.js';
import {BulkLane} from './bulk-lane.js';
import {failureOf} from './deadline.js';
import {fitMessage} from './fit-message.js';
import {hangUp} from './hang-up.js';
import {directHeartbeat, Heartbeat, relayHeartbeat} from './heartbeat.js';
import {type SealedLane} from './object-lane.js';
import {type PeerChannelOptions} from './open-peer-channel.js';
import {type ChannelEnd, type PeerChannel} from './peer-channel.js';
import {type RateShare} from './rate-limiter.js';
import {RoundTrip} from './round-trip.js';
import {type SecureChannel} from './secure-channel.js';

/** Control messages that the carrier did not take: by then the other end reads nothing and the heartbeat is late. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** Messages of known types in a wrong form: a few may be a version's mistake, this many are not. */
const maxBadMessages = 100;

type StreamChannelOptions = Pick<PeerChannelOptions, 'carrier' | 'peer' | 'callbacks' | 'limiter'>;

export class StreamChannel implements PeerChannel {
	readonly closed: Promise<ChannelEnd>;
	readonly objects: SealedLane | undefined;
	readonly hello: Hello;
	readonly #options: StreamChannelOptions;
	readonly #secure: SecureChannel;
	readonly #bulk: BulkLane;
	readonly #heartbeat: Heartbeat;
	readonly #splitter = new FrameSplitter(maxPeerFrameBytes, {
		frame: (kind, body) => this.#dispatch(kind, body),
		bulk: (kind, header, bytes) => this.#dispatchBulk(kind, header, bytes),
	});
	#status: 'held' | 'open' | 'closed' = 'held';
	#earlyEnd: ChannelEnd | undefined;
	#tellClosed: (end: ChannelEnd) => void = (end) => (this.#earlyEnd = end);
	#settleClosed: (end: ChannelEnd) => void = () => {};
	#badMessages = 0;
	#droppedFrames = 0;
	/** What the limit down leaves to the peer; tunnels grant credit by it, a direct carrier has only this. */
	readonly #down: RateShare | undefined;
	/** Holds back what arrives, for that limit. */
	#isPaused = false;
	readonly #roundTrip = new RoundTrip();

	/** The first message is passed on one turn later, when the caller has the channel. */
	constructor(
		options: StreamChannelOptions,
		secure: SecureChannel,
		hello: Hello,
		lane: SealedLane | undefined,
	) {
		this.#options = options;
		this.#secure = secure;
		this.hello = hello;
		this.objects = lane;
		const {carrier} = options;
		const {stream} = secure;
		this.#bulk = new BulkLane(stream, options.limiter?.up.shareOf(options.peer.peerId));
		this.#down = carrier.tier === 'direct' ? options.limiter?.down.shareOf(options.peer.peerId) : undefined;
		this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
		this.#heartbeat = new Heartbeat({
			...(carrier.tier === 'direct' ? directHeartbeat : relayHeartbeat),
			ping: () => this.send(this.#roundTrip.ping()),
			dead: () => this.#end({reason: 'peer_silent'}),
			isWaiting: () => this.#isPaused,
		});
		stream.once('end', () => this.#end({reason: 'closed_by_peer'}));
		for (const source of [carrier, stream]) {
			source.on('error', (error: Error) => this.#end({reason: failureOf(error, 'carrier_lost').code}));
			source.once('close', () => this.#end({reason: 'carrier_lost'}));
		}
		this.#heartbeat.start();
		this.send(this.#roundTrip.ping());
		if (carrier.destroyed || stream.destroyed) this.#end({reason: 'carrier_lost'});
		setImmediate(() => this.#open());
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

	get localAddress() {
		const {localAddress} = this.#options.carrier;
		return localAddress === undefined ? undefined : plainIp(localAddress);
	}

	get openedAt() {
		return this.#options.carrier.openedAt;
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

	send(message: PeerMessage): void {
		if (this.#status === 'closed') return;
		const frame = encodeControlFrame(message) ?? encodeControlFrame(fitMessage(message, maxPeerFrameBytes));
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
		taken?: (bytes: number) => void,
	): Promise<void> {
		return this.#bulk.send(kind, {request, index, offset}, bytes, taken);
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
		this.#slowDown(chunk.byteLength);
		if (!this.#splitter.push(chunk)) this.#end({reason: 'bad_frame', hostile: true});
	}

	/** Reads no faster than `--limit-down` allows. */
	#slowDown(bytes: number): void {
		if (this.#down?.bytesPerSecond === undefined) return;
		const {stream} = this.#secure;
		stream.pause();
		// At a few kB/s one read is paid for after longer than the heartbeat lasts.
		this.#isPaused = true;
		void this.#down.take(bytes).then(() => {
			this.#isPaused = false;
			this.#heartbeat.heard();
			stream.resume();
		});
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
			broken: (reason) => this.#end({reason}),
		});
		this.#secure.stream.on('data', (chunk: Buffer) => this.#read(chunk));
		this.#secure.stream.resume();
	}

	#dispatch(kind: number, body: Uint8Array): void {
		if (this.#status === 'closed') return;
		if (kind === frameKinds.control) this.#dispatchControl(body);
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
		else if (message.type === 'pong') this.#roundTrip.pong(message);
		// A later `hello` is a statement as others are: what the peer allows now.
		else if (message.type === 'auth') this.#droppedFrames++;
		else if (message.type === 'want' && this.objects) this.objects.takeWant(message);
		else {
			this.objects?.settle(message);
			this.#options.callbacks.message(this, message);
		}
	}

	#dispatchBulk(kind: BulkKind, header: BulkHeader, bytes: Uint8Array): void {
		if (this.#status !== 'closed') this.#options.callbacks.bulk(this, kind, header, bytes);
	}

	/** The one way out, for every reason; what comes after the first changes nothing. */
	#end(end: ChannelEnd): void {
		if (this.#status === 'closed') return;
		this.#status = 'closed';
		this.#heartbeat.stop();
		const cause = new Failure(end.reason, {severity: end.hostile ? 'hostile' : 'transient'});
		this.#bulk.end(cause);
		this.objects?.end(cause);
		hangUp(this.#secure.stream, this.#options.carrier, end.hostile ? cause : undefined);
		this.#settleClosed(end);
		this.#tellClosed(end);
	}
}
