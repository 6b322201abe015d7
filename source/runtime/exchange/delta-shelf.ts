/** Deltas of large objects: each is made once, however many peers want it at the same time or one after the other. */
import {type Oid} from '../../protocol/content.js';
import {maxDeltaResultBytes, maxKeptDeltaBytes} from './limits.js';
import {type ObjectStore, type PlannedObject} from './object-store.js';

/** What is known of this many is kept, also that there is none. */
const maxKept = 64;

export type SentDelta = {readonly pack: Uint8Array; readonly base: Oid};

export class DeltaShelf {
	readonly #store: ObjectStore;
	/** Least recently wanted first. */
	readonly #made = new Map<string, Promise<Uint8Array | undefined>>();
	readonly #sizes = new Map<string, number>();

	constructor(store: ObjectStore) {
		this.#store = store;
	}

	/** True if it is worth asking. */
	mayHave({base, bytes}: PlannedObject): boolean {
		return base !== undefined && bytes <= maxDeltaResultBytes;
	}

	/** undefined where the object has to go whole. */
	async get({oid, base}: PlannedObject): Promise<SentDelta | undefined> {
		if (base === undefined) return undefined;
		const key = `${base} ${oid}`;
		const making = this.#made.get(key) ?? this.#make(key, oid, base);
		this.#made.delete(key);
		this.#made.set(key, making);
		const pack = await making;
		return pack && {pack, base};
	}

	#make(key: string, oid: Oid, base: Oid): Promise<Uint8Array | undefined> {
		// Whatever is wrong with the base is no reason not to send the object.
		const making = this.#store.packDelta(oid, base).catch(() => undefined);
		void making.then((pack) => {
			this.#sizes.set(key, pack?.byteLength ?? 0);
			this.#forgetSome();
		});
		return making;
	}

	#forgetSome(): void {
		let bytes = 0;
		for (const size of this.#sizes.values()) bytes += size;
		for (const key of this.#made.keys()) {
			if (bytes <= maxKeptDeltaBytes && this.#made.size <= maxKept) return;
			bytes -= this.#sizes.get(key) ?? 0;
			this.#sizes.delete(key);
			this.#made.delete(key);
		}
	}
}
