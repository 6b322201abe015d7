/**
 * Which folders of a project are watched, and how that follows what comes, goes and is ignored. Additions happen one after the
 * other. What cannot be read or asked about stays as it is and is looked at once more a little later: that a disk or the system
 * has come to itself, nobody tells.
 */
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {findObstacle, isBelow, parentOf} from './safe-path.js';
import {findFolders, identityOfFolder} from './watched-folders.js';

export type FolderWatchesOptions = {
	readonly root: string;
	/** Which of these folders need no watch. */
	readonly ignored: (paths: readonly Path[]) => Promise<ReadonlySet<Path>>;
	readonly add: (folders: readonly Path[]) => void;
	readonly remove: (folders: readonly Path[]) => void;
	/** Something could not be made out: a scan finds what watches would have told. */
	readonly onMissed: () => void;
};

const lookAgainMs = 10_000;

export class FolderWatches {
	readonly #options: FolderWatchesOptions;
	/** Watched folders and which folder it was: another one may have taken the name. */
	readonly #watched = new Map<Path, string>();
	/** What is to be made out once more. */
	readonly #again = new Set<Path>();
	#timer: NodeJS.Timeout | undefined;
	#queue: Promise<void> = Promise.resolve();
	#closed = false;

	constructor(options: FolderWatchesOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#watched.size;
	}

	has(folder: Path): boolean {
		return this.#watched.has(folder);
	}

	/** True while the root is the folder that it was. */
	get isRootThere(): boolean {
		try {
			return this.#watched.get('') === identityOfFolder(this.#options.root);
		} catch {
			return false;
		}
	}

	/** Chooses the first folders, at least the root, for whoever watches them all at once: `add` is not called. */
	async choose(): Promise<readonly Path[]> {
		const {found, unread} = await this.#findFolders('');
		for (const [folder, identity] of found) this.#watched.set(folder, identity);
		if (unread.has('')) this.#watched.set('', 'unread');
		this.#lookAgain(unread);
		return [...this.#watched.keys()];
	}

	/** Rules changed, or events were lost: all of the project. */
	async refresh(): Promise<void> {
		return this.#enqueue(new Set(['']), (path) => this.#watchBelow(path));
	}

	/** Something happened to these paths, of whatever kind they are. */
	async follow(paths: ReadonlySet<Path>): Promise<void> {
		return this.#enqueue(paths, (path) => this.#follow(path));
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
	}

	async #follow(path: Path): Promise<void> {
		const {root} = this.#options;
		// A nested repository that comes or goes: what is below it goes out of view, or comes into it.
		if (path.endsWith('/.git')) return this.#watchBelow(parentOf(path));
		const isReachable = findObstacle(root, path) === undefined;
		const identity = isReachable ? identityOfFolder(join(root, path)) : undefined;
		// Most paths are files.
		if (identity === this.#watched.get(path)) return;
		if (identity === undefined) this.#unwatch(this.#watchedBelow(path));
		else await this.#watchBelow(path);
	}

	/** Watches the folders in view at and below a path, and no others there. */
	async #watchBelow(top: Path): Promise<void> {
		const {found, unread} = await this.#findFolders(top);
		const isUnread = (folder: Path) => [...unread].some((one) => folder === one || isBelow(folder, one));
		const isOther = (folder: Path) => this.#watched.get(folder) !== found.get(folder);
		this.#unwatch(this.#watchedBelow(top).filter((folder) => isOther(folder) && !isUnread(folder)));
		const added = [...found.keys()].filter((folder) => isOther(folder));
		for (const folder of added) this.#watched.set(folder, found.get(folder)!);
		if (added.length > 0) this.#options.add(added);
		this.#lookAgain(unread);
	}

	async #findFolders(top: Path) {
		const {root, ignored} = this.#options;
		return findFolders({root, top, ignored});
	}

	/** The watched ones of a folder and all below it; below one that is not watched is none. */
	#watchedBelow(top: Path): Path[] {
		if (!this.#watched.has(top)) return [];
		return [...this.#watched.keys()].filter((folder) => folder === top || isBelow(folder, top));
	}

	#unwatch(folders: readonly Path[]): void {
		for (const folder of folders) this.#watched.delete(folder);
		if (folders.length > 0) this.#options.remove(folders);
	}

	#lookAgain(paths: Iterable<Path>): void {
		for (const path of paths) this.#again.add(path);
		if (this.#again.size === 0 || this.#closed) return;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			const again = new Set(this.#again);
			this.#again.clear();
			void this.#enqueue(again, (path) => this.#watchBelow(path));
		}, lookAgainMs);
	}

	/** Does it for each of these paths, after what was asked for before. */
	async #enqueue(paths: ReadonlySet<Path>, action: (path: Path) => Promise<void>): Promise<void> {
		const run = async () => {
			for (const path of paths) if (!this.#closed) await action(path);
		};
		this.#queue = this.#queue.then(run).catch(() => {
			this.#options.onMissed();
			this.#lookAgain(paths);
		});
		return this.#queue;
	}
}
