/**
 * update(machine, event, stamp) → the next machine and the effects to run: the only writer of the state. It calls the
 * machines of relay, link and sync in turn; none of them does anything but return.
 */
import {type PeerMessage} from '../protocol/peer-messages.js';
import {noteActivity, noteProblem} from './activity.js';
import {type Command} from './command.js';
import {conflictsListed} from './conflicts.js';
import {type Effect} from './effect.js';
import {type Event, type Stamp} from './event.js';
import {
	askTimerFired,
	carrierClosed,
	carrierFailed,
	carrierOpened,
	carrierRequested,
	drainTimerFired,
	pinChanged,
	reviewLink,
	textOnlyMs,
	usingReceived,
	usingTimerFired,
	useReceived,
} from './link.js';
import {linkOf, setLink, setPeer, setState, setSync, type Machine, type Step} from './machine.js';
import {
	binaryTested,
	binaryTimerFired,
	openRelay,
	peerJoined,
	peerLeft,
	relayLost,
	relayOpened,
} from './relay.js';
import {type PeerId} from './state.js';
import {
	announce,
	commitIntegrated,
	endOperation,
	fetchEnded,
	halt,
	headMoved,
	headsReceived,
	inlineStored,
	outOfRoom,
	isReport,
	pursue,
	snapshotTaken,
	waitBeforeNext,
} from './sync.js';
import {secondPassed} from './throughput.js';

/** A project operation that failed is not tried again before this, so that a full disk is not asked in a loop. */
const operationRetryMs = 2000;
/** A path that a peer edits counts as edited for this long after it said so. */
const editingMs = 10_000;
/** More paths at once are not edited by hand. */
const maxEditingPaths = 20;

export function update(
	machine: Machine,
	event: Event,
	stamp: Stamp,
): {machine: Machine; effects: readonly Effect[]} {
	const step: Step = {machine, effects: [], stamp};
	apply(step, event);
	pursue(step);
	if (step.machine !== machine && step.machine.state !== machine.state) setState(step, {now: stamp.at});
	return {machine: step.machine, effects: step.effects};
}

function apply(step: Step, event: Event): void {
	switch (event.type) {
		case 'second-passed':
			secondPassed(step, event.meters);
			return noteRelayRtt(step, event.relayRttMs);
		case 'timer-fired':
			return timerFired(step, event.timer);
		case 'commanded':
			return commanded(step, event.command);
		case 'relay-opened':
			return relayOpened(step, event);
		case 'relay-binary-tested':
			return binaryTested(step, event);
		case 'relay-failed':
		case 'relay-closed':
			return relayLost(step, event);
		case 'peer-joined':
			return peerJoined(step, event.peer);
		case 'peer-left':
			return peerLeft(step, event.peerId, event.reason);
		case 'carrier-requested':
			return carrierRequested(step, event);
		case 'carrier-opened':
			return opened(step, event);
		case 'carrier-failed':
			return carrierFailed(step, event);
		case 'carrier-closed':
			if (event.hostile) noteProblem(step, {code: 'hostile_peer', message: event.reason});
			return carrierClosed(step, event);
		case 'peer-said':
			return peerSaid(step, event.peerId, event.generation, event.message);
		case 'project-opened':
			setSync(step, {ready: true});
			setActivityIdle(step);
			sayReady(step);
			if (isReport(event)) headMoved(step, event);
			return;
		case 'project-failed':
			step.effects.push({type: 'end-session', exitCode: 1, code: event.code, reason: event.message});
			return;
		case 'project-progressed':
			setState(step, {project: {...step.machine.state.project, activity: event.activity}});
			return;
		case 'disk-changed':
			return setSync(step, {dirty: true});
		case 'paths-edited':
			return pathsEdited(step, event.paths);
		case 'snapshot-taken':
			return snapshotTaken(step, event);
		case 'commit-integrated':
			return commitIntegrated(step, event);
		case 'operation-failed':
			return operationFailed(step, event);
		case 'head-moved':
			for (const path of event.resolved ?? []) {
				const ownTakes = new Map(step.machine.ownTakes).set(path, event.take ?? 'merged');
				step.machine = {...step.machine, ownTakes};
			}
			return headMoved(step, event);
		case 'project-halted':
			return halt(step, event.code, event.message);
		case 'project-resumed':
			setSync(step, {halted: false, dirty: step.machine.sync.ready});
			setState(step, {project: {...step.machine.state.project, mode: {kind: 'running'}}});
			return;
		case 'conflicts-listed':
			return conflictsListed(step, event.conflicts);
		case 'problem-found':
			return noteProblem(step, event.problem);
		case 'store-measured':
			setState(step, {project: {...step.machine.state.project, storeBytes: event.bytes}});
			return;
		case 'inline-stored':
			return inlineStored(step, event.commit, event.stored);
		case 'fetch-ended':
			return fetchEnded(step, event);
		case 'transfer-progressed':
			return transferProgressed(step, event);
		case 'transfer-ended':
			setPeer(
				step,
				event.peerId,
				event.direction === 'in' ? {transferIn: undefined} : {transferOut: undefined},
			);
	}
}

function sayReady(step: Step): void {
	const {self, session} = step.machine.state;
	step.effects.push({
		type: 'emit',
		event: {
			event: 'ready',
			session_id: session.sessionId,
			peer_id: self.peerId,
			role: self.role,
			invite: self.role === 'host' ? session.invite : undefined,
			relay_url: session.relayUrl,
			root: session.root,
		},
	});
}

function opened(step: Step, event: Extract<Event, {type: 'carrier-opened'}>): void {
	const {peerId, generation, tier, hello} = event;
	setPeer(step, peerId, {name: hello.name});
	const facts = {tiers: hello.tiers, textOnly: hello.capabilities.includes('text-only'), name: hello.name};
	if (carrierOpened(step, {peerId, generation, tier, ...facts})) announce(step, {to: peerId});
}

function peerSaid(step: Step, peerId: PeerId, generation: number, message: PeerMessage): void {
	switch (message.type) {
		case 'heads':
			return headsReceived(step, peerId, message.heads, message.pack);
		case 'use':
			if (useReceived(step, peerId, generation, message.generation)) announce(step, {to: peerId});
			return;
		case 'using':
			if (usingReceived(step, peerId, generation, message.generation)) announce(step, {to: peerId});
			return;
		case 'hello':
			setLink(step, peerId, {
				theirTiers: message.tiers,
				theirTextOnlyUntil: message.capabilities.includes('text-only') ? step.stamp.at + textOnlyMs : 0,
			});
			return reviewLink(step, peerId);
		case 'activity':
			setPeer(step, peerId, {editing: message.paths});
			step.effects.push({type: 'emit', event: {event: 'editing', peer_id: peerId, paths: message.paths}});
			step.effects.push({type: 'start-timer', timer: `editing ${peerId}`, afterMs: editingMs});
			return;
		case 'git_history':
			step.effects.push({type: 'answer-git-history', peerId, generation, request: message.request});
			return;
		default:
		// Exchange and unknown kinds never reach the core.
	}
}

function timerFired(step: Step, timer: string): void {
	const [kind = '', peerId = '', number = '0'] = timer.split(' ');
	switch (kind) {
		case 'relay':
			return openRelay(step);
		case 'binary':
			return binaryTimerFired(step);
		case 'link':
			return reviewLink(step, peerId);
		case 'ask':
			return askTimerFired(step, peerId);
		case 'using':
			return usingTimerFired(step, peerId, Number(number));
		case 'drain':
			return drainTimerFired(step, peerId, Number(number));
		case 'editing':
			return setPeer(step, peerId, {editing: []});
		case 'dirty':
			return setSync(step, {dirty: true});
		default:
		// 'pursue': only there to bring the machine back to its next step
	}
}

function commanded(step: Step, command: Command): void {
	switch (command.type) {
		case 'set-tier':
			if (command.peerId === undefined) setState(step, {pin: command.pin});
			for (const peer of step.machine.state.peers.values()) {
				if (command.peerId !== undefined && peer.peerId !== command.peerId) continue;
				setPeer(step, peer.peerId, {pin: command.peerId === undefined ? undefined : command.pin});
				pinChanged(step, peer.peerId);
			}
			return;
		case 'retry-now':
			if (step.machine.state.relay.status === 'waiting') openRelay(step);
			for (const peerId of step.machine.state.peers.keys()) {
				setLink(step, peerId, {failures: {}});
				reviewLink(step, peerId);
			}
			return;
		case 'pause':
			return setPaused(step, true);
		case 'resume':
			if (step.machine.sync.halted) {
				step.effects.push({type: 'resume-project', acceptDeletions: command.acceptDeletions ?? false});
				return;
			}
			return setPaused(step, false);
		case 'rescan':
			step.effects.push({type: 'rescan'});
			setSync(step, {dirty: true});
	}
}

function setPaused(step: Step, paused: boolean): void {
	if (step.machine.sync.paused === paused) return;
	setSync(step, {paused, ...(!paused && {dirty: true})});
	const {project} = step.machine.state;
	setState(step, {project: {...project, mode: paused ? {kind: 'paused'} : {kind: 'running'}}});
	step.effects.push({type: 'pause-project', paused});
	noteActivity(step, {kind: 'session', who: 'you', text: paused ? 'paused' : 'resumed'});
}

function pathsEdited(step: Step, paths: readonly string[]): void {
	if (paths.length === 0) return;
	const message = {type: 'activity' as const, paths: paths.slice(0, maxEditingPaths)};
	for (const peerId of step.machine.state.peers.keys()) {
		const {active} = linkOf(step, peerId);
		if (active) step.effects.push({type: 'say', peerId, generation: active.generation, message});
	}
}

function operationFailed(step: Step, event: {operation: number; code: string; message: string}): void {
	const operation = step.machine.sync.operation;
	if (!endOperation(step, event.operation)) return;
	if (event.code === 'disk_full') {
		outOfRoom(step, event.code, event.message);
		return;
	}
	noteProblem(step, {code: event.code, message: event.message});
	// What failed is looked at afresh: the disk first, then the commit, which stays stored.
	if (operation?.kind !== 'adopt') setSync(step, {dirty: true});
	waitBeforeNext(step, operationRetryMs);
}

function transferProgressed(step: Step, event: Extract<Event, {type: 'transfer-progressed'}>): void {
	const peer = step.machine.state.peers.get(event.peerId);
	if (!peer) return;
	const {peerId, direction, tier, doneBytes, totalBytes, doneObjects, totalObjects, resumedBytes} = event;
	const before = direction === 'in' ? peer.transferIn : peer.transferOut;
	const startedAt = before?.startedAt ?? step.stamp.at;
	const transfer = {tier, startedAt, doneBytes, totalBytes, doneObjects, totalObjects, resumedBytes};
	setPeer(step, peerId, direction === 'in' ? {transferIn: transfer} : {transferOut: transfer});
	step.effects.push({
		type: 'emit',
		event: {
			event: 'transfer',
			peer_id: peerId,
			direction,
			tier,
			done_bytes: doneBytes,
			total_bytes: totalBytes,
			objects: doneObjects,
		},
	});
}

function setActivityIdle(step: Step): void {
	setState(step, {project: {...step.machine.state.project, activity: {kind: 'idle'}}});
}

function noteRelayRtt(step: Step, rttMs: number | undefined): void {
	const {relay} = step.machine.state;
	if (relay.status !== 'online' || rttMs === undefined) return;
	const rounded = Math.round(rttMs);
	if (relay.rttMs === undefined || Math.abs(relay.rttMs - rounded) >= Math.max(2, relay.rttMs / 5)) {
		setState(step, {relay: {...relay, rttMs: rounded}});
	}
}
