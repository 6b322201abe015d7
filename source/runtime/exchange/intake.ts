/**
 * Stores what has arrived while the next ones are still coming. After each unit: durable first, then what the want's state says,
 * then the acknowledgement, in the order in which they came. So what is acknowledged is not asked for again.
 */
import {createHash} from 'node:crypto';
import {type Arrived, type Stored} from './arrived.js';
import {type ChunkObject} from './channel.js';
import {unitWords} from './exchange-words.js';
import {hostileData} from './hostile.js';
import {chunkPieceBytes, maxSegmentObjects} from './limits.js';
import {type ObjectStore, type ObjectType} from './object-store.js';
import {PartWriter} from './part-writer.js';
import {comparePositions, type Position, positionOf} from './position.js';
import {type WantState} from './want-state.js';

/** What became durable, and the step that lets the want's state say so, which is for when all before it was noted. */
export type Admitted = {readonly stored: Stored; readonly note: () => void};

export class Intake {
	readonly #store: ObjectStore;
	readonly #parts: PartWriter;
	/** The last object of what was begun; `#after` is the same of what was noted. */
	#begun: Position | undefined;
	#after: Position | undefined;

	private constructor(store: ObjectStore, parts: PartWriter, after: Position | undefined) {
		this.#store = store;
		this.#parts = parts;
		this.#after = after;
		this.#begun = after;
	}

	/** Goes on where the state says; what of a half arrived object is no longer on disk is forgotten. */
	static async open(store: ObjectStore, state: WantState): Promise<Intake> {
		return new Intake(store, await PartWriter.open(store, state.part), state.after);
	}

	/** The place to ask on from. */
	get position(): Position | undefined {
		const {current} = this.#parts;
		return current && current.offset > 0 ? {...positionOf(current), offset: current.offset} : this.#after;
	}

	/** What of the want's state this has moved on. */
	get state(): Pick<WantState, 'after' | 'part'> {
		return {after: this.#after, part: this.#parts.durable};
	}

	/** Bytes that were counted as stored and would be lost by a restart. */
	get heldBytes(): number {
		return this.#parts.heldBytes;
	}

	/**
	 * Resolves when the units are durable, with what they added: one segment or part, or any number of chunks. `from` is
	 * the peer they came from. Segments that are packs may be given while those before are under way, everything else only alone.
	 */
	async admit(units: readonly Arrived[], from: string): Promise<Admitted> {
		const [unit] = units;
		if (unit?.kind === 'segment') return this.#takeSegment(unit);
		const stored = await this.#takeAlone(units, from);
		return {stored, note: () => undefined};
	}

	async #takeAlone(units: readonly Arrived[], from: string): Promise<Stored> {
		const [unit] = units;
		switch (unit?.kind) {
			case 'part': {
				const {header, bytes} = unit;
				return this.#takePiece({...header, type: header.object_type}, bytes, from);
			}
			case 'chunk': {
				return this.#takeObjects(
					units.flatMap((each) => (each.kind === 'chunk' ? each.objects : [])),
					from,
				);
			}
			case 'segment':
			case undefined: {
				return {bytes: 0, objects: 0, repeatedBytes: 0};
			}
		}
	}

	/** What was begun last and came to nothing may come again. */
	forgetBegun(): void {
		this.#begun = this.#after;
	}

	async close(): Promise<void> {
		await this.#parts.close();
	}

	async #takeSegment({header, bytes}: Arrived & {kind: 'segment'}): Promise<Admitted> {
		if (createHash('sha256').update(bytes).digest('hex') !== header.sha256)
			throw hostileData(unitWords.segmentChecksum);
		this.#checkOrder(header.up_to);
		const {phase, oid} = header.up_to;
		this.#begun = {phase, oid};
		await this.#parts.drop();
		const note = () => (this.#after = {phase, oid});
		const {base, object_bytes: size} = header;
		if (base !== undefined) {
			await this.#store.takeDelta(bytes, {oid, base, bytes: size});
			return {stored: {bytes: size, objects: 1, repeatedBytes: 0}, note};
		}
		const {objects} = await this.#store.indexPack(bytes);
		const received = objects.reduce((sum, object) => sum + object.bytes, 0);
		if (objects.length !== header.objects || received !== size) throw hostileData(unitWords.segmentCount);
		// What lies beyond would be passed over when the want goes on from here.
		if (objects.some((object) => comparePositions(positionOf(object), header.up_to) > 0)) {
			throw hostileData(unitWords.outOfOrder);
		}
		return {stored: {bytes: size, objects: objects.length, repeatedBytes: 0}, note};
	}

	async #takePiece(
		piece: {oid: string; type: ObjectType; size: number; offset: number},
		bytes: Uint8Array,
		from: string,
	): Promise<Stored> {
		const position = positionOf(piece);
		this.#checkOrder(position);
		const added = await this.#parts.write(piece, bytes, from);
		const repeatedBytes = bytes.byteLength - added;
		if (this.#parts.current) return {bytes: added, objects: 0, repeatedBytes};
		this.#noteAfter(position);
		return {bytes: added, objects: 1, repeatedBytes};
	}

	async #takeObjects(objects: readonly ChunkObject[], from: string): Promise<Stored> {
		let added = 0;
		let count = 0;
		let repeatedBytes = 0;
		for (const group of groupObjects(objects)) {
			const stored = isPiece(group[0]!) ? await this.#takePieces(group, from) : await this.#takeWhole(group);
			added += stored.bytes;
			count += stored.objects;
			repeatedBytes += stored.repeatedBytes;
		}
		await this.#store.flush();
		return {bytes: added, objects: count, repeatedBytes};
	}

	/** Pieces of one object that follow each other are written at once. */
	async #takePieces(pieces: readonly ChunkObject[], from: string): Promise<Stored> {
		for (const piece of pieces) checkPiece(piece);
		const {oid, type, size, partIndex = 0} = pieces[0]!;
		const bytes = pieces.length === 1 ? pieces[0]!.bytes : Buffer.concat(pieces.map((piece) => piece.bytes));
		return this.#takePiece({oid, type, size, offset: partIndex * chunkPieceBytes}, bytes, from);
	}

	/** Objects that came whole are written at once: a sync for each would take longer than its way here. */
	async #takeWhole(objects: readonly ChunkObject[]): Promise<Stored> {
		let after = this.#begun;
		let added = 0;
		for (const object of objects) {
			const position = positionOf(object);
			this.#checkOrder(position, after);
			if (object.bytes.byteLength !== object.size) throw hostileData(unitWords.objectSize);
			after = position;
			added += object.size;
		}
		await this.#parts.drop();
		await this.#store.writeObjects(objects);
		this.#noteAfter(after);
		return {bytes: added, objects: objects.length, repeatedBytes: 0};
	}

	#noteAfter(position: Position | undefined): void {
		this.#begun = position;
		this.#after = position;
	}

	/** What comes lies behind what is there: otherwise the place to go on from would skip something. */
	#checkOrder(position: Position, after = this.#begun): void {
		const {current} = this.#parts;
		const isBehind = !after || comparePositions(position, after) > 0;
		const isBefore = current && comparePositions(position, positionOf(current)) < 0;
		if (!isBehind || isBefore) throw hostileData(unitWords.outOfOrder);
	}
}

function isPiece({partCount}: ChunkObject): boolean {
	return partCount !== undefined && partCount > 1;
}

/** Pieces of one object that follow each other, and objects that are whole: each group is stored at once. */
function groupObjects(objects: readonly ChunkObject[]): ChunkObject[][] {
	const groups: ChunkObject[][] = [];
	for (const object of objects) {
		const group = groups.at(-1);
		const last = group?.at(-1);
		if (group && last && (isNextPiece(last, object) || (areWhole(last, object) && hasRoom(group))))
			group.push(object);
		else groups.push([object]);
	}
	return groups;
}

function isNextPiece(last: ChunkObject, {oid, size, partIndex, partCount}: ChunkObject): boolean {
	const isSame = last.oid === oid && last.size === size && last.partCount === partCount;
	return isSame && isPiece(last) && partIndex === (last.partIndex ?? 0) + 1;
}

function areWhole(...objects: readonly ChunkObject[]): boolean {
	return !objects.some((object) => isPiece(object));
}

/** As many as come in a segment elsewhere. Their bytes are bounded by what may be under way. */
function hasRoom(group: readonly ChunkObject[]): boolean {
	return group.length < maxSegmentObjects;
}

function checkPiece({size, partIndex, partCount, bytes}: ChunkObject): void {
	const index = partIndex ?? -1;
	const expected = Math.min(chunkPieceBytes, size - index * chunkPieceBytes);
	const fits = partCount === Math.ceil(size / chunkPieceBytes) && index >= 0 && index < partCount;
	if (!fits || bytes.byteLength !== expected) throw hostileData(unitWords.objectPiece);
}
