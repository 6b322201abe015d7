/**
 * Packs of the newest first join, kept on disk for the second and third joiner: making them is the costly part. A cache
 * only: bounded, and any trouble with it means that the pack is made again.
 */
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {maxCacheBytes, maxPackBytes} from './limits.js';

export class PackCache {
	readonly #folder: string;
	readonly #sizes = new Map<string, number>();
	#bytes = 0;
	#ready: Promise<boolean> | undefined;

	/** The folder is the cache's own; what stands in it from an earlier run is removed. */
	constructor(folder: string) {
		this.#folder = folder;
	}

	async get(key: string): Promise<Uint8Array | undefined> {
		const size = this.#sizes.get(key);
		if (size === undefined) return undefined;
		try {
			const bytes = await readFile(join(this.#folder, key));
			return bytes.byteLength === size ? bytes : undefined;
		} catch {
			return undefined;
		}
	}

	async put(key: string, pack: Uint8Array): Promise<void> {
		if (this.#sizes.has(key) || pack.byteLength > maxPackBytes) return;
		if (this.#bytes + pack.byteLength > maxCacheBytes || !(await (this.#ready ??= this.#prepare()))) return;
		this.#bytes += pack.byteLength;
		try {
			await writeFile(join(this.#folder, `${key}.tmp`), pack, {mode: 0o600});
			await rename(join(this.#folder, `${key}.tmp`), join(this.#folder, key));
			this.#sizes.set(key, pack.byteLength);
		} catch {
			this.#bytes = Infinity; // no room: nothing more is kept
		}
	}

	async clear(): Promise<void> {
		this.#sizes.clear();
		await rm(this.#folder, {recursive: true, force: true}).catch(() => undefined);
	}

	async #prepare(): Promise<boolean> {
		try {
			await rm(this.#folder, {recursive: true, force: true});
			await mkdir(this.#folder, {mode: 0o700});
			return true;
		} catch {
			return false;
		}
	}
}
