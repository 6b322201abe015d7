/** What we lack of the others' heads, one fetch at a time; a fetch that failed is tried again, not in a loop. */
import {type Oid} from '../protocol/content.js';
import {noteProblem, problemSolved} from './activity.js';
import {type Backoff, backoffMs} from './backoff.js';
import {cutOff} from './cut-off.js';
import {outOfRoom} from './halt.js';
import {linkOf, setPeer, setSync, type Step, type SyncMachine} from './machine.js';
import {endHoldBack, isHeldBack} from './spreading.js';
import {type Peer, type PeerId} from './state.js';
import {failureSentence} from './text.js';

/** A fetch that failed is tried again with the same peer after this. */
const fetchRetryMs = 1500;

/** A peer that cannot send what it has makes a plan for each question, mostly in vain. */
const refusedBackoff: Backoff = {firstMs: fetchRetryMs, maxMs: 60_000};

/** Once may be an object that is just being replaced; so often, a person should look at it. */
const refusalsTold = 3;

/** Bases that are remembered as gone; one that is forgotten is asked for once more. */
const maxGone = 256;

/** Linked peers with their announced heads, in the order in which we would ask them. */
export function announced(step: Step): readonly {peer: Peer; commit: Oid; generation: number}[] {
	const result = [];
	for (const [peerId, head] of step.machine.sync.heads) {
		const peer = step.machine.state.peers.get(peerId);
		const {active} = linkOf(step, peerId);
		if (peer && active) result.push({peer, commit: head.commit, generation: active.generation});
	}
	return result.sort((one, other) => (one.peer.peerId < other.peer.peerId ? -1 : 1));
}

/** True for a head that is neither ours nor in our history. */
export function isNews(step: Step, commit: Oid): boolean {
	return commit !== step.machine.state.project.head && !step.machine.sync.contained.has(commit);
}

/** Starts the next fetch if none runs. */
export function fetchNext(step: Step): void {
	const {sync} = step.machine;
	if (sync.halted) return;
	if (sync.fetch) return moveFetch(step, sync.fetch);
	giveUpBases(step);
	// In turn: one that never answers, and has news all the time, must not keep us from the others.
	const turn = ({peer}: {peer: Peer}) => sync.lastFetch.get(peer.peerId) ?? 0;
	const inTurn = [...announced(step)].sort((one, other) => turn(one) - turn(other));
	const {needed} = step.machine.sync;
	for (const commit of needed.keys()) {
		for (const {peer, generation} of inTurn) if (tryFetch(step, commit, peer.peerId, generation)) return;
	}
	for (const {peer, commit, generation} of inTurn) {
		if (!isNews(step, commit) || sync.stored.has(commit) || sync.storing.has(commit)) continue;
		// Its base has to be here first.
		if (needed.size > 0 || isHeldBack(step, peer.peerId)) continue;
		if (tryFetch(step, commit, peer.peerId, generation)) return;
	}
}

/** A fetch whose peer has no carrier goes on with another peer that has the same head, rather than wait. */
function moveFetch(step: Step, fetch: NonNullable<SyncMachine['fetch']>): void {
	if (linkOf(step, fetch.peerId).active) return;
	const other = announced(step).find(({commit}) => commit === fetch.commit);
	if (!other) return;
	const {peerId} = other.peer;
	const transferIn = step.machine.state.peers.get(fetch.peerId)?.transferIn;
	setPeer(step, fetch.peerId, {transferIn: undefined});
	// What has come in vain so far stays with the peer that it came from.
	setPeer(step, peerId, {transferIn});
	setSync(step, {fetch: {...fetch, peerId}});
	step.effects.push({type: 'move-fetch', fetch: fetch.id, peerId, generation: other.generation});
}

function tryFetch(step: Step, commit: Oid, peerId: PeerId, generation: number): boolean {
	const {sync} = step.machine;
	if ((sync.fetchRetries.get(`${commit} ${peerId}`)?.at ?? 0) > step.stamp.at) return false;
	if (sync.lacking.get(commit)?.has(peerId)) return false;
	endHoldBack(step, peerId);
	const id = sync.nextFetch;
	const lastFetch = new Map(sync.lastFetch).set(peerId, id);
	setSync(step, {nextFetch: id + 1, fetch: {id, commit, peerId}, lastFetch});
	step.effects.push({type: 'fetch', fetch: id, commit, peerId, generation, whole: sync.needed.has(commit)});
	return true;
}

export function fetchEnded(
	step: Step,
	event: {fetch: number; commit: Oid; code?: string; hostile?: boolean; reason?: string},
): void {
	const {sync} = step.machine;
	if (sync.fetch?.id !== event.fetch) return;
	const {peerId, commit} = sync.fetch;
	setSync(step, {fetch: undefined});
	setPeer(step, peerId, {transferIn: undefined});
	if (event.code === undefined) {
		const needed = new Map(sync.needed);
		needed.delete(commit);
		setSync(step, {needed});
		noteStored(step, commit);
		problemSolved(step, 'want_failed');
		return;
	}
	if (event.code === 'unknown_commit' && sync.needed.has(commit)) return baseIsLacking(step, commit, peerId);
	if (event.code === 'disk_full') {
		outOfRoom(step, event.code);
		return;
	}
	retryLater(step, {commit, peerId}, event);
	if (event.hostile) cutOff(step, peerId, event.reason ?? event.code);
}

/** Leaves a peer alone with a commit for a while, the longer the more often it said that it cannot send it. */
function retryLater(
	step: Step,
	{commit, peerId}: {commit: Oid; peerId: PeerId},
	{code, reason}: {code?: string; reason?: string},
): void {
	const {fetchRetries, heads, needed} = step.machine.sync;
	const {at} = step.stamp;
	const key = `${commit} ${peerId}`;
	const refusals = code === 'want_failed' ? (fetchRetries.get(key)?.refusals ?? 0) + 1 : 0;
	const waitMs = backoffMs(refusedBackoff, refusals, 0);
	const wanted = new Set([...needed.keys(), ...[...heads.values()].map((head) => head.commit)]);
	const rest = [...fetchRetries].filter(([, retry]) => retry.at > at || wanted.has(retry.commit));
	const retry = {commit, at: at + waitMs, refusals};
	setSync(step, {fetchRetries: new Map(rest).set(key, retry)});
	step.effects.push({type: 'start-timer', timer: `fetch ${key}`, afterMs: waitMs + 10});
	if (refusals < refusalsTold) return;
	const peer = step.machine.state.peers.get(peerId)?.name ?? peerId;
	const message = failureSentence('want_failed', {peer, code: reason ?? 'want_failed'});
	noteProblem(step, {code: 'want_failed', peerId, message});
}

/** A peer does not have a merge base either: it is not asked for it again. */
function baseIsLacking(step: Step, commit: Oid, peerId: PeerId): void {
	const {lacking} = step.machine.sync;
	setSync(step, {lacking: new Map(lacking).set(commit, new Set(lacking.get(commit)).add(peerId))});
}

/**
 * Bases that all who are linked lack have been cut off everywhere: then two heads meet as if they had nothing in common, rather
 * than wait for somebody who may never come.
 */
function giveUpBases(step: Step): void {
	const peers = announced(step).map(({peer}) => peer.peerId);
	if (peers.length === 0) return;
	for (const commit of step.machine.sync.needed.keys()) {
		const {lacking, needed, gone} = step.machine.sync;
		const lack = lacking.get(commit);
		if (!lack || peers.some((peerId) => !lack.has(peerId))) continue;
		setSync(step, {
			lacking: new Map([...lacking].filter(([oid]) => oid !== commit)),
			needed: new Map([...needed].filter(([oid]) => oid !== commit)),
			gone: new Set([...gone, commit].slice(-maxGone)),
		});
	}
}

/** A pack that came along with a head was stored, or was of no use. */
export function inlineStored(step: Step, commit: Oid, stored: boolean): void {
	const storing = new Map(step.machine.sync.storing);
	storing.delete(commit);
	setSync(step, {storing});
	if (stored) noteStored(step, commit);
}

/** A commit is here with all it reaches; how far its owner is from us can be told now. */
function noteStored(step: Step, commit: Oid): void {
	setSync(step, {stored: new Set(step.machine.sync.stored).add(commit)});
	for (const {peerId, head} of step.machine.state.peers.values()) {
		if (head !== commit) continue;
		setPeer(step, peerId, {distance: undefined});
		endHoldBack(step, peerId);
	}
}
