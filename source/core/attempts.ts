/** The ladder's record: each try to open a carrier, with its outcome and reason. */
import {type Route, type Tier} from '../protocol/tiers.js';
import {setPeer, type Step} from './machine.js';
import {type Attempt, type PeerId} from './state.js';

const maxAttempts = 20;

/** The route that a carrier through the relay runs: the tier itself. */
export function routeOf(tier: Tier): Route {
	return tier === 'json' ? 'json' : 'proxy';
}

/** A try has begun. */
export function noteAttempt(step: Step, peerId: PeerId, attempt: Attempt): void {
	const attempts = step.machine.state.peers.get(peerId)?.attempts ?? [];
	setPeer(step, peerId, {attempts: [...attempts, attempt].slice(-maxAttempts)});
}

/** A try has ended; the world is told. */
export function finishAttempt(
	step: Step,
	peerId: PeerId,
	generation: number,
	end: {outcome: 'ok' | 'failed'; reason?: string; retryAt?: number},
): void {
	const attempts = step.machine.state.peers.get(peerId)?.attempts ?? [];
	const running = attempts.find(
		(attempt) => attempt.generation === generation && attempt.outcome === 'running',
	);
	if (!running) return;
	const tookMs = step.stamp.at - running.startedAt;
	setPeer(step, peerId, {
		attempts: attempts.map((attempt) => (attempt === running ? {...running, ...end, tookMs} : attempt)),
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
