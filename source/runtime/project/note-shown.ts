/**
 * Telling `shown` what the disk shares with the store. A disk may refuse that when head or files have changed already: then it
 * is kept in mind and told before the disk is looked at again, or who saves there next would be in conflict with themselves.
 * Until it is told nothing else happens, so that a crash finds no more than one operation unfinished.
 */
import {type ShownChanges} from '../../workspace/shown-index.js';
import {type ProjectState} from './project-state.js';

/** Resolves when it is durable. Rejects with Failure `disk_full` or `state_unreadable`; then `tellUntold` is for later. */
export async function noteShown(state: ProjectState, changes: ShownChanges): Promise<void> {
	for (const [path, entry] of changes) state.untold.set(path, entry);
	await tellUntold(state);
}

/** Tells `shown` what it could not be told before, if there is anything. */
export async function tellUntold({shown, untold}: ProjectState): Promise<void> {
	if (untold.size === 0) return;
	await shown.set(untold);
	untold.clear();
}
