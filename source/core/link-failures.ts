/** What a failed carrier means for the next choice of a tier. */
import {type Tier} from '../protocol/tiers.js';
import {backoffMs, tierBackoff} from './backoff.js';
import {linkOf, setLink, type Step} from './machine.js';
import {type PeerId} from './state.js';

/** Text-only is believed for this long, then binary frames are tried again. */
export const textOnlyMs = 600_000;

/** Counts a failure of the tier; returns when it may be tried again. */
export function countFailure(step: Step, peerId: PeerId, tier: Tier, code: string): number {
	const link = linkOf(step, peerId);
	// What the other side told us is no fault of the path: the choice itself takes it into account.
	if (code === 'text_only' || code === 'pinned') return step.stamp.at;
	const count = (link.failures[tier]?.count ?? 0) + 1;
	const retryAt = step.stamp.at + backoffMs(tierBackoff, count, step.stamp.random);
	setLink(step, peerId, {failures: {...link.failures, [tier]: {count, retryAt}}});
	return retryAt;
}
