/** Which commit of our history a person means. */
import {Failure} from '../../protocol/failure.js';
import {type Oid} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

/** As short as an id may be given. */
const idPattern = /^[0-9a-f]{7,40}$/;

/** ms since the epoch; the start of an id of so many digits and no letter is rarer than a chance of one in a hundred. */
const timePattern = /^\d{12,}$/;

/** A day alone would be read as of UTC, unlike a time without a zone. */
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** What `--at` says. Rejects with Failure `bad_time`. */
function parseAt(at: string): {readonly id: string} | {readonly timeMs: number} {
	if (timePattern.test(at) && at.length < 16) return {timeMs: Number(at)};
	if (idPattern.test(at)) return {id: at};
	const timeMs = Date.parse(dayPattern.test(at) ? `${at}T00:00` : at);
	if (Number.isNaN(timeMs)) throw new Failure('bad_time', {details: {at}});
	return {timeMs};
}

/** The same as a question to a peer. Rejects with Failure `bad_time`. */
export function atQuestion(at: string): {readonly commit: string} | {readonly at_ms: number} {
	const wanted = parseAt(at);
	return 'id' in wanted ? {commit: wanted.id} : {at_ms: Math.max(0, Math.floor(wanted.timeMs))};
}

/**
 * A commit by the start of its id, the newest one at a time, or the head for `now`. Rejects with Failure `bad_time` or `not_in_history`, the latter
 * also where a newer one of that time was cut off.
 */
export function findCommit(state: Pick<ProjectState, 'ancestry' | 'store' | 'head'>, at: string): Oid {
	// Not by date: the clocks of peers differ.
	if (at === 'now' && state.head !== undefined) return state.head;
	const wanted = parseAt(at);
	const found = 'id' in wanted ? findById(state, wanted.id) : findByTime(state, wanted.timeMs);
	if (found === undefined) throw new Failure('not_in_history', {details: {at}});
	return found;
}

type Histories = Pick<ProjectState, 'ancestry' | 'store' | 'head'>;

function findById({ancestry, store, head}: Histories, id: string): Oid | undefined {
	for (const oid of head === undefined ? [] : ancestry.walk(head)) {
		if (store.graph.isPresent(oid) && oid.startsWith(id)) return oid;
	}
	return undefined;
}

function findByTime({ancestry, store, head}: Histories, timeMs: number): Oid | undefined {
	let best: {oid: Oid; date: number} | undefined;
	/** Of those that are not here: the newest of that time; one of which nobody has told the date may be any. */
	let missing = -Infinity;
	for (const oid of head === undefined ? [] : ancestry.walk(head)) {
		const date = store.graph.date(oid);
		if (!store.graph.isPresent(oid)) {
			if (date === undefined ? !best : date <= timeMs) missing = Math.max(missing, date ?? Infinity);
			continue;
		}
		// Of commits in one second the first that the walk meets is the newest: children come before their parents.
		if (date !== undefined && date <= timeMs && (!best || date > best.date)) best = {oid, date};
	}
	return best && missing <= best.date ? best.oid : undefined;
}
