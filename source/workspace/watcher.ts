/**
 * Hints that something changed, from chokidar. Only folders are watched, one watch each: a folder's own events name the
 * file, and a watch for every file would cost memory and the system's limit of watches in large projects. Ignored folders
 * are never read nor watched. Hints may be too many, too few or late: a scan is the truth.
 */
import {basename, join, relative, sep} from 'node:path';
import {FSWatcher} from 'chokidar';
import {type Path} from '../protocol/content.js';
import {errorCode} from './disk-entry.js';
import {FolderWatches} from './folder-watches.js';
import {isRuleFile} from './rule-file.js';
import {type SettleTimes} from './settle.js';
import {SettledPaths} from './settled-paths.js';

export type WatchOptions = {
	readonly root: string;
	/** Which of these folders need no watch: ignored, with nothing tracked below (`IgnoreRules.unwatched`). */
	readonly ignored: (paths: readonly Path[]) => Promise<ReadonlySet<Path>>;
	/** True for a file that is synced already: a save of it counts as finished sooner. */
	readonly isSynced?: (path: Path) => boolean;
	/** Finished changes: files, links and folders that came, went or were written. The empty path is the whole project. */
	readonly onDirty: (paths: Set<Path>) => void;
	/** Events were lost: scan everything. */
	readonly onMissed: () => void;
	/** Watching does not work (in full): `code` is `watch_limit` or `watch_failed`. Scans go on by the clock. */
	readonly onProblem?: (code: string, message: string) => void;
	readonly signal?: AbortSignal;
	readonly times?: Partial<SettleTimes>;
	/** How often to ask for a scan where watching does not work. */
	readonly pollMs?: number;
};

export type Watching = {
	/** Number of folders that are watched. */
	readonly folders: number;
	/** Rules changed: folders that came into view are watched, others no longer. */
	refresh(): Promise<void>;
	close(): Promise<void>;
};

const defaultPollMs = 5_000;

/** 50,000 folders take about 5 s. */
const readyTimeoutMs = 60_000;

/**
 * How often the root itself is looked at: its removal has no event while any process, a shell or our own git, works in
 * it, and neither has something that is mounted over it.
 */
const rootCheckMs = 2_000;

/** Resolves when the watches stand, so that a scan begun afterwards together with the hints misses nothing. */
export async function watch(options: WatchOptions): Promise<Watching> {
	const watcher = new Watcher(options);
	await watcher.start();
	options.signal?.addEventListener('abort', () => void watcher.close(), {once: true});
	return watcher;
}

/**
 * Watches folders and does not list them: chokidar's lists serve its own events, which we do not use, and cost a stat of
 * every file at start (2 s and 150 MB for 50,000 files). Nor does it judge which folders are gone: it takes one that cannot be
 * read at the moment for one of these, and lets go of it without a word.
 */
class FolderWatcher extends FSWatcher {
	override _readdirp(): undefined {
		return undefined;
	}

	override _remove(): void {
		// Folders that are gone are let go of by `unwatch`.
	}
}

class Watcher implements Watching {
	readonly #options: WatchOptions;
	readonly #paths: SettledPaths;
	readonly #folders: FolderWatches;
	#chokidar: FSWatcher | undefined;
	#pollTimer: NodeJS.Timeout | undefined;
	#rootTimer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(options: WatchOptions) {
		this.#options = options;
		this.#paths = new SettledPaths({
			times: options.times,
			absolute: (path) => this.#absolute(path),
			isSynced: options.isSynced ?? (() => false),
			onReady: (paths) => this.#onReady(paths),
		});
		const absolute = (paths: readonly Path[]) => paths.map((path) => this.#absolute(path));
		this.#folders = new FolderWatches({
			root: options.root,
			ignored: options.ignored,
			add: (folders) => this.#chokidar?.add(absolute(folders)),
			remove: (folders) => this.#chokidar?.unwatch(absolute(folders)),
			onMissed: options.onMissed,
		});
	}

	get folders(): number {
		return this.#folders.size;
	}

	async start(): Promise<void> {
		const folders = await this.#folders.choose();
		const watcher = new FolderWatcher({
			ignored: (path: string) => !this.#folders.has(this.#relative(path)),
			ignoreInitial: false,
			followSymlinks: false,
			atomic: false,
			depth: 0,
			persistent: true,
		});
		this.#chokidar = watcher;
		this.#rootTimer = setInterval(() => this.#checkRoot(), rootCheckMs);
		watcher.on('raw', (_event: string, name: string | null, details: unknown) => this.#onRaw(name, details));
		watcher.on('error', (error: unknown) => this.#onError(error));
		await new Promise<void>((resolve) => {
			const timer = setTimeout(() => {
				this.#options.onMissed();
				resolve();
			}, readyTimeoutMs);
			watcher.once('ready', () => {
				clearTimeout(timer);
				resolve();
			});
			watcher.add(folders.map((folder) => this.#absolute(folder)));
		});
		// What was written between the making of a folder and its watch had no event.
		watcher.on('addDir', (path: string) => setImmediate(() => this.#paths.touch(this.#relative(path))));
	}

	#checkRoot(): void {
		if (!this.#folders.isRootThere) this.#paths.touch('');
	}

	async refresh(): Promise<void> {
		return this.#folders.refresh();
	}

	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#paths.close();
		this.#folders.close();
		clearInterval(this.#pollTimer);
		clearInterval(this.#rootTimer);
		// Not within one of chokidar's own handlers: it hangs there.
		await new Promise((resolve) => setImmediate(resolve));
		await this.#chokidar?.close();
	}

	#onRaw(name: string | null, details: unknown): void {
		if (this.#closed) return;
		const folder = watchedPathOf(details);
		if (folder === undefined) return;
		const inFolder = this.#relative(folder);
		// Without a name, or with its own: something happened to the folder itself.
		if (name === null || name === basename(folder)) this.#paths.touch(inFolder);
		if (name === null) return;
		const path = inFolder === '' ? name : `${inFolder}/${name}`;
		if (path === '.pulsync' || (path === '.git' && inFolder === '')) return;
		this.#paths.touch(path);
	}

	#onReady(ready: Set<Path>): void {
		void this.#folders.follow(ready);
		if ([...ready].some((path) => isRuleFile(path))) void this.refresh();
		this.#options.onDirty(ready);
	}

	#onError(error: unknown): void {
		const code = errorCode(error);
		if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EPERM')
			return this.#options.onMissed();
		const limit = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
		if (this.#pollTimer !== undefined || this.#closed) return;
		this.#options.onProblem?.(limit ? 'watch_limit' : 'watch_failed', code);
		this.#pollTimer = setInterval(() => this.#options.onMissed(), this.#options.pollMs ?? defaultPollMs);
		this.#options.onMissed();
	}

	#absolute(path: Path): string {
		return join(this.#options.root, path);
	}

	#relative(path: string): Path {
		const inside = relative(this.#options.root, path);
		return sep === '/' ? inside : inside.replaceAll(sep, '/');
	}
}

function watchedPathOf(details: unknown): string | undefined {
	if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return undefined;
	return typeof details.watchedPath === 'string' ? details.watchedPath : undefined;
}
