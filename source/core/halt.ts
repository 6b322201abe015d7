/** Stopping to ask: nothing is synced until a person says how to go on. */
import {activityWords} from './activity-words.js';
import {noteActivity} from './activity.js';
import {setState, setSync, type Step} from './machine.js';

/** A disk without room: a first join ends, a member stops and asks. */
export function outOfRoom(step: Step, code: string, message: string = activityWords.diskFull): void {
	if (step.machine.state.project.head === undefined) {
		step.effects.push({type: 'end-session', exitCode: 1, code, reason: message});
		return;
	}
	halt(step, code, message);
}

/** Stops all operations until a person says how to go on. */
export function halt(step: Step, code: string, message: string): void {
	if (step.machine.sync.halted) return;
	setSync(step, {halted: true, operation: undefined});
	// It would go on writing into whatever stands at the path now; what it has is kept, and not sent again.
	if (step.machine.sync.fetch) step.effects.push({type: 'cancel-fetch'});
	setState(step, {project: {...step.machine.state.project, mode: {kind: 'halted', code, message}}});
	step.effects.push({type: 'emit', event: {event: 'halted', code, message}});
	noteActivity(step, {kind: 'problem', who: '', text: message});
}
