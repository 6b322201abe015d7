import {useRef} from 'react';
import {type Peer, type State} from '../../core/state.js';
import {type Rate, type RateHistory, rateOf, trackRates} from '../rates.js';

/** The rates of each peer, from the totals of the states that were drawn. */
export function useRates(state: State, now: number): (peer: Peer) => Rate {
	const history = useRef<RateHistory>(new Map());
	history.current = trackRates(history.current, state.peers.values(), now);
	return (peer) => rateOf(history.current, peer, now);
}
