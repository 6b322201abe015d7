/**
 * Tier json's way for git objects: `request_git_objects`, `git_objects_chunk`, `git_objects_ack` and `git_objects_failed`
 * beside the secure channel. What decides goes through the channel; what the relay sees can be checked, counted and
 * limited by it, but tells it nothing: contents are sealed, ids blinded.
 */
import {Failure} from '../protocol/failure.js';
import {maxChunkBytes, maxWindowBytes, startWindowBytes} from '../protocol/limits.js';
import {type PeerMessage, type PeerMessageOf} from '../protocol/peer-messages.js';
import {type RelayMessage} from '../protocol/relay-messages.js';
import {LaneCredit} from './lane-credit.js';
import {type ChunkFacts, ObjectSeal} from './object-seal.js';
import {type ObjectLane, type ObjectsChunk} from './peer-channel.js';
import {type RateShare} from './rate-limiter.js';
import {windowUnder} from './receive-window.js';
import {remember} from './remember.js';
import {type SecureChannel} from './secure-channel.js';

/** The four messages of this lane, as they come from the relay. */
export type ObjectMessage = Extract<
	RelayMessage,
	{type: 'request_git_objects' | 'git_objects_chunk' | 'git_objects_ack' | 'git_objects_failed'}
>;

/** One of ours: peers of this program number their requests. */
type NumberedMessage = ObjectMessage & {readonly request_id: number};
type Want = PeerMessageOf<'want'>;

/** What the lane needs of the relay's connection. */
export type LanePort = {
	/** Sends at once, before bulk. */
	control(message: LaneRequest): void;
	/** Sends in turn with other bulk; resolves with its bytes when the socket took it, or with 0 when the carrier is gone. */
	bulk(message: LaneRequest): Promise<number>;
};

/** A message of the lane without the fields that say from whom and to whom. */
type LaneRequest = DistributiveOmit<ObjectMessage, 'session_id' | 'from_peer_id'>;
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** Who hears what came. */
export type LaneListener = {
	heard(): void;
	chunk(chunk: ObjectsChunk): void | Promise<void>;
	want(want: Want): void;
	/** What came is not what the other end sealed: the relay may have changed it, so nobody is accused. */
	broken(reason: string): void;
};

/** Messages that may come before the channel is open. */
const maxEarlyMessages = 16;

export class SealedLane implements ObjectLane {
	bytesIn = 0;
	bytesOut = 0;
	readonly #seal: ObjectSeal;
	readonly #facts: Pick<ChunkFacts, 'sessionId' | 'generation'>;
	readonly #self: string;
	readonly #peerId: string;
	readonly #port: LanePort;
	readonly #down: RateShare | undefined;
	#listener: LaneListener | undefined;
	#failure: Failure | undefined;
	/** Requests seen at the relay whose want has not come through the channel yet, and the other way round. */
	readonly #announced = new Map<number, number>();
	readonly #wanted = new Map<number, Want>();
	readonly #credit = new LaneCredit();
	/** Object bytes taken so far for each request of ours. */
	readonly #taken = new Map<number, number>();
	/** Came before the channel was open. */
	readonly #early: ObjectMessage[] = [];
	/** Sends wait here for credit, in order. */
	#queue: Promise<void> = Promise.resolve();

	constructor(options: {
		readonly secure: SecureChannel;
		readonly port: LanePort;
		readonly sessionId: string;
		readonly generation: number;
		readonly self: string;
		readonly peerId: string;
		/** What the limit down leaves to the peer; the port keeps the one up. */
		readonly down?: RateShare | undefined;
	}) {
		this.#seal = new ObjectSeal(options.secure);
		this.#facts = {sessionId: options.sessionId, generation: options.generation};
		this.#self = options.self;
		this.#peerId = options.peerId;
		this.#port = options.port;
		this.#down = options.down;
	}

	/** Seals and sends one chunk when there is credit for it; chunks leave in the order of the calls. */
	send(chunk: ObjectsChunk): Promise<void> {
		const sent = this.#queue.then(() => this.#sendNow(chunk));
		this.#queue = sent.catch(() => {});
		return sent;
	}

	/** Tells the relay, blinded, what a message of ours asks for or refuses. */
	announce(message: PeerMessage): void {
		if (message.type === 'want') {
			remember(this.#taken, message.request, 0);
			this.#port.control({
				...this.#common('request_git_objects', message.request),
				commit_hash: this.#seal.blind(message.commit),
				have: message.have.map((oid) => this.#seal.blind(oid)),
				window_bytes: windowUnder(this.#down, startWindowBytes),
			});
		} else if (message.type === 'want_failed') {
			const code = /^[a-z0-9_]{1,64}$/.test(message.code) ? message.code : 'failed';
			this.#port.control({...this.#common('git_objects_failed', message.request), code});
			this.#credit.close(message.request);
		}
	}

	/** Resolves when the other end has taken all chunks of a request: `end` must not overtake them at the relay. */
	async settled(request: number): Promise<void> {
		await this.#queue;
		await this.#credit.taken(request);
		this.#credit.close(request);
	}

	/** A message that came through the channel: forgets what is over. */
	settle(message: PeerMessage): void {
		if (message.type === 'cancel') this.#credit.close(message.request);
	}

	/** A want that came through the channel; passed on when the relay has shown its request as well. */
	takeWant(want: Want): void {
		remember(this.#wanted, want.request, want);
		this.#matchWant(want.request);
	}

	open(listener: LaneListener): void {
		this.#listener = listener;
		for (const message of this.#early.splice(0)) this.receive(message);
	}

	/** Takes one message of the lane from the relay. */
	receive(message: ObjectMessage): void {
		if (this.#failure) return;
		if (!this.#listener) {
			if (this.#early.push(message) > maxEarlyMessages) this.end(new Failure('bad_message'));
			return;
		}
		this.#listener.heard();
		if (isNumbered(message)) this.#take(message);
	}

	/** Rejects what waits; nothing is sent or passed on afterwards. */
	end(failure: Failure): void {
		this.#failure ??= failure;
		this.#credit.end(failure);
	}

	#take(message: NumberedMessage): void {
		switch (message.type) {
			case 'request_git_objects': {
				remember(this.#announced, message.request_id, Math.min(message.window_bytes, maxWindowBytes));
				this.#matchWant(message.request_id);
				break;
			}
			case 'git_objects_chunk': {
				this.#takeChunk(message);
				break;
			}
			case 'git_objects_ack': {
				this.#credit.acknowledged(message.request_id, message.bytes);
				break;
			}
			case 'git_objects_failed': {
				break; // the channel says it too, and only that can be believed
			}
		}
	}

	async #sendNow(chunk: ObjectsChunk): Promise<void> {
		const bytes = chunk.objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
		if (bytes > maxChunkBytes) throw new RangeError('chunk of objects');
		await this.#credit.room(chunk.request, bytes);
		this.#throwIfOver();
		const facts = {
			...this.#facts,
			fromPeerId: this.#self,
			toPeerId: this.#peerId,
			requestId: chunk.request,
			chunkIndex: chunk.chunkIndex,
			totalChunks: chunk.totalChunks,
		};
		const sent = this.#port.bulk({
			...this.#common('git_objects_chunk', chunk.request),
			chunk_index: chunk.chunkIndex,
			total_chunks: chunk.totalChunks,
			objects: this.#seal.seal(facts, chunk.objects),
		});
		this.#credit.sent(chunk.request, bytes);
		this.bytesOut += await sent;
		// Also where the carrier ended with it on its way: nobody knows what the other end has of it.
		this.#throwIfOver();
	}

	#throwIfOver(): void {
		if (this.#failure) throw this.#failure;
	}

	#takeChunk(message: Extract<NumberedMessage, {type: 'git_objects_chunk'}>): void {
		const facts = {
			...this.#facts,
			fromPeerId: this.#peerId,
			toPeerId: this.#self,
			requestId: message.request_id,
			chunkIndex: message.chunk_index,
			totalChunks: message.total_chunks,
		};
		const wireBytes = message.objects.reduce((sum, object) => sum + object.data.length, 0);
		this.bytesIn += wireBytes;
		const objects = this.#seal.open(facts, message.objects);
		if (!objects) {
			this.#listener?.broken('not_authentic');
			return;
		}
		const {request_id: request, chunk_index: chunkIndex, total_chunks: totalChunks} = message;
		const bytes = objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
		const taken = this.#listener?.chunk({request, chunkIndex, totalChunks, objects});
		const down = this.#down?.bytesPerSecond === undefined ? undefined : this.#down.take(wireBytes);
		if (taken || down) void Promise.all([taken, down]).then(() => this.#acknowledge(request, bytes));
		else this.#acknowledge(request, bytes);
	}

	#acknowledge(request: number, bytes: number): void {
		if (this.#failure) return;
		const total = (this.#taken.get(request) ?? 0) + bytes;
		remember(this.#taken, request, total);
		this.#port.control({...this.#common('git_objects_ack', request), bytes: total});
	}

	#matchWant(request: number): void {
		const want = this.#wanted.get(request);
		const windowBytes = this.#announced.get(request);
		if (!want || windowBytes === undefined) return;
		this.#wanted.delete(request);
		this.#announced.delete(request);
		this.#credit.open(request, windowBytes);
		this.#listener?.want(want);
	}

	#common<Type extends ObjectMessage['type']>(type: Type, request: number) {
		return {type, request_id: request, ext: {generation: this.#facts.generation}};
	}
}

function isNumbered(message: ObjectMessage): message is NumberedMessage {
	return typeof message.request_id === 'number';
}
