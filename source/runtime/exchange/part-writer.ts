/**
 * The one large object of a want that is arriving piece by piece, on any tier and from any peer: the pieces are in order,
 * and bytes that are there already are skipped. Large blobs grow on disk and survive a restart; what is small, or no
 * blob, is put together in memory and comes again after one.
 */
import {Failure} from '../../protocol/failure.js';
import {unitWords} from './exchange-words.js';
import {hostileData} from './hostile.js';
import {maxHeldObjectBytes, maxWholeObjectBytes} from './limits.js';
import {type IncomingObject, type ObjectStore, type PlannedObject} from './object-store.js';
import {type PartState} from './want-state.js';

/** Where a piece belongs. */
export type Piece = Pick<PlannedObject, 'oid' | 'type'> & {readonly size: number; readonly offset: number};

type Part = PartState & {readonly growing: Growing};

/** What an object grows in. */
type Growing =
	| {readonly kind: 'file'; readonly incoming: IncomingObject}
	| {readonly kind: 'memory'; readonly bytes: Buffer};

export class PartWriter {
	readonly #store: ObjectStore;
	#part: Part | undefined;
	/** Who sent bytes of it; undefined stands for an earlier run. */
	readonly #sources = new Set<string | undefined>();

	private constructor(store: ObjectStore) {
		this.#store = store;
	}

	/** Goes on with what an earlier run left, as far as it is still there. */
	static async open(store: ObjectStore, state: PartState | undefined): Promise<PartWriter> {
		const writer = new PartWriter(store);
		if (!state) return writer;
		const {oid, type, size} = state;
		const incoming = await store.openIncoming(oid, type, size, state.offset);
		const {offset} = incoming;
		// Nothing of it is left: it is as good as not begun, and what lies before it may come.
		if (offset === 0) {
			await incoming.abandon();
			return writer;
		}
		writer.#part = {oid, type, size, offset, growing: {kind: 'file', incoming}};
		writer.#sources.add(undefined);
		return writer;
	}

	/** The object that is half there. */
	get current(): PartState | undefined {
		return this.#part;
	}

	/** The same, if a later run can go on with it. */
	get durable(): PartState | undefined {
		if (this.#part?.growing.kind !== 'file') return undefined;
		const {oid, type, size, offset} = this.#part;
		return {oid, type, size, offset};
	}

	/** Bytes in memory that a restart would lose. */
	get heldBytes(): number {
		return this.#part?.growing.kind === 'memory' ? this.#part.offset : 0;
	}

	/** Resolves with the number of bytes that were new; the last piece lets the object in, durably after a flush. */
	async write(piece: Piece, bytes: Uint8Array, from: string): Promise<number> {
		const {oid, type, size} = piece;
		if (this.#part?.oid !== oid) {
			await this.drop();
			this.#part = {oid, type, size, offset: 0, growing: await this.#begin(piece)};
		}
		const part = this.#part;
		if (part.type !== type || part.size !== size || piece.offset > part.offset)
			throw hostileData(unitWords.partPlace);
		const fresh = bytes.subarray(part.offset - piece.offset);
		const offset = part.offset + fresh.byteLength;
		if (offset > size) throw hostileData(unitWords.partPlace);
		this.#sources.add(from);
		if (part.growing.kind === 'memory') part.growing.bytes.set(fresh, part.offset);
		else if (fresh.byteLength > 0) await part.growing.incoming.write(fresh);
		this.#part = {...part, offset};
		if (offset === size) await this.#finish(this.#part);
		return fresh.byteLength;
	}

	/** Passes over the half arrived object: another supplier may know that it is not needed. */
	async drop(): Promise<void> {
		const growing = this.#forget();
		if (growing?.kind === 'file') await growing.incoming.abandon();
	}

	/** Lets the file go; what has arrived stays on disk for a later run. */
	async close(): Promise<void> {
		const growing = this.#forget();
		if (growing?.kind === 'file') await growing.incoming.close();
	}

	async #begin({oid, type, size}: Piece): Promise<Growing> {
		if (type === 'blob' && size > maxHeldObjectBytes) {
			return {kind: 'file', incoming: await this.#store.openIncoming(oid, type, size, 0)};
		}
		if (size > maxWholeObjectBytes) throw hostileData(unitWords.objectSize);
		return {kind: 'memory', bytes: Buffer.allocUnsafeSlow(size)};
	}

	async #finish({oid, type, growing}: Part): Promise<void> {
		// Nobody knows whose bytes were wrong if several peers or runs gave some.
		const alone = this.#sources.size === 1;
		this.#forget();
		try {
			if (growing.kind === 'file') await growing.incoming.finish();
			else await this.#store.writeObjects([{oid, type, bytes: growing.bytes}]);
		} catch (error) {
			const isWrong = error instanceof Failure && error.code === 'hostile_data';
			// It is fetched anew, and nobody is accused.
			throw isWrong && !alone ? new Failure('damaged_object', {cause: error}) : error;
		}
	}

	#forget(): Growing | undefined {
		const growing = this.#part?.growing;
		this.#part = undefined;
		this.#sources.clear();
		return growing;
	}
}
