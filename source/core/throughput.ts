/** Byte meters of the carriers become rates per tier, totals per peer, and the samples that the graph draws. */
import {type Tier} from '../protocol/tiers.js';
import {type Meter} from './event.js';
import {reviewLink} from './link.js';
import {linkOf, noBytes, setPeer, setState, type Step} from './machine.js';
import {noteQuality} from './path-quality.js';
import {notePeerSamples, type Second, withRoundTrip} from './peer-samples.js';
import {type TierBytes} from './state.js';
import {noteTraffic} from './traffic-report.js';

/** Ten minutes, one sample a second. */
const maxSamples = 600;
/** A few pings and pongs with their TLS records stay below this in a second. */
const quietBytes = 1024;

/** Takes in the counters of this second. An idle session changes nothing, so nothing is drawn. */
export function secondPassed(step: Step, meters: readonly Meter[]): void {
	let [bytesIn, bytesOut] = [noBytes, noBytes];
	const known = new Map<string, {bytesIn: number; bytesOut: number}>();
	const seconds = new Map<string, Second>();
	for (const meter of meters) {
		const key = `${meter.peerId} ${meter.generation}`;
		const before = step.machine.meters.get(key) ?? {bytesIn: 0, bytesOut: 0};
		known.set(key, {bytesIn: meter.bytesIn, bytesOut: meter.bytesOut});
		const more = {in: meter.bytesIn - before.bytesIn, out: meter.bytesOut - before.bytesOut};
		bytesIn = add(bytesIn, meter.tier, more.in);
		bytesOut = add(bytesOut, meter.tier, more.out);
		const second = seconds.get(meter.peerId) ?? {in: noBytes, out: noBytes};
		seconds.set(meter.peerId, {
			in: add(second.in, meter.tier, more.in),
			out: add(second.out, meter.tier, more.out),
		});
		noteMeter(step, meter, more);
	}
	step.machine = {...step.machine, meters: known};
	noteTraffic(step, bytesIn, bytesOut);
	const {samples} = step.machine.state.throughput;
	// Heartbeats alone are silence: nothing is drawn for them.
	if (sum(bytesIn) + sum(bytesOut) < quietBytes) {
		[bytesIn, bytesOut] = [noBytes, noBytes];
		seconds.clear();
	}
	notePeerSamples(step, seconds);
	const isQuiet = sum(bytesIn) + sum(bytesOut) === 0;
	if (isQuiet && samples.length === 0) return;
	const next = [...samples, {at: step.stamp.at, in: bytesIn, out: bytesOut}].slice(-maxSamples);
	const isFlat = next.every((sample) => sum(sample.in) + sum(sample.out) === 0);
	setState(step, {throughput: {samples: isFlat ? [] : next}});
}

function noteMeter(step: Step, meter: Meter, more: {in: number; out: number}): void {
	const peer = step.machine.state.peers.get(meter.peerId);
	if (!peer) return;
	if (more.in > 0 || more.out > 0) {
		const bytes = {
			in: add(peer.bytes.in, meter.tier, more.in),
			out: add(peer.bytes.out, meter.tier, more.out),
		};
		setPeer(step, meter.peerId, {bytes});
	}
	const {active} = linkOf(step, meter.peerId);
	if (active?.generation === meter.generation) {
		if (noteQuality(step, meter.peerId, more.in + more.out, meter.rttMs)) reviewLink(step, meter.peerId);
	}
	const {link} = peer;
	if (link.status !== 'online' || link.generation !== meter.generation || meter.rttMs === undefined) return;
	const rttMs = Math.round(meter.rttMs * 10) / 10;
	if (link.rttMs === undefined || Math.abs(link.rttMs - rttMs) >= Math.max(1, link.rttMs / 10)) {
		const roundTrips = withRoundTrip(peer, step.stamp.at, rttMs);
		setPeer(step, meter.peerId, {link: {...link, rttMs}, roundTrips});
	}
}

function add(bytes: TierBytes, tier: Tier, more: number): TierBytes {
	return more > 0 ? {...bytes, [tier]: bytes[tier] + more} : bytes;
}

function sum(bytes: TierBytes): number {
	return bytes.direct + bytes.proxy + bytes.json;
}
