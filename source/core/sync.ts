/**
 * The cycle: notice, snapshot, say, fetch, integrate. One project operation at a time and one fetch at a time; what is
 * said between peers is always the newest state, so any message may be lost or repeated. Decides who merges: the
 * smallest peer online at once, the others only fast-forward until a hold-off that grows with rank has passed.
 */
import {type Oid, type Path} from '../protocol/content.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {noteActivity} from './activity.js';
import {type HeadReport, type IntegrateOutcome} from './event.js';
import {linkOf, setPeer, setState, setSync, type Machine, type Step} from './machine.js';
import {type Peer, type PeerId} from './state.js';

/** The first in line has this long to merge before the next one does; rank times this for those behind. */
const holdOffMs = 2500;
/** A fetch that failed is tried again with the same peer after this. */
const fetchRetryMs = 1500;
/** How often we look whether the user's git operation is over. */
const heldMs = 500;
/** Heads of others that we remember as integrated; older ones are looked up again, which only costs time. */
const maxContained = 4096;

export type HeadEntry = Extract<PeerMessage, {type: 'heads'}>['heads'][number];

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

/** Linked peers with their announced heads, in the order in which we would ask them. */
function announced(step: Step): readonly {peer: Peer; commit: Oid; generation: number}[] {
	const result = [];
	for (const [peerId, head] of step.machine.sync.heads) {
		const peer = step.machine.state.peers.get(peerId);
		const {active} = linkOf(step, peerId);
		if (peer && active) result.push({peer, commit: head.commit, generation: active.generation});
	}
	return result.sort((one, other) => (one.peer.peerId < other.peer.peerId ? -1 : 1));
}

function isNews(step: Step, commit: Oid): boolean {
	return commit !== step.machine.state.project.head && !step.machine.sync.contained.has(commit);
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
		const mayMerge = rank(step) === 0 || (sync.mergeAt.get(commit) ?? Infinity) <= step.stamp.at;
		// Already found to be diverged, and not our turn yet: the timer brings us back.
		if (!mayMerge && sync.mergeAt.has(commit)) continue;
		const operation = startOperation(step, 'integrate', commit);
		step.effects.push({type: 'integrate', operation, commit, fromPeerId: peerId, mayMerge});
		return true;
	}
	return false;
}

/** How many peers online come before us when somebody has to merge. */
function rank(step: Step): number {
	const {self, peers} = step.machine.state;
	let count = 0;
	for (const peer of peers.values()) if (peer.link.status === 'online' && peer.peerId < self.peerId) count++;
	return count;
}

function fetchNext(step: Step): void {
	const {sync} = step.machine;
	if (sync.fetch || sync.halted) return;
	for (const commit of sync.needed.keys()) {
		for (const {peer, generation} of announced(step))
			if (tryFetch(step, commit, peer.peerId, generation)) return;
	}
	for (const {peer, commit, generation} of announced(step)) {
		if (!isNews(step, commit) || sync.stored.has(commit) || sync.storing.has(commit)) continue;
		// Its base has to be here first.
		if (sync.needed.size > 0) continue;
		if (tryFetch(step, commit, peer.peerId, generation)) return;
	}
}

function tryFetch(step: Step, commit: Oid, peerId: PeerId, generation: number): boolean {
	const {sync} = step.machine;
	if ((sync.fetchRetryAt.get(`${commit} ${peerId}`) ?? 0) > step.stamp.at) return false;
	const id = sync.nextFetch;
	setSync(step, {nextFetch: id + 1, fetch: {id, commit, peerId}});
	step.effects.push({type: 'fetch', fetch: id, commit, peerId, generation, whole: sync.needed.has(commit)});
	return true;
}

export function fetchEnded(step: Step, event: {fetch: number; commit: Oid; code?: string}): void {
	const {sync} = step.machine;
	if (sync.fetch?.id !== event.fetch) return;
	const {peerId, commit} = sync.fetch;
	setSync(step, {fetch: undefined});
	setPeer(step, peerId, {transferIn: undefined});
	if (event.code === undefined) {
		const needed = new Map(sync.needed);
		needed.delete(commit);
		setSync(step, {needed, stored: new Set(step.machine.sync.stored).add(commit)});
		return;
	}
	if (event.code === 'disk_full') {
		outOfRoom(step, event.code);
		return;
	}
	const fetchRetryAt = new Map(sync.fetchRetryAt).set(`${commit} ${peerId}`, step.stamp.at + fetchRetryMs);
	setSync(step, {fetchRetryAt});
	step.effects.push({type: 'start-timer', timer: 'pursue', afterMs: fetchRetryMs + 10});
}

/** A disk without room: a first join ends, a member stops and asks. */
export function outOfRoom(step: Step, code: string, message = 'the disk is full'): void {
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
	setState(step, {project: {...step.machine.state.project, mode: {kind: 'halted', code, message}}});
	step.effects.push({type: 'emit', event: {event: 'halted', code, message}});
	noteActivity(step, {kind: 'problem', who: '', text: message});
}

export function inlineStored(step: Step, commit: Oid, stored: boolean): void {
	const storing = new Set(step.machine.sync.storing);
	storing.delete(commit);
	setSync(step, {storing, ...(stored && {stored: new Set(step.machine.sync.stored).add(commit)})});
}

/** Takes in what a peer says of heads: its own, and those that it knows of others. */
export function headsReceived(step: Step, from: PeerId, entries: readonly HeadEntry[], pack?: string): void {
	for (const entry of entries) {
		if (entry.peer_id === step.machine.state.self.peerId) continue;
		const known = step.machine.sync.heads.get(entry.peer_id);
		const isOwn = entry.peer_id === from;
		const newer =
			!known || known.instance !== entry.instance ? isOwn || !known : entry.revision > known.revision;
		if (!newer) continue;
		const {commit, revision, instance} = entry;
		setSync(step, {heads: new Map(step.machine.sync.heads).set(entry.peer_id, {commit, revision, instance})});
		setPeer(step, entry.peer_id, {head: commit, revision, ...(isOwn && {editing: []})});
		if (!isOwn || pack === undefined || !isNews(step, commit)) continue;
		if (step.machine.sync.stored.has(commit) || step.machine.state.project.head === undefined) continue;
		setSync(step, {storing: new Set(step.machine.sync.storing).add(commit)});
		step.effects.push({type: 'store-inline', peerId: from, commit, pack});
	}
}

/** Says our head to one peer (a carrier became active) or to all (it changed). */
export function announce(step: Step, {to, former}: {to?: PeerId; former?: Oid}): void {
	const {sync, state} = step.machine;
	const {head} = state.project;
	if (head === undefined || !sync.ready) return;
	const targets = [];
	for (const peerId of to === undefined ? state.peers.keys() : [to]) {
		const {active} = linkOf(step, peerId);
		if (active) targets.push({peerId, generation: active.generation});
	}
	if (targets.length === 0) return;
	const others = [...sync.heads].map(([peerId, known]) => ({
		peerId,
		...known,
		online: state.peers.get(peerId)?.link.status === 'online',
	}));
	step.effects.push({type: 'announce', to: targets, former, head, revision: sync.revision, others});
}

/** Our head moved or was found: remember it, say it, look at the conflicts. */
export function headMoved(step: Step, report: HeadReport): void {
	const former = step.machine.state.project.head;
	setState(step, {project: {...step.machine.state.project, ...pickReport(report)}});
	if (former === report.head) return;
	setSync(step, {revision: step.machine.sync.revision + 1, mergeAt: new Map()});
	announce(step, {former});
	step.effects.push({type: 'list-conflicts'});
}

function pickReport({head, tree, files, bytes}: HeadReport): HeadReport {
	return {head, tree, files, bytes};
}

export function snapshotTaken(
	step: Step,
	event: Partial<HeadReport> & {
		operation: number;
		changed: boolean;
		paths: readonly Path[];
		tookMs: number;
		held?: string;
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

function noteSnapshot(
	step: Step,
	event: HeadReport & {changed: boolean; paths: readonly Path[]; tookMs: number},
): void {
	if (event.changed) {
		step.effects.push({
			type: 'emit',
			event: {event: 'snapshot', head: event.head, paths: event.paths.length, took_ms: event.tookMs},
		});
		noteChange(step, 'you', event.paths);
	}
	headMoved(step, event);
}

export function isReport<T extends Partial<HeadReport>>(event: T): event is T & HeadReport {
	return (
		event.head !== undefined &&
		event.tree !== undefined &&
		event.files !== undefined &&
		event.bytes !== undefined
	);
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
			const dueAt = step.stamp.at + holdOffMs * Math.max(1, rank(step));
			setSync(step, {mergeAt: new Map(step.machine.sync.mergeAt).set(commit, dueAt)});
			step.effects.push({type: 'start-timer', timer: 'pursue', afterMs: dueAt - step.stamp.at + 10});
			break;
		}
		case 'none':
		case 'fast-forward':
		case 'merge':
			remember(step, commit);
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
		const {head, fromPeerId, applied, tookMs} = event;
		step.effects.push({
			type: 'emit',
			event: {event: 'applied', head, from_peer_id: fromPeerId, paths: applied.length, took_ms: tookMs},
		});
		noteChange(step, step.machine.state.peers.get(fromPeerId)?.name ?? fromPeerId.slice(0, 4), applied);
	}
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
export function waitBeforeNext(step: Step, ms: number): void {
	setSync(step, {notBefore: step.stamp.at + ms});
	step.effects.push({type: 'start-timer', timer: 'wait', afterMs: ms + 5});
}

/** Ends the running operation; false for an answer that nobody awaits. */
export function endOperation(step: Step, operation: number): boolean {
	if (step.machine.sync.operation?.id !== operation) return false;
	setSync(step, {operation: undefined});
	const {project} = step.machine.state;
	if (project.activity.kind !== 'idle') setState(step, {project: {...project, activity: {kind: 'idle'}}});
	return true;
}

function noteChange(step: Step, who: string, paths: readonly Path[]): void {
	if (paths.length === 0) return;
	const [first = ''] = paths;
	const text = paths.length === 1 ? first : `${first} and ${paths.length - 1} more`;
	noteActivity(step, {kind: 'change', who, text, path: first});
}

/** True if everybody online stands where we stand and nothing is under way. */
export function isInStep({sync, state}: Machine): boolean {
	if (!sync.ready || sync.paused || sync.halted) return false;
	if (sync.dirty || sync.operation || state.project.head === undefined) return false;
	for (const peer of state.peers.values()) {
		if (peer.present && (peer.link.status !== 'online' || peer.head !== state.project.head)) return false;
	}
	return true;
}

function noteSynced(step: Step): void {
	const {sync, state} = step.machine;
	const {head, tree} = state.project;
	const online = [...state.peers.values()].some((peer) => peer.present);
	if (!isInStep(step.machine) || head === undefined || tree === undefined) {
		if (sync.syncedHead !== undefined) setSync(step, {syncedHead: undefined});
		return;
	}
	if (!online || sync.syncedHead === head) return;
	setSync(step, {syncedHead: head});
	step.effects.push({type: 'emit', event: {event: 'synced', head, tree}});
}
