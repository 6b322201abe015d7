/** When the disk is looked at again because it could not show all of the head: soon for a while, then more and more seldom. */
import {type Path} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

/** More than the two seconds in which a coarse disk hides a save. */
const soonMs = 3000;
const [leastLateMs, mostLateMs] = [400, 10_000];

/** The disk does not show the head yet, and will after another look: nobody is told before that all is in step. */
export function lookAgain(state: ProjectState): void {
	state.looksAgain = true;
	state.lookAgainSoon();
}

/**
 * Something else stands where a file was to be written. Somebody may be saving it, and a disk of whole seconds tells only later
 * what was saved. What stays, such as a link that is not synced, of which a person was told, holds up nothing.
 */
export function lookAgainAt(state: ProjectState, path: Path): void {
	const {head, told} = state;
	if (state.forestalled.head !== head) state.forestalled = {head, since: new Map()};
	const {since} = state.forestalled;
	const now = state.now();
	const first = since.get(path) ?? now;
	since.set(path, first);
	// A clock that was set back starts anew.
	const passedMs = now < first ? 0 : now - first;
	if (passedMs < soonMs && !told.concerns(path)) lookAgain(state);
	else state.lookAgainSoon(Math.min(Math.max(passedMs, leastLateMs), mostLateMs));
}
