/**
 * What the list of activity says of the path to a peer. At a join several come up and give way to each other within a second:
 * one that lasts is told, and at once what follows on one that had lasted.
 */
import {type Route} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {activityWords} from './activity-words.js';
import {type ActiveCarrier, linkOf, setLink, type Step} from './machine.js';
import {type PeerId} from './state.js';
import {tierOfRoute} from './tier-choice.js';

/** A path that lives so long is one that data travel on. */
const lastsMs = 2000;

/** What was said last. */
export type ToldPath = {
	/** The path in use. */
	readonly route?: Route;
	/** One was told to be lost: what comes in its place is told at once. */
	readonly isLost?: boolean;
	/** The end of one that nobody was told of, in words: told unless another takes its place. */
	readonly untoldEnd?: string;
};

/** Another path is used now, in the place of the former one where there still is one. */
export function pathTaken(step: Step, peerId: PeerId, former: ActiveCarrier | undefined): void {
	const {told} = linkOf(step, peerId);
	if (told?.isLost || (former && hasLasted(step, former))) return tell(step, peerId);
	waitAndTell(step, peerId);
}

/** The path in use has ended without our wish. */
export function pathLost(step: Step, peerId: PeerId, active: ActiveCarrier, reason: string): void {
	const words = activityWords.lost(routeWords(active.route), reason);
	const {told} = linkOf(step, peerId);
	if (told?.route === active.route || hasLasted(step, active)) {
		note(step, peerId, words);
		setLink(step, peerId, {told: {isLost: true}});
		return;
	}
	setLink(step, peerId, {told: {...told, untoldEnd: words}});
	waitAndTell(step, peerId);
}

/** Nothing has come in the place of what there is, or is not, for a while. */
export function pathTimerFired(step: Step, peerId: PeerId): void {
	const {active, told} = linkOf(step, peerId);
	if (active) return hasLasted(step, active) ? tell(step, peerId) : waitAndTell(step, peerId);
	if (told?.untoldEnd === undefined) return;
	note(step, peerId, told.untoldEnd);
	setLink(step, peerId, {told: {isLost: true}});
}

/** A route as a person reads it: `direct (tcp-lan)`, `proxy`. */
function routeWords(route: Route): string {
	if (route === 'ice-turn') return 'direct (ice-turn: through a TURN server)';
	const tier = tierOfRoute(route);
	return tier === route ? tier : `${tier} (${route})`;
}

function hasLasted({stamp}: Step, {since}: ActiveCarrier): boolean {
	return stamp.at - since >= lastsMs;
}

function waitAndTell(step: Step, peerId: PeerId): void {
	step.effects.push({type: 'start-timer', timer: `path ${peerId}`, afterMs: lastsMs});
}

function tell(step: Step, peerId: PeerId): void {
	const {active, told} = linkOf(step, peerId);
	if (!active || told?.route === active.route) return;
	const way = routeWords(active.route);
	setLink(step, peerId, {told: {route: active.route}});
	note(
		step,
		peerId,
		told?.route === undefined
			? activityWords.connected(way)
			: activityWords.changedOver(tierOfRoute(told.route), way),
	);
}

function note(step: Step, peerId: PeerId, text: string): void {
	const who = step.machine.state.peers.get(peerId)?.name;
	if (who !== undefined) noteActivity(step, {kind: 'tier', who, text});
}
