/** What changed among the conflicts since they were last listed, as events and activity. */
import {type Oid} from '../protocol/content.js';
import {activityWords, takenElsewhere} from './activity-words.js';
import {noteActivity} from './activity.js';
import {setState, setSync, type Step} from './machine.js';
import {type Conflict} from './state.js';

/** Takes in the newest list, that of `head`; `take` words the resolutions that it shows, `path → take` for our own. */
export function conflictsListed(step: Step, head: Oid, listed: readonly Conflict[]): void {
	setSync(step, {listedHead: head});
	const before = new Map(step.machine.state.conflicts.map((conflict) => [conflict.path, conflict]));
	const conflicts = listed.map((conflict) => ({
		...conflict,
		since: before.get(conflict.path)?.since ?? step.stamp.at,
	}));
	setState(step, {conflicts});
	const now = new Set(listed.map(({path}) => path));
	for (const conflict of conflicts) {
		if (before.has(conflict.path)) continue;
		const peers = [...new Set(conflict.sides.map((side) => side.peerId).filter((peerId) => peerId !== ''))];
		step.effects.push({type: 'emit', event: {event: 'conflict', path: conflict.path, peers}});
		noteActivity(step, {
			kind: 'conflict',
			who: '',
			text: activityWords.conflict(conflict.path),
			path: conflict.path,
		});
	}
	for (const path of before.keys()) {
		if (now.has(path)) continue;
		const take = step.machine.ownTakes.get(path) ?? takenElsewhere;
		step.effects.push({type: 'emit', event: {event: 'resolved', path, take}});
		const who = take === takenElsewhere ? '' : 'you';
		noteActivity(step, {kind: 'conflict', who, text: activityWords.settled(path, take), path});
	}
	step.machine = {...step.machine, ownTakes: new Map()};
}
