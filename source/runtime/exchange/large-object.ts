/** Reads an object that is too large for memory piece by piece, in order, from any offset. */
import {type Readable} from 'node:stream';
import {Failure} from '../../protocol/failure.js';
import {type Oid} from '../../protocol/content.js';
import {maxWholeObjectBytes} from './limits.js';
import {type ObjectStore, type PlannedObject} from './object-store.js';

/** Holds one open stream; pieces of one object are read in ascending order, or it starts again from the beginning. */
export class LargeObjectReader {
	readonly #store: ObjectStore;
	#oid: Oid | undefined;
	#stream: Readable | undefined;
	#chunks: AsyncIterator<Uint8Array> | undefined;
	#position = 0;
	#rest: Uint8Array = new Uint8Array();

	constructor(store: ObjectStore) {
		this.#store = store;
	}

	/** Exactly `bytes` bytes from `offset`. Failure `store_damaged` where the object is shorter than planned. */
	async read(object: PlannedObject, offset: number, bytes: number): Promise<Uint8Array> {
		if (object.type !== 'blob') {
			const whole = await this.#store.read(object.oid, maxWholeObjectBytes);
			return whole.subarray(offset, offset + bytes);
		}
		if (object.oid !== this.#oid || offset < this.#position) this.#open(object.oid);
		while (this.#position < offset) this.#position += (await this.#take(offset - this.#position)).byteLength;
		const target = Buffer.allocUnsafe(bytes);
		let filled = 0;
		while (filled < bytes) {
			const chunk = await this.#take(bytes - filled);
			target.set(chunk, filled);
			filled += chunk.byteLength;
		}
		this.#position += bytes;
		return target;
	}

	close(): void {
		this.#stream?.destroy();
		this.#stream = undefined;
		this.#chunks = undefined;
		this.#oid = undefined;
		this.#rest = new Uint8Array();
	}

	#open(oid: Oid): void {
		this.close();
		this.#oid = oid;
		this.#position = 0;
		this.#stream = this.#store.openBlob(oid);
		this.#chunks = (this.#stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
	}

	async #take(atMost: number): Promise<Uint8Array> {
		if (this.#rest.byteLength === 0) {
			const next = await this.#chunks!.next();
			if (next.done) throw new Failure('store_damaged', {severity: 'fatal'});
			this.#rest = next.value;
		}
		const taken = this.#rest.subarray(0, atMost);
		this.#rest = this.#rest.subarray(taken.byteLength);
		return taken;
	}
}
