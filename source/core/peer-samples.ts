/** What the graphs of one peer are drawn from: its bytes of each second, and its round trips as they changed. */
import {noBytes, setPeer, type Step} from './machine.js';
import {type Peer, type PeerId, type RoundTrip, type ThroughputSample, type TierBytes} from './state.js';

/** A minute: what a sparkline has room for. */
const maxSamples = 60;
/** Round trips are noted only when they change, so this is minutes at worst and hours as a rule. */
const maxRoundTrips = 120;

/** Bytes of one second. */
export type Second = Omit<ThroughputSample, 'at'>;

const silence: Second = {in: noBytes, out: noBytes};

/** Takes in the bytes of this second of all peers. One that is silent for a minute has no samples, and nothing changes. */
export function notePeerSamples(step: Step, seconds: ReadonlyMap<PeerId, Second>): void {
	for (const {peerId, recent} of step.machine.state.peers.values()) {
		const second = seconds.get(peerId) ?? silence;
		if (recent === undefined && isSilent(second)) continue;
		const next = [...(recent ?? []), {at: step.stamp.at, ...second}].slice(-maxSamples);
		setPeer(step, peerId, {recent: next.every(isSilent) ? undefined : next});
	}
}

/** The round trips of a peer with one more. */
export function withRoundTrip({roundTrips = []}: Peer, at: number, ms: number): readonly RoundTrip[] {
	return [...roundTrips, {at, ms}].slice(-maxRoundTrips);
}

function isSilent(second: Second): boolean {
	return sum(second.in) + sum(second.out) === 0;
}

function sum(bytes: TierBytes): number {
	return bytes.direct + bytes.proxy + bytes.json;
}
