/**
 * Remembers the folders in which objects were renamed since the last flush. `flush` makes them durable; who asks while
 * another flush runs waits for it, since that one may hold the folders the caller cares about.
 */
import {syncFolder} from './durable-file.js';
import {mapInGroups} from './gate.js';
import {systemCode, withStoreFailures} from './store-failure.js';

export class DirtyFolders {
	#folders = new Set<string>();
	#running: Promise<void> = Promise.resolve();

	add(folder: string): void {
		this.#folders.add(folder);
	}

	async flush(): Promise<void> {
		const after = this.#running.catch(() => undefined);
		this.#running = after.then(async () => this.#syncAll());
		return this.#running;
	}

	async #syncAll(): Promise<void> {
		const folders = [...this.#folders];
		this.#folders = new Set();
		await withStoreFailures(
			async () => mapInGroups(folders, 16, syncIfThere),
			async () => {
				for (const folder of folders) {
					this.#folders.add(folder);
				}
			},
		);
	}
}

/** Housekeeping removes folders whose objects it has packed, durably, so such a one needs no sync any more. */
async function syncIfThere(folder: string): Promise<void> {
	try {
		await syncFolder(folder);
	} catch (error) {
		if (systemCode(error) !== 'ENOENT') {
			throw error;
		}
	}
}
