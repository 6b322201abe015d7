/**
 * The cycle: notice, snapshot, say, fetch, integrate. One project operation at a time and one fetch at a time; what is
 * said between peers is always the newest state, so any message may be lost or repeated.
 */
import {type Oid} from '../protocol/content.js';
import {announced, fetchNext, isNews} from './fetching.js';
import {noteStandings, noteSynced} from './in-step.js';
import {setSync, type Step} from './machine.js';
import {mergeDueAt, rank} from './turns.js';

/** Starts what is next, if anything: called after every event. */
export function pursue(step: Step): void {
	const {sync, state} = step.machine;
	if (!sync.ready) return;
	if (!sync.operation && !sync.paused && !sync.halted && sync.notBefore <= step.stamp.at) {
		if (state.project.head === undefined) adoptFirst(step);
		// Who saves without pause must still hear of others, so the two take turns.
		else if (sync.dirty && sync.lastOperation !== 'snapshot') startOperation(step, 'snapshot');
		else if (!integrateNext(step) && sync.dirty) startOperation(step, 'snapshot');
	}
	fetchNext(step);
	noteStandings(step);
	noteSynced(step);
}

function startOperation(step: Step, kind: 'snapshot' | 'integrate' | 'adopt', commit?: Oid): number {
	const id = step.machine.sync.nextOperation;
	// An integration begins with a snapshot of its own.
	const dirty = kind === 'adopt' && step.machine.sync.dirty;
	setSync(step, {nextOperation: id + 1, operation: {id, kind, commit}, lastOperation: kind, dirty});
	if (kind === 'snapshot') step.effects.push({type: 'take-snapshot', operation: id});
	return id;
}

function adoptFirst(step: Step): void {
	const {sync} = step.machine;
	const first = announced(step).find(({commit}) => sync.stored.has(commit));
	if (!first) return;
	const operation = startOperation(step, 'adopt', first.commit);
	const {peer, commit, generation} = first;
	step.effects.push({type: 'adopt', operation, commit, fromPeerId: peer.peerId, generation});
}

function integrateNext(step: Step): boolean {
	const {sync} = step.machine;
	for (const [peerId, {commit}] of sync.heads) {
		if (!isNews(step, commit) || !sync.stored.has(commit)) continue;
		const mayMerge = rank(step) === 0 || (mergeDueAt(step) ?? Infinity) <= step.stamp.at;
		// Already found to be diverged, and not our turn yet: the timer brings us back.
		if (!mayMerge && sync.diverged.has(commit)) continue;
		const operation = startOperation(step, 'integrate', commit);
		step.effects.push({type: 'integrate', operation, commit, fromPeerId: peerId, mayMerge, gone: sync.gone});
		return true;
	}
	return false;
}
