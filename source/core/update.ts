/**
 * update(machine, event, stamp) → the next machine and the effects to run: the only writer of the state. It calls the
 * machines of relay, link and sync in turn; none of them does anything but return.
 */
import {noteProblem, problemSolved} from './activity.js';
import {commanded} from './commands.js';
import {conflictsListed} from './conflicts.js';
import {type Effect} from './effect.js';
import {type Event, type Stamp} from './event.js';
import {fetchEnded, inlineStored} from './fetching.js';
import {halt} from './halt.js';
import {gossipTimerFired, headMoved} from './heads.js';
import {cutOff} from './cut-off.js';
import {distanceMeasured} from './in-step.js';
import {routeEnded, routeStarted} from './attempts.js';
import {
	carrierClosed,
	carrierFailed,
	carrierOpened,
	carrierRequested,
	usingTimerFired,
} from './carrier-events.js';
import {heldOffWords, relayRefused} from './held-off.js';
import {askIfNeeded} from './ask-leader.js';
import {reviewLink} from './link.js';
import {networkChanged} from './network-changes.js';
import {peerFound, peerJoined, peerLeft, peerLost, settlePresence} from './presence.js';
import {setPeer, setState, setSync, type Machine, type Step} from './machine.js';
import {commitIntegrated, noteRestored, operationFailed, projectOpened, snapshotTaken} from './operations.js';
import {pathTimerFired} from './path-activity.js';
import {editingOver, pathsEdited, peerSaid, tellEditing} from './peer-words.js';
import {
	binaryTested,
	binaryTimerFired,
	forgetLimited,
	openRelay,
	relayLimited,
	relayLost,
	relayOpened,
} from './relay.js';
import {pursue} from './sync.js';
import {reasonWords} from './reason-words.js';
import {secondPassed} from './throughput.js';
import {noteTierChanges, reportTraffic} from './traffic-report.js';
import {transferProgressed} from './transfers.js';

export function update(
	machine: Machine,
	event: Event,
	stamp: Stamp,
): {machine: Machine; effects: readonly Effect[]} {
	const step: Step = {machine, effects: [], stamp};
	apply(step, event);
	pursue(step);
	noteTierChanges(step, machine, event);
	if (step.machine !== machine && step.machine.state !== machine.state) setState(step, {now: stamp.at});
	return {machine: step.machine, effects: step.effects};
}

function apply(step: Step, event: Event): void {
	switch (event.type) {
		case 'second-passed':
			secondPassed(step, event.meters);
			forgetLimited(step);
			return noteRelayRtt(step, event.relayRttMs);
		case 'timer-fired':
			return timerFired(step, event.timer);
		case 'commanded':
			return commanded(step, event.command);
		case 'relay-opened':
			return relayOpened(step, event);
		case 'relay-binary-tested':
			return binaryTested(step, event);
		case 'relay-limited':
			return relayLimited(step, event);
		case 'relay-failed':
		case 'relay-closed':
			return relayLost(step, event);
		case 'relay-refused':
			return relayRefused(step, event);
		case 'peer-joined':
			return peerJoined(step, event.peer);
		case 'peer-left':
			return peerLeft(step, event.peerId, event.reason);
		case 'peer-found':
			return peerFound(step, event.peer);
		case 'peer-lost':
			return peerLost(step, event.peerId);
		case 'network-changed':
			return networkChanged(step, event);
		case 'route-started':
			return routeStarted(step, event);
		case 'route-ended':
			return routeEnded(step, {...event, reason: event.reason && reasonWords(event.reason)});
		case 'carrier-requested':
			return carrierRequested(step, event);
		case 'carrier-opened':
			return opened(step, event);
		case 'carrier-failed':
			return carrierFailed(step, {
				...event,
				reason: heldOffWords(step, event.peerId, event.tier, reasonWords(event.reason)),
			});
		case 'carrier-closed':
			if (event.hostile) cutOff(step, event.peerId, event.reason);
			return carrierClosed(step, {...event, reason: reasonWords(event.reason)});
		case 'peer-said':
			return peerSaid(step, event.peerId, event.generation, event.message);
		case 'project-opened':
			setSync(step, {ready: true});
			sayReady(step);
			return projectOpened(step, event);
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
			noteRestored(step, event.restored ?? []);
			return headMoved(step, event);
		case 'project-halted':
			return halt(step, event.code, event.message);
		case 'project-resumed':
			// The project has given up a pause with its guard.
			setSync(step, {halted: false, paused: false, dirty: step.machine.sync.ready});
			setState(step, {project: {...step.machine.state.project, mode: {kind: 'running'}}});
			return;
		case 'conflicts-listed':
			return conflictsListed(step, event.head, event.conflicts);
		case 'problem-found':
			return noteProblem(step, event.problem);
		case 'problem-solved':
			return problemSolved(step, event.code, event.path);
		case 'distance-measured':
			return distanceMeasured(step, event);
		case 'store-measured':
			setState(step, {project: {...step.machine.state.project, storeBytes: event.bytes}});
			return;
		case 'inline-stored':
			inlineStored(step, event.commit, event.stored);
			if (event.hostile !== undefined) cutOff(step, event.peerId, event.hostile);
			return;
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
	const {peerId, generation, route, hello} = event;
	setPeer(step, peerId, {name: hello.name});
	carrierOpened(step, {
		peerId,
		generation,
		route,
		tiers: hello.tiers,
		textOnly: hello.capabilities.includes('text-only'),
		hasAddresses: hello.addresses.length > 0,
	});
}

function timerFired(step: Step, timer: string): void {
	const [kind = '', peerId = '', number = '0'] = timer.split(' ');
	switch (kind) {
		case 'relay':
			return openRelay(step);
		case 'binary':
			return binaryTimerFired(step);
		case 'report':
			return reportTraffic(step);
		case 'link':
			return reviewLink(step, peerId);
		case 'ask':
			return askIfNeeded(step, peerId);
		case 'path':
			return pathTimerFired(step, peerId);
		case 'using':
			return usingTimerFired(step, peerId, Number(number));
		case 'found':
			return settlePresence(step, peerId);
		case 'gossip':
			return gossipTimerFired(step);
		case 'editing':
			return editingOver(step, peerId);
		case 'tell-editing':
			return tellEditing(step, peerId);
		case 'dirty':
			return setSync(step, {dirty: true});
		default:
		// 'pursue', 'fetch' and 'held-back': only there to bring the machine back to its next step
	}
}

function noteRelayRtt(step: Step, rttMs: number | undefined): void {
	const {relay} = step.machine.state;
	if (relay.status !== 'online' || rttMs === undefined) return;
	const rounded = Math.round(rttMs);
	if (relay.rttMs === undefined || Math.abs(relay.rttMs - rounded) >= Math.max(2, relay.rttMs / 5)) {
		setState(step, {relay: {...relay, rttMs: rounded}});
	}
}
