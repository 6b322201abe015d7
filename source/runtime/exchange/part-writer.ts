/**
 * The one large object of a want that is arriving piece by piece, durable after each, on any tier and from any peer: the
 * pieces are in order, and bytes that are there already are skipped.
 */
import {Failure} from '../../protocol/failure.js';
import {hostileData} from './hostile.js';
import {type IncomingObject, type ObjectStore, type PlannedObject} from './object-store.js';
import {type PartState} from './want-state.js';

/** Where a piece belongs. */
export type Piece = Pick<PlannedObject, 'oid' | 'type'> & {readonly size: number; readonly offset: number};

export class PartWriter {
	readonly #store: ObjectStore;
	#state: PartState | undefined;
	#incoming: IncomingObject | undefined;
	/** Who sent bytes of it; undefined stands for an earlier run. */
	readonly #sources = new Set<string | undefined>();

	private constructor(store: ObjectStore) {
		this.#store = store;
	}

	static async open(store: ObjectStore, state: PartState | undefined): Promise<PartWriter> {
		const writer = new PartWriter(store);
		if (!state) return writer;
		const incoming = await store.openIncoming(state.oid, state.type, state.size, state.offset);
		writer.#incoming = incoming;
		writer.#state = {...state, offset: incoming.offset};
		writer.#sources.add(undefined);
		return writer;
	}

	/** The object that is half there. */
	get current(): PartState | undefined {
		return this.#state;
	}

	/** Resolves when the piece is durable with the number of bytes that were new; the last piece lets the object in. */
	async write(piece: Piece, bytes: Uint8Array, from: string): Promise<number> {
		const {oid, type, size} = piece;
		if (this.#state?.oid !== oid) {
			await this.drop();
			this.#incoming = await this.#store.openIncoming(oid, type, size, 0);
			this.#state = {oid, type, size, offset: this.#incoming.offset};
		}
		const state = this.#state;
		if (state.type !== type || state.size !== size || piece.offset > state.offset)
			throw hostileData('part place');
		const fresh = bytes.subarray(state.offset - piece.offset);
		this.#sources.add(from);
		if (fresh.byteLength > 0) await this.#incoming!.write(fresh);
		const offset = state.offset + fresh.byteLength;
		this.#state = {...state, offset};
		if (offset === size) await this.#finish();
		return fresh.byteLength;
	}

	/** Passes over the half arrived object: another supplier may know that it is not needed. */
	async drop(): Promise<void> {
		await this.close();
		this.#state = undefined;
		this.#sources.clear();
	}

	/** Lets the file go; what has arrived stays on disk for a later run. */
	async close(): Promise<void> {
		const incoming = this.#incoming;
		this.#incoming = undefined;
		await incoming?.close();
	}

	async #finish(): Promise<void> {
		const alone = this.#sources.size === 1;
		const incoming = this.#incoming!;
		this.#incoming = undefined;
		this.#state = undefined;
		this.#sources.clear();
		try {
			await incoming.finish();
		} catch (error) {
			// Nobody knows whose bytes were wrong if several peers or runs gave some: it is fetched anew, and nobody accused.
			if (error instanceof Failure && error.severity === 'hostile' && !alone) {
				throw new Failure('damaged_object', {cause: error});
			}
			throw error;
		}
	}
}
