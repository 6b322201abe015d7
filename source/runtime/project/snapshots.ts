/** The snapshots of one project in their order: the first one of a run looks at everything, with the watches standing. */
import {type Path} from '../../protocol/content.js';
import {tellLeftAside} from './keep-raced.js';
import {recallSnapshot} from './last-snapshot.js';
import {noteIndexComplete} from './open-state.js';
import {type ProjectState} from './project-state.js';
import {type ProjectWatch} from './project-watch.js';
import {type DeletionRule} from './read-disk.js';
import {takeSnapshot} from './take-snapshot.js';

export class Snapshots {
	readonly #state: ProjectState;
	readonly #watch: ProjectWatch;
	#hasFirst = false;

	constructor(state: ProjectState, watch: ProjectWatch) {
		this.#state = state;
		this.#watch = watch;
	}

	/** Commits what the disk says; returns the paths whose content changed here. */
	async take(rule?: DeletionRule): Promise<readonly Path[]> {
		// A start that failed behind the point where the head moved is asked for by nobody again: it is made good here.
		if (!this.#hasFirst) return this.takeFirst(rule);
		this.#state.looksAgain = false;
		return takeSnapshot(this.#state, rule);
	}

	/** The same when nothing is known of the disk yet. */
	async takeFirst(rule?: DeletionRule): Promise<readonly Path[]> {
		const state = this.#state;
		state.looksAgain = false;
		// The watch first: what changes during the scan is then looked at once more.
		await this.#watch.start();
		[state.hints, state.comparesAll] = ['all', true];
		const recalled = await recallSnapshot(state);
		const paths = await takeSnapshot(state, rule ?? (state.indexUnknown ? 'forget' : 'guard'), recalled);
		await noteIndexComplete(state);
		await tellLeftAside(state);
		this.#hasFirst = true;
		return paths;
	}
}
