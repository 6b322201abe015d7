/**
 * The receiving side of one want on one channel: puts slices together, checks every number against what was announced
 * and against the bounds, and hands over whole units in order. It decides nothing and stores nothing; it throws
 * `hostile_data` at the first thing that does not fit.
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {maxSliceBytes} from '../../protocol/peer-frames.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type BulkHeader, type BulkKind, type Channel, type ChunkObject, type ObjectChunk} from './channel.js';
import {type GraphEntry} from './graph-batches.js';
import {type ExchangeProgress} from './progress.js';
import {checkPart, checkSegment} from './check-units.js';
import {hostileData} from './hostile.js';
import {
	maxChunkBytes,
	maxChunkObjects,
	maxGraphCommits,
	maxUnackedChunkBytes,
	maxUnackedUnits,
} from './limits.js';

/** The messages that answer a want. */
export type AnswerMessage = PeerMessageOf<'plan' | 'graph' | 'segment' | 'part' | 'end' | 'want_failed'>;

/** A whole unit that has arrived. `index` is what is acknowledged. */
export type Arrived =
	| {
			readonly kind: 'segment';
			readonly index: number;
			readonly header: PeerMessageOf<'segment'>;
			readonly bytes: Buffer;
	  }
	| {
			readonly kind: 'part';
			readonly index: number;
			readonly header: PeerMessageOf<'part'>;
			readonly bytes: Buffer;
			/** Its path ended before the rest came: it is stored, and is not acknowledged. */
			readonly isCut: boolean;
	  }
	| {
			readonly kind: 'chunk';
			readonly index: number;
			readonly objects: readonly ChunkObject[];
	  };

/** What units added to the store, and how many of their bytes were there already. */
export type Stored = {readonly bytes: number; readonly objects: number; readonly repeatedBytes: number};

type Announced = {
	readonly header: PeerMessageOf<'segment'> | PeerMessageOf<'part'>;
	bytes?: Buffer;
	filled: number;
};

export class Answer {
	readonly channel: Channel;
	readonly request: number;
	/** Totals as the supplier counted them; zeros until it has. */
	plan: PeerMessageOf<'plan'>;
	/** What of this answer is durable here. */
	storedBytes = 0;
	storedObjects = 0;
	/** The supplier said that no more comes. */
	ended = false;
	/** We said that it shall end early: what it ends with may not be all. */
	cancelled = false;
	/** What arrived and is of no use: it is asked for again, or came twice. */
	wastedBytes = 0;
	readonly graph: GraphEntry[] = [];
	readonly #resumed: boolean;
	readonly #onArrived: (unit: Arrived) => void;
	readonly #announced: Announced[] = [];
	#closed = false;
	#hasWholeGraph = false;
	#nextIndex = 0;
	#unstoredUnits = 0;
	#unstoredBytes = 0;

	constructor(options: {
		channel: Channel;
		request: number;
		/** True if the want named a place to go on from: only then may the plan count something as done. */
		resumed: boolean;
		onArrived: (unit: Arrived) => void;
	}) {
		this.channel = options.channel;
		this.request = options.request;
		this.#resumed = options.resumed;
		this.#onArrived = options.onArrived;
		this.plan = {
			type: 'plan',
			request: options.request,
			objects: 0,
			bytes: 0,
			done_objects: 0,
			done_bytes: 0,
		};
	}

	/** Everything that was planned is durable and the supplier has no more. */
	get complete(): boolean {
		const hasObjects = this.ended && this.storedObjects === this.plan.objects - this.plan.done_objects;
		// One that was cancelled ends before its graph, or before it was counted at all.
		return hasObjects && (!this.cancelled || this.#hasWholeGraph);
	}

	/** Nothing more is taken: the channel is gone, or the want goes on elsewhere. */
	get closed(): boolean {
		return this.#closed;
	}

	/** Takes nothing more. The bytes of a part that are here are handed over; those of half a segment are lost. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		const unit = this.#announced[0];
		if (!unit?.bytes || unit.filled === 0) return;
		const {header, filled} = unit;
		if (header.type === 'segment') {
			this.wastedBytes += filled;
			return;
		}
		this.#announced.shift();
		this.#unstoredBytes += filled;
		const bytes = unit.bytes.subarray(0, filled);
		this.#onArrived({kind: 'part', index: header.index, header, bytes, isCut: true});
	}

	/** True while something that is here whole waits to be stored: the supplier may be waiting for our word. */
	get holdsUnits(): boolean {
		return this.#unstoredBytes > 0;
	}

	/** True while the next step is ours: as much as may be under way is here and waits to be stored. */
	get holdsAllItMay(): boolean {
		const units = this.#unstoredUnits - this.#announced.length;
		return units >= maxUnackedUnits || this.#unstoredBytes >= maxUnackedChunkBytes;
	}

	/** Bytes of units under way that have arrived, for the screen. */
	get arrivingBytes(): number {
		return this.#announced.reduce((sum, unit) => sum + unit.filled, this.#unstoredBytes);
	}

	/** As the screen shows it; `heldBytes` were stored, but not durably. */
	progress(commit: Oid, heldBytes: number): Omit<ExchangeProgress, 'resentBytes'> {
		const {plan} = this;
		const isCounted = plan.objects > 0;
		return {
			peerId: this.channel.peerId,
			tier: this.channel.tier,
			commit,
			doneBytes: plan.done_bytes + this.storedBytes - heldBytes,
			totalBytes: isCounted ? plan.bytes : undefined,
			doneObjects: plan.done_objects + this.storedObjects,
			totalObjects: isCounted ? plan.objects : undefined,
			resumedBytes: plan.done_bytes,
			arrivingBytes: this.arrivingBytes,
		};
	}

	/** Takes one message; throws the Failure that it tells of, or `hostile_data`. */
	take(message: AnswerMessage): void {
		switch (message.type) {
			case 'plan': {
				return this.#takePlan(message);
			}
			case 'graph': {
				return this.#takeGraph(message);
			}
			case 'segment':
			case 'part': {
				return this.#takeHeader(message);
			}
			case 'end': {
				this.ended = true;
				return;
			}
			case 'want_failed': {
				const isUnknown = message.code === 'unknown_commit';
				throw new Failure(isUnknown ? 'unknown_commit' : 'want_failed', {details: {code: message.code}});
			}
		}
	}

	#takePlan(plan: PeerMessageOf<'plan'>): void {
		if (this.plan.objects > 0) return; // repeated, as a sign of life
		if (plan.done_objects > plan.objects || plan.done_bytes > plan.bytes)
			throw hostileData('plan beyond itself');
		if (!this.#resumed && (plan.done_objects > 0 || plan.done_bytes > 0))
			throw hostileData('plan skips objects');
		this.plan = plan;
		this.#checkStored();
	}

	#takeGraph({commits, last}: PeerMessageOf<'graph'>): void {
		if (this.graph.length + commits.length > maxGraphCommits) throw hostileData('graph too large');
		this.graph.push(...commits);
		this.#hasWholeGraph = last;
	}

	#takeHeader(header: PeerMessageOf<'segment'> | PeerMessageOf<'part'>): void {
		if (!this.#isNext(header.index)) return;
		if (header.type === 'segment') checkSegment(header);
		else checkPart(header);
		this.#announced.push({header, filled: 0});
		this.#unstoredUnits++;
		if (this.#unstoredUnits > maxUnackedUnits) throw hostileData('more under way than allowed');
	}

	takeBulk(kind: BulkKind, {index, offset}: BulkHeader, bytes: Uint8Array): void {
		const unit = this.#announced[0];
		if (index < (unit?.header.index ?? this.#nextIndex)) return this.#waste(bytes); // of a unit that is here
		if (!unit || index !== unit.header.index || kind !== unit.header.type)
			throw hostileData('bytes nobody announced');
		const {header} = unit;
		const start = header.type === 'part' ? header.offset : 0;
		if (offset + bytes.byteLength <= start + unit.filled) return this.#waste(bytes);
		const end = unit.filled + bytes.byteLength;
		if (offset !== start + unit.filled || end > header.bytes || bytes.byteLength > maxSliceBytes) {
			throw hostileData('bytes at a wrong place');
		}
		// Only now, so that an announcement alone costs nothing.
		unit.bytes ??= Buffer.allocUnsafeSlow(header.bytes);
		unit.bytes.set(bytes, unit.filled);
		unit.filled = end;
		if (end < header.bytes) return;
		this.#announced.shift();
		this.#unstoredBytes += header.bytes;
		this.#onArrived(
			header.type === 'segment'
				? {kind: 'segment', index, header, bytes: unit.bytes}
				: {kind: 'part', index, header, bytes: unit.bytes, isCut: false},
		);
	}

	takeChunk({chunkIndex, objects}: ObjectChunk): void {
		if (!this.#isNext(chunkIndex)) return;
		const unit: Arrived = {kind: 'chunk', index: chunkIndex, objects};
		const size = sizeOf(unit);
		if (objects.length > maxChunkObjects || size > maxChunkBytes) throw hostileData('chunk too large');
		this.#unstoredUnits++;
		this.#unstoredBytes += size;
		if (this.#unstoredBytes > maxUnackedChunkBytes + maxChunkBytes)
			throw hostileData('more under way than allowed');
		this.#onArrived(unit);
	}

	/** Units were stored and added that much. */
	stored(units: readonly Arrived[], added: Stored): void {
		this.wastedBytes += added.repeatedBytes;
		this.#unstoredUnits -= units.length;
		for (const unit of units) this.#unstoredBytes -= sizeOf(unit);
		this.storedBytes += added.bytes;
		this.storedObjects += added.objects;
		this.#checkStored();
	}

	/** On tier json the first objects may overtake the plan; what comes without one is bounded. */
	#checkStored(): void {
		const {objects, bytes, done_objects: doneObjects, done_bytes: doneBytes} = this.plan;
		const isCounted = objects > 0;
		const isBeyond = this.storedObjects > objects - doneObjects || this.storedBytes > bytes - doneBytes;
		if (isCounted ? isBeyond : this.storedBytes > maxUnackedChunkBytes + maxChunkBytes) {
			throw hostileData('more than planned');
		}
	}

	/** Bytes that came twice. */
	#waste(bytes: Uint8Array): void {
		this.wastedBytes += bytes.byteLength;
	}

	/** False for a unit that was announced before; units come in order without gaps. */
	#isNext(index: number): boolean {
		if (index < this.#nextIndex) return false;
		if (index > this.#nextIndex) throw hostileData('a unit is missing');
		if (this.ended) throw hostileData('a unit after the end');
		this.#nextIndex++;
		return true;
	}
}

/** Bytes as they arrived. */
function sizeOf(unit: Arrived): number {
	if (unit.kind !== 'chunk') return unit.bytes.byteLength;
	return unit.objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
}
