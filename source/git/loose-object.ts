/**
 * Small objects as loose files, written in this process: no child, one synced file an object. An object under its name
 * is always whole: its bytes are synced before the rename. The rename itself is durable after `DirtyFolders.flush`.
 */
import {access, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {deflate, deflateSync} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {type DirtyFolders} from './dirty-folders.js';
import {makeFolderIn, writeSynced} from './durable-file.js';
import {encodeObjectHeader, hashObject, type ObjectType} from './object-format.js';
import {type Layout} from './repository-layout.js';
import {systemCode, withStoreFailures} from './store-failure.js';

const deflateInPool = promisify(deflate);

/** Up to here deflating takes less than a frame's time, and the way to the thread pool costs more than it saves. */
const deflatedAtOnceBytes = 64 * 1024;

export class LooseObjects {
	readonly #layout: Layout;
	readonly #dirty: DirtyFolders;
	readonly #folders = new Set<string>();
	#serial = 0;

	constructor(layout: Layout, dirty: DirtyFolders) {
		this.#layout = layout;
		this.#dirty = dirty;
	}

	/** Writes an object unless it is there as a loose file. */
	async write(type: ObjectType, content: Uint8Array, oid = hashObject(type, content)): Promise<Oid> {
		const folder = path.join(this.#layout.objects, oid.slice(0, 2));
		const file = path.join(folder, oid.slice(2));
		if (await this.#exists(file)) {
			return oid;
		}

		const plain = Buffer.concat([encodeObjectHeader(type, content.length), content]);
		const packed: Buffer =
			plain.length <= deflatedAtOnceBytes
				? deflateSync(plain, {level: 1})
				: await deflateInPool(plain, {level: 1});
		const temporary = path.join(this.#layout.temporary, `loose-${this.#serial++}`);
		await withStoreFailures(
			async () => {
				await this.#makeFolder(folder);
				await writeSynced(temporary, packed, 0o444);
				await this.#rename(temporary, folder, file);
				this.#dirty.add(folder);
			},
			async () => rm(temporary, {force: true}),
		);
		return oid;
	}

	/** After housekeeping, which removes emptied folders. */
	forgetFolders(): void {
		this.#folders.clear();
	}

	async #exists(file: string): Promise<boolean> {
		try {
			await access(file);
			return true;
		} catch {
			return false;
		}
	}

	async #rename(temporary: string, folder: string, file: string): Promise<void> {
		try {
			await rename(temporary, file);
		} catch (error) {
			if (systemCode(error) !== 'ENOENT') {
				throw error;
			}

			// Housekeeping in another process of ours removes folders that it emptied.
			await makeFolderIn(folder);
			this.#dirty.add(this.#layout.objects);
			await rename(temporary, file);
		}
	}

	async #makeFolder(folder: string): Promise<void> {
		if (!this.#folders.has(folder)) {
			await makeFolderIn(folder);
			this.#dirty.add(this.#layout.objects);
			this.#folders.add(folder);
		}
	}
}
