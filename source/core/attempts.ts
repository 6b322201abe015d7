/**
 * The ladder's record: each try of a route, with its outcome and reason. A carrier through the relay is one try; an attempt
 * of tier direct is several, one for each route that was tried.
 */
import {isNotNeeded, type Route, type Tier} from '../protocol/tiers.js';
import {bestRouteOf, tierOfRoute} from './tier-choice.js';
import {linkOf, setPeer, type Step} from './machine.js';
import {type Attempt, type PeerId} from './state.js';

const maxAttempts = 20;

type End = {readonly outcome: 'ok' | 'failed'; readonly reason?: string; readonly retryAt?: number};

/** A try has begun. */
export function noteAttempt(
	step: Step,
	peerId: PeerId,
	{tier, route, generation}: {tier: Tier; route: Route; generation: number},
): void {
	const attempts = attemptsOf(step, peerId);
	const attempt: Attempt = {tier, route, generation, startedAt: step.stamp.at, outcome: 'running'};
	setPeer(step, peerId, {attempts: [...attempts, attempt].slice(-maxAttempts)});
}

/** A route of a direct attempt has begun to be tried. */
export function routeStarted(
	step: Step,
	{peerId, generation, route}: {peerId: PeerId; generation: number; route: Route},
): void {
	if (!isOpening(step, peerId, generation) || findRunning(step, peerId, generation, route)) return;
	noteAttempt(step, peerId, {tier: 'direct', route, generation});
}

/** A route has led to a connection, or will not; one that was given up before it began has a reason too. */
export function routeEnded(
	step: Step,
	event: {peerId: PeerId; generation: number; route: Route; outcome: 'ok' | 'failed'; reason?: string},
): void {
	const {peerId, generation, route, outcome, reason} = event;
	routeStarted(step, event);
	const running = findRunning(step, peerId, generation, route);
	if (running) finish(step, peerId, running, {outcome, reason});
}

/** The carrier is open: its route's try has succeeded, and those that it was quicker than are no news. */
export function attemptSucceeded(step: Step, peerId: PeerId, generation: number, route: Route): void {
	const known = attemptsOf(step, peerId).some(
		(attempt) => attempt.generation === generation && attempt.route === route,
	);
	if (!known) noteAttempt(step, peerId, {tier: tierOfRoute(route), route, generation});
	const running = findRunning(step, peerId, generation, route);
	if (running) finish(step, peerId, running, {outcome: 'ok'});
	attemptForgotten(step, peerId, generation);
}

/** All that is still being tried of this generation has failed; a try that never got to a route is told as its best. */
export function attemptFailed(
	step: Step,
	peerId: PeerId,
	{generation, tier}: {generation: number; tier: Tier},
	end: {reason: string; retryAt?: number},
): void {
	const isKnown = attemptsOf(step, peerId).some((attempt) => attempt.generation === generation);
	if (!isKnown) noteAttempt(step, peerId, {tier, route: bestRouteOf(tier), generation});
	const running = attemptsOf(step, peerId).filter((attempt) => isRunning(attempt, generation));
	for (const attempt of running) finish(step, peerId, attempt, {outcome: 'failed', ...end});
	const attempts = attemptsOf(step, peerId);
	const last = attempts.findLast((attempt) => attempt.generation === generation);
	if (!last || last.retryAt === end.retryAt) return;
	// Its routes may all have ended before: the newest one says when there is another try.
	setPeer(step, peerId, {
		attempts: attempts.map((attempt) => (attempt === last ? {...last, retryAt: end.retryAt} : attempt)),
	});
}

/** Tries that nobody needs any more leave no record. */
export function attemptForgotten(step: Step, peerId: PeerId, generation: number): void {
	const attempts = attemptsOf(step, peerId);
	const rest = attempts.filter((attempt) => !isRunning(attempt, generation));
	if (rest.length < attempts.length) setPeer(step, peerId, {attempts: rest});
}

function finish(step: Step, peerId: PeerId, running: Attempt, end: End): void {
	const tookMs = step.stamp.at - running.startedAt;
	setPeer(step, peerId, {
		attempts: attemptsOf(step, peerId).map((attempt) =>
			attempt === running
				? {...running, ...end, outcome: isNotNeeded(end.reason) ? 'unneeded' : end.outcome, tookMs}
				: attempt,
		),
	});
	step.effects.push({
		type: 'emit',
		event: {
			event: 'attempt',
			peer_id: peerId,
			tier: running.tier,
			route: running.route,
			outcome: end.outcome,
			took_ms: tookMs,
			reason: end.reason,
		},
	});
}

function attemptsOf(step: Step, peerId: PeerId): readonly Attempt[] {
	return step.machine.state.peers.get(peerId)?.attempts ?? [];
}

function isRunning(attempt: Attempt, generation: number): boolean {
	return attempt.generation === generation && attempt.outcome === 'running';
}

function findRunning(step: Step, peerId: PeerId, generation: number, route: Route): Attempt | undefined {
	return attemptsOf(step, peerId).find(
		(attempt) => isRunning(attempt, generation) && attempt.route === route,
	);
}

function isOpening(step: Step, peerId: PeerId, generation: number): boolean {
	return linkOf(step, peerId).openings.some((opening) => opening.generation === generation);
}
