/** What people and scripts told the session, carried out. */
import {activityWords} from './activity-words.js';
import {noteActivity} from './activity.js';
import {type Command} from './command.js';
import {forgetHeldOff} from './held-off.js';
import {lookAgain} from './link.js';
import {setPeer, setState, setSync, type Step} from './machine.js';
import {limitWords} from './limit-words.js';
import {openRelay} from './relay.js';

/** Carries out a command. */
export function commanded(step: Step, command: Command): void {
	switch (command.type) {
		case 'set-tier':
			if (command.peerId === undefined) setState(step, {pin: command.pin});
			for (const peer of step.machine.state.peers.values()) {
				if (command.peerId !== undefined && peer.peerId !== command.peerId) continue;
				setPeer(step, peer.peerId, {pin: command.peerId === undefined ? undefined : command.pin});
				lookAgain(step, peer.peerId);
			}
			return;
		case 'set-limits':
			return setLimits(step, command);
		case 'retry-now':
			if (step.machine.state.relay.status === 'waiting') openRelay(step);
			for (const peerId of step.machine.state.peers.keys()) {
				forgetHeldOff(step, peerId);
				lookAgain(step, peerId);
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
			return;
		case 'note':
			noteActivity(step, {kind: 'session', who: 'you', text: command.text});
	}
}

function setLimits(step: Step, {up, down}: Extract<Command, {type: 'set-limits'}>): void {
	const {limits} = step.machine.state;
	const next = {
		up: up === undefined ? limits.up : (up ?? undefined),
		down: down === undefined ? limits.down : (down ?? undefined),
	};
	if (next.up === limits.up && next.down === limits.down) return;
	setState(step, {limits: next});
	step.effects.push({type: 'set-limits', ...next});
	noteActivity(step, {kind: 'session', who: 'you', text: limitWords(next)});
}

function setPaused(step: Step, paused: boolean): void {
	const {sync} = step.machine;
	// What a guard stopped is at rest already, and to resume ends both.
	if (sync.paused === paused || sync.halted) return;
	setSync(step, {paused, ...(!paused && {dirty: true})});
	const {project} = step.machine.state;
	setState(step, {project: {...project, mode: paused ? {kind: 'paused'} : {kind: 'running'}}});
	step.effects.push({type: 'pause-project', paused});
	noteActivity(step, {
		kind: 'session',
		who: 'you',
		text: paused ? activityWords.paused : activityWords.resumed,
	});
}
