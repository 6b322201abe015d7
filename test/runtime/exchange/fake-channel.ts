/**
 * Two ends of a channel in memory for tests of the exchange: the two lanes, order and back-pressure of a real one, and
 * faults as data. What it carried is counted.
 */
import {Failure} from '../../../source/protocol/failure.js';
import {type BulkHeader, type BulkKind, maxSliceBytes} from '../../../source/protocol/peer-frames.js';
import {type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {type Tier} from '../../../source/protocol/tiers.js';
import {type Channel, type ObjectChunk} from '../../../source/runtime/exchange/channel.js';

export type Faults = {
	/** The channel closes after this many bytes of objects towards `two`. */
	readonly diesAfterBytes?: number;
	/** Nothing passes any more after this many bytes of objects towards `two`, and nobody is told. */
	readonly stallsAfterBytes?: number;
	/** Changes a message to `two` before it arrives; answers with what arrives in its place. */
	readonly tamper?: (message: PeerMessage) => readonly PeerMessage[];
	/** Changes bytes to `two`. */
	readonly tamperBytes?: (bytes: Uint8Array) => Uint8Array;
	/** Every slice and chunk to `two` arrives twice. */
	readonly twice?: boolean;
};

export type Handlers = {
	message: (channel: Channel, message: PeerMessage) => void;
	bulk: (channel: Channel, kind: BulkKind, header: BulkHeader, bytes: Uint8Array) => void;
	objects: (channel: Channel, chunk: ObjectChunk) => void;
	closed: (channel: Channel) => void;
};

type Frame = {readonly deliver: () => void; readonly bytes: number; readonly taken?: () => void};

export class FakeChannel implements Channel {
	readonly peerId: string;
	readonly tier: Tier;
	readonly objects: Channel['objects'];
	/** Control messages sent by this end. */
	readonly sent: PeerMessage[] = [];
	/** Object bytes that arrived at the other end. */
	objectBytes = 0;
	other!: FakeChannel;
	handlers!: Handlers;
	readonly #faults: Faults;
	readonly #control: Frame[] = [];
	readonly #bulk: Frame[] = [];
	readonly #rejects = new Set<(error: Failure) => void>();
	#running = false;
	isClosed = false;

	constructor(peerId: string, tier: Tier, faults: Faults) {
		this.peerId = peerId;
		this.tier = tier;
		this.#faults = faults;
		if (tier === 'json') this.objects = {send: async (chunk) => this.#sendChunk(chunk)};
	}

	send(message: PeerMessage): void {
		if (this.isClosed) return;
		this.sent.push(message);
		for (const changed of this.#faults.tamper?.(message) ?? [message]) {
			const copy = structuredClone(changed);
			this.#push(this.#control, {deliver: () => this.other.handlers.message(this.other, copy), bytes: 0});
		}
	}

	async sendBulk(
		kind: BulkKind,
		{request, index, offset = 0}: {request: number; index: number; offset?: number},
		bytes: Uint8Array,
		taken?: (bytes: number) => void,
	): Promise<void> {
		for (let at = 0; at < bytes.byteLength; at += maxSliceBytes) {
			const slice = this.#changed(bytes.subarray(at, at + maxSliceBytes));
			const header = {request, index, offset: offset + at};
			await this.#taken(slice.byteLength, () => this.other.handlers.bulk(this.other, kind, header, slice));
			taken?.(at + slice.byteLength);
		}
	}

	async drain(): Promise<void> {
		// Nothing is bounded here.
	}

	close(_reason?: string): void {
		for (const end of [this, this.other]) {
			if (end.isClosed) continue;
			end.isClosed = true;
			for (const reject of end.#rejects) reject(new Failure('carrier_lost'));
			setImmediate(() => end.handlers.closed(end));
		}
	}

	async #sendChunk(chunk: ObjectChunk): Promise<void> {
		const objects = chunk.objects.map((object) => ({...object, bytes: this.#changed(object.bytes)}));
		const size = objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
		await this.#taken(size, () => this.other.handlers.objects(this.other, {...chunk, objects}));
	}

	#changed(bytes: Uint8Array): Uint8Array {
		const copy = Buffer.from(bytes);
		return this.#faults.tamperBytes?.(copy) ?? copy;
	}

	async #taken(bytes: number, deliver: () => void): Promise<void> {
		if (this.isClosed) throw new Failure('carrier_lost');
		await new Promise<void>((resolve, reject) => {
			this.#rejects.add(reject);
			const taken = () => {
				this.#rejects.delete(reject);
				resolve();
			};
			this.#push(this.#bulk, {deliver, bytes, taken});
			if (this.#faults.twice) this.#push(this.#bulk, {deliver, bytes: 0});
		});
	}

	#push(lane: Frame[], frame: Frame): void {
		lane.push(frame);
		if (this.#running) return;
		this.#running = true;
		setImmediate(() => this.#carry());
	}

	#carry(): void {
		const {diesAfterBytes = Infinity, stallsAfterBytes = Infinity} = this.#faults;
		if (this.isClosed || this.objectBytes >= stallsAfterBytes) return;
		const frame = this.#control.shift() ?? this.#bulk.shift();
		if (!frame) {
			this.#running = false;
			return;
		}
		this.objectBytes += frame.bytes;
		if (this.objectBytes > diesAfterBytes) return this.close();
		frame.deliver();
		frame.taken?.();
		setImmediate(() => this.#carry());
	}
}

/** A connected pair; the faults are those of the way from `one` to `two`. */
export function fakeChannels(
	options: {tier?: Tier; faults?: Faults; peerId?: string; otherPeerId?: string} = {},
): [one: FakeChannel, two: FakeChannel] {
	const {tier = 'proxy', faults = {}, peerId = 'fetching', otherPeerId = 'supplying'} = options;
	const one = new FakeChannel(peerId, tier, faults);
	const two = new FakeChannel(otherPeerId, tier, {});
	one.other = two;
	two.other = one;
	return [one, two];
}
