/** Which commit of our history a person means. */
import {Failure} from '../../protocol/failure.js';
import {type Oid} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

/** As short as an id may be given. */
const idPattern = /^[0-9a-f]{7,40}$/;

/** What `--at` says. Rejects with Failure `bad_time`. */
function parseAt(at: string): {readonly id: string} | {readonly timeMs: number} {
	if (idPattern.test(at)) return {id: at};
	const timeMs = /^\d{12,}$/.test(at) ? Number(at) : Date.parse(at);
	if (Number.isNaN(timeMs)) throw new Failure('bad_time', {details: {at}});
	return {timeMs};
}

/** A commit by the start of its id, or the newest one at a time. Rejects with Failure `bad_time` or `not_in_history`. */
export function findCommit(state: Pick<ProjectState, 'ancestry' | 'store' | 'head'>, at: string): Oid {
	const {ancestry, store, head} = state;
	const wanted = parseAt(at);
	let best: {oid: Oid; date: number} | undefined;
	for (const oid of head === undefined ? [] : ancestry.walk(head)) {
		if (!store.graph.isPresent(oid)) continue;
		if ('id' in wanted) {
			if (oid.startsWith(wanted.id)) return oid;
			continue;
		}
		const date = store.graph.date(oid);
		// Of commits in one second the first that the walk meets is the newest: children come before their parents.
		if (date !== undefined && date <= wanted.timeMs && (!best || date > best.date)) best = {oid, date};
	}
	if (!best) throw new Failure('not_in_history', {details: {at}});
	return best.oid;
}
