/** Whether a newer state would be drawn as the one before, or so nearly that it can wait. Pure. */
import {type Peer, type State, type ThroughputSample} from '../core/state.js';
import {sumTiers} from './rates.js';

/** Rates are nothing when nothing has travelled for so many seconds. */
const restSeconds = 4;
/** As long as the narrower graph is. */
const graphSeconds = 60;

/** How long the picture of a graph may be from now, in which what came before only moves on. */
const driftMs = 2000;
/** The wider graph moves on by less than a column of dots in this time, in any usual window. */
const slowDriftMs = 5000;

/**
 * The time alone is no difference: what shows it has a clock of its own. A graph into which nothing comes any more moves on in
 * larger steps.
 */
export function looksTheSame(shown: State, newest: State): boolean {
	if (shown === newest) return true;
	const {now, throughput, peers, ...rest} = newest;
	for (const key of Object.keys(rest) as (keyof typeof rest)[]) if (shown[key] !== rest[key]) return false;
	if (!samePeers(shown.peers, peers)) return false;
	if (shown.throughput === throughput && shown.peers === peers) return true;
	const seconds = Math.min(silentSeconds(shown.throughput.samples), silentSeconds(throughput.samples));
	if (seconds < restSeconds) return false;
	return now - shown.now < (seconds < graphSeconds ? driftMs : slowDriftMs);
}

/** The same in all but their seconds. */
function samePeers(shown: State['peers'], newest: State['peers']): boolean {
	if (shown === newest) return true;
	if (shown.size !== newest.size) return false;
	return [...newest].every(([peerId, peer]) => samePeer(shown.get(peerId), peer));
}

function samePeer(shown: Peer | undefined, newest: Peer): boolean {
	if (shown === newest) return true;
	if (!shown) return false;
	const keys = new Set([...Object.keys(shown), ...Object.keys(newest)]) as Set<keyof Peer>;
	keys.delete('recent');
	return [...keys].every((key) => shown[key] === newest[key]);
}

/** For how many seconds nothing has travelled; none where there is no graph, for that has to be seen. */
function silentSeconds(samples: readonly ThroughputSample[]): number {
	const last = samples.findLastIndex((second) => sumTiers(second.in) + sumTiers(second.out) > 0);
	return samples.length - 1 - last;
}
