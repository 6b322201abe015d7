/** The watcher of one project, and the clock that looks at everything now and then. What we wrote ourselves is no news. */
import {join} from 'node:path';
import {type Path} from '../../protocol/content.js';
import {isKnownContent, lookAt} from '../../workspace/disk-entry.js';
import {watch, type Watching} from '../../workspace/watcher.js';
import {addHints, type ProjectState, tellProblem} from './project-state.js';

const defaultRescanMs = 5 * 60_000;

export class ProjectWatch {
	readonly #state: ProjectState;
	readonly #options: {readonly watch: boolean; readonly rescanMs?: number};
	#watching: Watching | undefined;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(state: ProjectState, options: {readonly watch: boolean; readonly rescanMs?: number}) {
		this.#state = state;
		this.#options = options;
	}

	/** Resolves when the watches stand. A second call does nothing, unless the first one failed. */
	async start(): Promise<void> {
		if (this.#closed) return;
		this.#timer ??= setInterval(() => this.#lookAtAll(), this.#options.rescanMs ?? defaultRescanMs).unref();
		if (!this.#options.watch || this.#watching) return;
		this.#watching = await watch({
			root: this.#state.root,
			ignored: async (paths) => this.#state.rules.unwatched(paths),
			isSynced: (path) => this.#state.shown.get(path) !== undefined,
			onDirty: (paths) => this.#noticed(paths),
			onMissed: () => this.#missed(),
			onProblem: (code) =>
				tellProblem(this.#state, 'event', code === 'too_many_watches' ? 'watch_limit' : code),
		});
		if (this.#closed) await this.#watching.close();
	}

	async close(): Promise<void> {
		this.#closed = true;
		clearInterval(this.#timer);
		await this.#watching?.close();
	}

	#noticed(paths: ReadonlySet<Path>): void {
		const news = [...paths].filter((path) => !this.#isKnown(path));
		if (news.length === 0 || this.#closed) return;
		addHints(this.#state, news);
		this.#state.callbacks.dirty();
	}

	/** A lost event may have been that of a new folder, in which all later ones would be lost as well. */
	#lookAtAll(): void {
		void this.#watching?.refresh();
		this.#missed();
	}

	#missed(): void {
		if (this.#closed) return;
		this.#state.hints = 'all';
		this.#state.callbacks.dirty();
	}

	/** True if the disk holds there what `shown` says, and it says nothing about what is not synced. */
	#isKnown(path: Path): boolean {
		const {root, shown, told} = this.#state;
		if (path === '' || path.endsWith('/.git') || told.concerns(path)) return false;
		const look = lookAt(join(root, path));
		const known = shown.get(path);
		if (look.kind === 'entry') return known !== undefined && isKnownContent(look.entry, known);
		return look.kind === 'absent' && !known && !shown.hasBelow(path);
	}
}
