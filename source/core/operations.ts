/** What the project's operations answered: what they changed, and what follows from it. */
import {activityWords} from './activity-words.js';
import {type Oid, type Path} from '../protocol/content.js';
import {noteActivity, noteProblem} from './activity.js';
import {type Event, type HeadReport, type IntegrateOutcome} from './event.js';
import {outOfRoom} from './halt.js';
import {headMoved, isReport} from './heads.js';
import {setState, setSync, type Step} from './machine.js';
import {type PeerId} from './state.js';
import {mergeDueAt} from './turns.js';

/** How often we look whether the user's git operation is over. */
const heldMs = 500;

/** A project operation that failed is not tried again before this, so that a full disk is not asked in a loop. */
const operationRetryMs = 2000;

/** Heads of others that we remember as integrated; older ones are looked up again, which only costs time. */
const maxContained = 4096;

export function snapshotTaken(
	step: Step,
	event: Partial<HeadReport> & {
		operation: number;
		changed: boolean;
		paths: readonly Path[];
		tookMs: number;
		held?: string;
		switchedTo?: string;
	},
): void {
	if (!endOperation(step, event.operation)) return;
	if (event.held !== undefined) {
		setState(step, {
			project: {...step.machine.state.project, activity: {kind: 'held', operation: event.held}},
		});
		setSync(step, {dirty: true});
		waitBeforeNext(step, heldMs);
		return;
	}
	if (isReport(event)) noteSnapshot(step, event);
}

/** The first look at the disk is over. Where it did not show the head, the first operation sees to that. */
export function projectOpened(step: Step, event: Extract<Event, {type: 'project-opened'}>): void {
	const {saved: paths = [], tookMs = 0, left = 0} = event;
	const activity = left === 0 ? {kind: 'idle' as const} : {kind: 'applying' as const, done: 0, total: left};
	setState(step, {project: {...step.machine.state.project, activity}});
	if (left > 0) setSync(step, {dirty: true});
	if (!isReport(event)) return;
	noteSnapshot(step, {...event, changed: paths.length > 0, paths, tookMs});
}

function noteSnapshot(
	step: Step,
	event: HeadReport & {changed: boolean; paths: readonly Path[]; tookMs: number; switchedTo?: string},
): void {
	if (event.changed) {
		step.effects.push({
			type: 'emit',
			event: {
				event: 'snapshot',
				head: event.head,
				paths: event.paths.length,
				took_ms: event.tookMs,
				...(event.switchedTo !== undefined && {branch: event.switchedTo}),
			},
		});
		noteChange(step, 'you', event.paths, event.switchedTo);
	}
	headMoved(step, event);
}

export function commitIntegrated(
	step: Step,
	event: Partial<HeadReport> & {
		operation: number;
		commit: Oid;
		outcome: IntegrateOutcome;
		fromPeerId: PeerId;
		applied: readonly Path[];
		saved: readonly Path[];
		needs?: readonly Oid[];
		tookMs: number;
		switchedTo?: string;
	},
): void {
	if (!endOperation(step, event.operation)) return;
	const {commit, outcome} = event;
	switch (outcome) {
		case 'missing': {
			const stored = new Set(step.machine.sync.stored);
			stored.delete(commit);
			const needed = new Map(step.machine.sync.needed);
			for (const need of event.needs ?? []) needed.set(need, event.fromPeerId);
			setSync(step, {stored, needed});
			break;
		}
		case 'diverged': {
			const {diverged, divergedSince = step.stamp.at} = step.machine.sync;
			setSync(step, {diverged: new Set(diverged).add(commit), divergedSince});
			const waitMs = Math.max(0, (mergeDueAt(step) ?? 0) - step.stamp.at);
			step.effects.push({type: 'start-timer', timer: 'pursue', afterMs: waitMs + 10});
			break;
		}
		case 'none':
			remember(step, commit);
			break;
		case 'fast-forward':
		case 'merge':
			remember(step, commit);
			// What stood apart from the former head may be part of this one.
			setSync(step, {diverged: new Set(), divergedSince: undefined});
			break;
	}
	if (!isReport(event)) return;
	if (event.saved.length > 0) {
		const {head, saved, tookMs} = event;
		step.effects.push({type: 'emit', event: {event: 'snapshot', head, paths: saved.length, took_ms: tookMs}});
		noteChange(step, 'you', saved);
	}
	headMoved(step, event);
	if (outcome === 'fast-forward' || outcome === 'merge') {
		const {head, fromPeerId, applied, tookMs, switchedTo} = event;
		step.effects.push({
			type: 'emit',
			event: {
				event: 'applied',
				head,
				from_peer_id: fromPeerId,
				paths: applied.length,
				took_ms: tookMs,
				...(switchedTo !== undefined && {branch: switchedTo}),
			},
		});
		noteChange(
			step,
			step.machine.state.peers.get(fromPeerId)?.name ?? fromPeerId.slice(0, 4),
			applied,
			switchedTo,
		);
	}
}

export function operationFailed(step: Step, event: {operation: number; code: string; message: string}): void {
	if (!endOperation(step, event.operation)) return;
	if (event.code === 'disk_full') {
		outOfRoom(step, event.code, event.message);
		return;
	}
	noteProblem(step, {code: event.code, message: event.message});
	// What failed is looked at afresh: the disk first (also by who joined when the head had moved already), then the commit,
	// which stays stored.
	setSync(step, {dirty: true});
	waitBeforeNext(step, operationRetryMs);
}

function remember(step: Step, commit: Oid): void {
	const stored = new Set(step.machine.sync.stored);
	stored.delete(commit);
	const contained = new Set(step.machine.sync.contained).add(commit);
	for (const oldest of contained) {
		if (contained.size <= maxContained) break;
		contained.delete(oldest);
	}
	setSync(step, {stored, contained});
}

/** No operation for a while: what made the last one fail, or held it, needs time. */
function waitBeforeNext(step: Step, ms: number): void {
	setSync(step, {notBefore: step.stamp.at + ms});
	step.effects.push({type: 'start-timer', timer: 'wait', afterMs: ms + 5});
}

/** Ends the running operation; false for an answer that nobody awaits. */
function endOperation(step: Step, operation: number): boolean {
	if (step.machine.sync.operation?.id !== operation) return false;
	setSync(step, {operation: undefined});
	const {project} = step.machine.state;
	if (project.activity.kind !== 'idle') setState(step, {project: {...project, activity: {kind: 'idle'}}});
	return true;
}

function noteChange(step: Step, who: string, paths: readonly Path[], switchedTo?: string): void {
	if (paths.length === 0) return;
	const [first = ''] = paths;
	if (switchedTo !== undefined) {
		const text = activityWords.switchedBranch(switchedTo, paths.length);
		return noteActivity(step, {kind: 'change', who, text});
	}
	const text = activityWords.changed(first, paths.length - 1);
	noteActivity(step, {kind: 'change', who, text, path: first});
}

/** A person brought paths back as they were. */
export function noteRestored(step: Step, paths: readonly Path[]): void {
	const [first] = paths;
	if (first === undefined) return;
	noteActivity(step, {
		kind: 'change',
		who: 'you',
		text: activityWords.restored(first, paths.length - 1),
		path: first,
	});
}
