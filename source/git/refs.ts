/**
 * Our own refs: loose files below `refs/pulsync/` that git reads as well. A write takes git's lock file, compares, syncs
 * and renames, so a reader and a power cut see the old id or the new one.
 */
import {open, readFile, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {isOid, type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {makeFolderIn, syncFolder} from './durable-file.js';
import {storeDamaged, systemCode, withStoreFailures} from './store-failure.js';
import {damageWords} from './store-words.js';

/** This peer's newest snapshot. */
export const selfRef = 'self';

const namePattern = /^[a-z0-9][a-z0-9-]{0,63}(?:\/[a-z0-9][a-z0-9-]{0,63}){0,3}$/;

export class Refs {
	readonly #folder: string;
	#writing: Promise<unknown> = Promise.resolve();

	constructor(gitDir: string) {
		this.#folder = path.join(gitDir, 'refs', 'pulsync');
	}

	async read(name: string): Promise<Oid | undefined> {
		let text: string;
		try {
			text = await readFile(this.#file(name), 'utf8');
		} catch (error) {
			if (systemCode(error) === 'ENOENT') {
				return undefined;
			}

			throw storeDamaged(damageWords.unreadableRef, {ref: name});
		}

		const oid = text.trimEnd();
		if (!isOid(oid)) {
			throw storeDamaged(damageWords.noIdInRef, {ref: name});
		}

		return oid;
	}

	/**
	 * Moves a ref once `ready` has resolved, which is for the objects to be durable: both sync at the same time. Rejects
	 * with Failure `head_moved` if the ref is not at `expected` (where one is given).
	 */
	async write(name: string, oid: Oid, ready: Promise<void>, expected?: Oid): Promise<void> {
		// It is awaited late, and must not count as unhandled until then.
		ready.catch(() => undefined);
		const before = this.#writing.catch(() => undefined);
		const writing = before.then(async () => this.#write(name, oid, ready, expected));
		this.#writing = writing;
		return writing;
	}

	async #write(name: string, oid: Oid, ready: Promise<void>, expected?: Oid): Promise<void> {
		if (!isOid(oid)) {
			throw new Error('not an id');
		}

		const file = this.#file(name);
		const lock = `${file}.lock`;
		await withStoreFailures(
			async () => {
				await makeFolderIn(path.dirname(file));
				const handle = await open(lock, 'w', 0o644);
				try {
					const found = await this.read(name);
					if (expected !== undefined && found !== expected) {
						throw new Failure('head_moved', {details: {expected, found: found ?? 'none'}});
					}

					await handle.writeFile(`${oid}\n`);
					await handle.sync();
				} finally {
					await handle.close();
				}

				await ready;
				await rename(lock, file);
				await syncFolder(path.dirname(file));
			},
			async () => rm(lock, {force: true}),
		);
	}

	#file(name: string): string {
		if (!namePattern.test(name)) {
			throw new Error(`not a ref name: ${name}`);
		}

		return path.join(this.#folder, name);
	}
}
