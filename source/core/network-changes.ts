/** Our network is another one, or the machine slept: what was learnt of paths says nothing of those of now. */
import {activityWords} from './activity-words.js';
import {noteActivity} from './activity.js';
import {leaveAttempt} from './broken-off.js';
import {type Event} from './event.js';
import {lookAgain} from './link.js';
import {setState, type Step} from './machine.js';
import {openRelay} from './relay.js';

/** Looks at the relay and at all links now. */
export function networkChanged(
	step: Step,
	{
		cause,
		gone,
		hasNetwork = step.machine.state.hasNetwork,
		invite = step.machine.state.session.invite,
	}: Extract<Event, {type: 'network-changed'}>,
): void {
	const {relay, peers, session} = step.machine.state;
	const isOtherInvite = invite !== session.invite;
	setState(step, {hasNetwork, ...(isOtherInvite && {session: {...session, invite}})});
	const text =
		cause === 'wake'
			? activityWords.awake
			: hasNetwork
				? activityWords.networkChanged
				: activityWords.networkGone;
	noteActivity(step, {kind: 'session', who: '', text});
	if (isOtherInvite) noteActivity(step, {kind: 'session', who: '', text: activityWords.otherInvite});
	// Another network is no reason to come before the relay wants us.
	const isAwaited = relay.status === 'waiting' && relay.askedMs !== undefined;
	if (relay.status === 'waiting' && !isAwaited) openRelay(step);
	else if (relay.status === 'online' || relay.status === 'connecting') {
		step.effects.push({type: 'probe-relay', attempt: step.machine.relay.attempt, gone});
	}
	for (const peerId of peers.keys()) {
		leaveAttempt(step, peerId);
		lookAgain(step, peerId);
	}
}
