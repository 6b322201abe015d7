/** Where objects enter the store: loose or in packs, and what of them is durable. */
import {type Oid} from '../protocol/content.js';
import {type ObjectReader} from './object-reader.js';
import {type DirtyFolders} from './dirty-folders.js';
import {Breath, mapInGroups} from './gate.js';
import {type LooseObjects} from './loose-object.js';
import {type ObjectType} from './object-format.js';
import {PackWriter} from './pack-write.js';
import {type Layout} from './repository-layout.js';

/** An object that is to be written. */
export type NewObject = {readonly type: ObjectType; readonly oid: Oid; readonly content: Buffer};

/** Up to here each object gets a file of its own; more of them are one pack, which is synced once. */
const looseAtOnce = 24;

export class ObjectWriter {
	readonly #layout: Layout;
	readonly #loose: LooseObjects;
	readonly #dirty: DirtyFolders;
	readonly #objects: ObjectReader;

	constructor(layout: Layout, loose: LooseObjects, dirty: DirtyFolders, objects: ObjectReader) {
		this.#layout = layout;
		this.#loose = loose;
		this.#dirty = dirty;
		this.#objects = objects;
	}

	async has(oid: Oid): Promise<boolean> {
		return (await this.#objects.info(oid)) !== undefined;
	}

	async writeSmall(type: ObjectType, content: Uint8Array, oid?: Oid): Promise<Oid> {
		return this.#loose.write(type, content, oid);
	}

	/** Writes objects that may be there already, in whichever way suits their number. */
	async writeMany(objects: readonly NewObject[]): Promise<void> {
		if (objects.length <= looseAtOnce) {
			await Promise.all(objects.map(async ({type, content, oid}) => this.#loose.write(type, content, oid)));
			return;
		}

		const present = await mapInGroups(objects, 256, async ({oid}) => this.has(oid));
		const pack = await this.startPack();
		try {
			const breath = new Breath();
			for (const [at, {type, content, oid}] of objects.entries()) {
				if (!present[at]) {
					await breath.take();
					await pack.add(type, content, oid);
				}
			}

			await pack.finish();
		} catch (error) {
			await pack.discard();
			throw error;
		}
	}

	async startPack(): Promise<PackWriter> {
		return PackWriter.create(this.#layout, this.#dirty);
	}

	/** Makes all that was written before durable. */
	async flush(): Promise<void> {
		await this.#dirty.flush();
	}
}
