/** Whether a newer state would be drawn as the one before, so that nobody needs to draw it. Pure. */
import {type State, type ThroughputSample} from '../core/state.js';
import {sumTiers} from './rates.js';

/** What the narrower graph and all rates are made of. */
const shownSeconds = 60;
/** The wider graph moves on by less than a column of dots in this time, in any usual window. */
const stillMs = 5000;

/** The time alone is no difference: what shows it has a clock of its own. Neither is a graph in which nothing moves. */
export function looksTheSame(shown: State, newest: State): boolean {
	if (shown === newest) return true;
	const {now, throughput, ...rest} = newest;
	for (const key of Object.keys(rest) as (keyof typeof rest)[]) if (shown[key] !== rest[key]) return false;
	if (shown.throughput === throughput) return true;
	return now - shown.now < stillMs && isStill(shown.throughput.samples) && isStill(throughput.samples);
}

/** False once there is nothing at all any more: that has to be seen. */
function isStill(samples: readonly ThroughputSample[]): boolean {
	return samples.length > 0 && samples.slice(-shownSeconds).every((second) => isSilent(second));
}

function isSilent(second: ThroughputSample): boolean {
	return sumTiers(second.in) + sumTiers(second.out) === 0;
}
