/**
 * Remembers the folders in which objects were renamed since the last flush. `flush` makes them durable; who asks while
 * another flush runs waits for it, since that one may hold the folders the caller cares about.
 */
import {syncFolder} from './durable-file.js';
import {mapInGroups} from './gate.js';
import {withStoreFailures} from './store-failure.js';

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
			async () => mapInGroups(folders, 16, syncFolder),
			async () => {
				for (const folder of folders) {
					this.#folders.add(folder);
				}
			},
		);
	}
}
