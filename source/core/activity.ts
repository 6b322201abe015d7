/** The bounded lists that a person reads: what happened, and which paths have problems. */
import {type Activity, type BoundedList, type Problem} from './state.js';
import {setState, type Step} from './machine.js';

/** Enough for the log screen; the log file has the rest. */
const maxActivities = 500;
/** A person fixes problems one by one; more than this is one problem with another name. */
const maxProblems = 100;

function appendBounded<T>(list: BoundedList<T>, item: T, max: number): BoundedList<T> {
	const items = [...list.items, item];
	const over = Math.max(0, items.length - max);
	return {items: over > 0 ? items.slice(over) : items, hidden: list.hidden + over};
}

export function noteActivity(step: Step, activity: Omit<Activity, 'id' | 'at'>): void {
	const id = step.machine.nextActivityId;
	step.machine = {...step.machine, nextActivityId: id + 1};
	const item = {...activity, id, at: step.stamp.at};
	setState(step, {activity: appendBounded(step.machine.state.activity, item, maxActivities)});
}

/** Adds a problem, or renews the one with the same code, path and peer; only a new one is told. */
export function noteProblem(step: Step, problem: Omit<Problem, 'at'>): void {
	const {problems} = step.machine.state;
	const {path, peerId, code, message} = problem;
	const same = (other: Problem) => other.code === code && other.path === path && other.peerId === peerId;
	const known = problems.items.some(same);
	const rest = {...problems, items: problems.items.filter((item) => !same(item))};
	setState(step, {problems: appendBounded(rest, {...problem, at: step.stamp.at}, maxProblems)});
	if (known) return;
	step.effects.push({
		type: 'emit',
		event: {event: 'problem', path, ...(peerId !== undefined && {peer_id: peerId}), code, message},
	});
	noteActivity(step, {kind: 'problem', who: '', text: message, path});
}

/**
 * What the problem said is not so any more: it goes from the list. One of a path that is not there was dropped for newer ones, so
 * it goes from their count: only what was told is taken back.
 */
export function problemSolved(step: Step, code: string, path?: string): void {
	const {problems} = step.machine.state;
	const items = problems.items.filter((problem) => problem.code !== code || problem.path !== path);
	if (items.length < problems.items.length) setState(step, {problems: {...problems, items}});
	else if (path !== undefined && problems.hidden > 0)
		setState(step, {problems: {...problems, hidden: problems.hidden - 1}});
}
