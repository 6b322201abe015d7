/**
 * Puts the units of one answer together: slices come in order and without gaps, in no more units and bytes than may be
 * under way, and whole units are handed over in order. It throws `hostile_data` at the first thing that does not fit,
 * before anything is allocated for it.
 */
import {maxSliceBytes} from '../../protocol/peer-frames.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type Arrived, arrivedBytes} from './arrived.js';
import {type BulkHeader, type BulkKind, type ObjectChunk} from './channel.js';
import {checkPart, checkSegment} from './check-units.js';
import {unitWords} from './exchange-words.js';
import {hostileData} from './hostile.js';
import {maxChunkBytes, maxChunkObjects, maxUnackedChunkBytes, maxUnackedUnits} from './limits.js';

/** What announces a unit that comes in slices. */
export type UnitHeader = PeerMessageOf<'segment'> | PeerMessageOf<'part'>;

type Announced = {
	readonly header: UnitHeader;
	bytes?: Buffer;
	filled: number;
};

export class Assembly {
	/** What arrived and is of no use: it is asked for again, or came twice. */
	wastedBytes = 0;
	readonly #onArrived: (unit: Arrived) => void;
	readonly #announced: Announced[] = [];
	#nextIndex = 0;
	#unstoredUnits = 0;
	#unstoredBytes = 0;
	/** Deltas that are here: making an object of one can take longer than a silence may. */
	#unstoredDeltas = 0;
	#ended = false;
	readonly #mayBeDeltas: boolean;

	/** `mayBeDeltas`: they were asked for. */
	constructor(onArrived: (unit: Arrived) => void, mayBeDeltas = false) {
		this.#onArrived = onArrived;
		this.#mayBeDeltas = mayBeDeltas;
	}

	/** The supplier said that no more comes. */
	get ended(): boolean {
		return this.#ended;
	}

	/** True while something that is here whole waits to be stored: the supplier may be waiting for our word. */
	get holdsUnits(): boolean {
		return this.#unstoredBytes > 0;
	}

	/** True while the next step is ours: as much as may be under way is here and waits to be stored. */
	get holdsAllItMay(): boolean {
		const units = this.#unstoredUnits - this.#announced.length;
		return (
			this.#unstoredDeltas > 0 || units >= maxUnackedUnits || this.#unstoredBytes >= maxUnackedChunkBytes
		);
	}

	/** Bytes of units under way that have arrived, for the screen. */
	get arrivingBytes(): number {
		return this.#announced.reduce((sum, unit) => sum + unit.filled, this.#unstoredBytes);
	}

	announce(header: UnitHeader): void {
		if (!this.#isNext(header.index)) return;
		if (header.type === 'segment') checkSegment(header, this.#mayBeDeltas);
		else checkPart(header);
		this.#announced.push({header, filled: 0});
		this.#unstoredUnits++;
		if (this.#unstoredUnits > maxUnackedUnits) throw hostileData(unitWords.tooManyUnderWay);
	}

	takeBulk(kind: BulkKind, {index, offset}: BulkHeader, bytes: Uint8Array): void {
		const unit = this.#announced[0];
		if (index < (unit?.header.index ?? this.#nextIndex)) return this.#waste(bytes); // of a unit that is here
		if (!unit || index !== unit.header.index || kind !== unit.header.type)
			throw hostileData(unitWords.notAnnounced);
		const {header} = unit;
		const start = header.type === 'part' ? header.offset : 0;
		if (offset + bytes.byteLength <= start + unit.filled) return this.#waste(bytes);
		const end = unit.filled + bytes.byteLength;
		if (offset !== start + unit.filled || end > header.bytes || bytes.byteLength > maxSliceBytes) {
			throw hostileData(unitWords.wrongPlace);
		}
		// Only now, so that an announcement alone costs nothing.
		unit.bytes ??= Buffer.allocUnsafeSlow(header.bytes);
		unit.bytes.set(bytes, unit.filled);
		unit.filled = end;
		if (end < header.bytes) return;
		this.#announced.shift();
		this.#unstoredBytes += header.bytes;
		if (isDelta(header)) this.#unstoredDeltas++;
		this.#onArrived(
			header.type === 'segment'
				? {kind: 'segment', index, header, bytes: unit.bytes}
				: {kind: 'part', index, header, bytes: unit.bytes, isCut: false},
		);
	}

	takeChunk({chunkIndex, objects}: ObjectChunk): void {
		if (!this.#isNext(chunkIndex)) return;
		const unit: Arrived = {kind: 'chunk', index: chunkIndex, objects};
		const size = arrivedBytes(unit);
		if (objects.length > maxChunkObjects || size > maxChunkBytes) throw hostileData(unitWords.largeChunk);
		this.#unstoredUnits++;
		this.#unstoredBytes += size;
		if (this.#unstoredBytes > maxUnackedChunkBytes + maxChunkBytes)
			throw hostileData(unitWords.tooManyUnderWay);
		this.#onArrived(unit);
	}

	/** Takes no more units; those that were announced may still come. */
	end(): void {
		this.#ended = true;
	}

	/** Hands over the bytes of a part that are here; those of half a segment are lost. Nothing is to come after this. */
	cut(): void {
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

	/** Units that were handed over are durable: others may come in their place. */
	stored(units: readonly Arrived[], repeatedBytes: number): void {
		this.wastedBytes += repeatedBytes;
		this.#unstoredUnits -= units.length;
		for (const unit of units) {
			this.#unstoredBytes -= arrivedBytes(unit);
			if (unit.kind === 'segment' && isDelta(unit.header)) this.#unstoredDeltas--;
		}
	}

	/** Bytes that came twice. */
	#waste(bytes: Uint8Array): void {
		this.wastedBytes += bytes.byteLength;
	}

	/** False for a unit that was announced before; units come in order without gaps. */
	#isNext(index: number): boolean {
		if (index < this.#nextIndex) return false;
		if (index > this.#nextIndex) throw hostileData(unitWords.missing);
		if (this.#ended) throw hostileData(unitWords.afterEnd);
		this.#nextIndex++;
		return true;
	}
}

function isDelta(header: UnitHeader): boolean {
	return header.type === 'segment' && header.base !== undefined;
}
