/**
 * Scans packs of peers: small ones here, large ones in a worker, so that the main thread takes in what comes next meanwhile.
 * Hashes and inflating are a fifth of all that a first join costs. The worker is made for the first large pack and ends some
 * seconds after the last; without one, all is scanned here.
 */
import {Worker} from 'node:worker_threads';
import {scanPack, type ScannedObject} from './pack-scan.js';
import {isDigestOf, type ScanAnswer} from './pack-scan-messages.js';
import {hostileData} from './store-failure.js';
import {packWords} from './store-words.js';

/** A worker takes some ten megabytes. */
const idleMs = 5000;

type Waiting = (objects: readonly ScannedObject[] | undefined) => void;

export class PackScanner {
	#worker: Worker | undefined;
	/** The system has nothing left for a thread, or one has failed: it is not tried again. */
	#isBroken = false;
	readonly #waiting = new Map<number, Waiting>();
	#serial = 0;
	#idle: NodeJS.Timeout | undefined;

	/**
	 * All objects in their order. A pack in shared memory goes to the worker, and is not written to any more. Throws Failure
	 * `hostile_data` at the first thing that is wrong.
	 */
	async scan(pack: Buffer, sha256?: string): Promise<Iterable<ScannedObject>> {
		const {buffer, byteOffset} = pack;
		if (buffer instanceof SharedArrayBuffer && byteOffset === 0 && buffer.byteLength === pack.length) {
			const objects = await this.#scanElsewhere(buffer, sha256);
			if (objects) return objects;
		}

		if (sha256 !== undefined && !isDigestOf(pack, sha256)) {
			throw hostileData(packWords.otherDigest);
		}

		return scanPack(pack);
	}

	/** Ends the worker; who waits for it has to scan by itself. */
	async close(): Promise<void> {
		clearTimeout(this.#idle);
		const worker = this.#worker;
		this.#worker = undefined;
		this.#giveUp();
		await worker?.terminate();
	}

	/** Undefined where there is no worker, or it found something wrong. */
	async #scanElsewhere(
		pack: SharedArrayBuffer,
		sha256: string | undefined,
	): Promise<readonly ScannedObject[] | undefined> {
		const worker = this.#open();
		if (!worker) {
			return undefined;
		}

		clearTimeout(this.#idle);
		const id = ++this.#serial;
		return new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			worker.postMessage({id, pack, sha256});
		});
	}

	#open(): Worker | undefined {
		if (this.#worker || this.#isBroken) {
			return this.#worker;
		}

		try {
			const worker = new Worker(new URL('pack-scan-worker.js', import.meta.url), {
				execArgv: [],
				stderr: true,
			});
			worker.unref();
			worker.on('message', (answer: ScanAnswer) => this.#take(answer));
			const fail = () => {
				if (this.#worker !== worker) return;
				this.#worker = undefined;
				this.#isBroken = true;
				this.#giveUp();
			};
			worker.on('error', fail);
			worker.on('exit', fail);
			this.#worker = worker;
		} catch {
			this.#isBroken = true;
		}

		return this.#worker;
	}

	#take({id, objects}: ScanAnswer): void {
		const resolve = this.#waiting.get(id);
		this.#waiting.delete(id);
		if (this.#waiting.size === 0) {
			this.#idle = setTimeout(() => void this.close(), idleMs).unref();
		}

		resolve?.(
			objects?.map(({content, ...facts}) => ({
				...facts,
				content: Buffer.from(content.buffer, content.byteOffset, content.length),
			})),
		);
	}

	#giveUp(): void {
		for (const resolve of this.#waiting.values()) {
			resolve(undefined);
		}

		this.#waiting.clear();
	}
}
