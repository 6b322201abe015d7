/** Byte meters of the carriers become rates per tier, totals per peer, and the samples that the graph draws. */
import {type Tier} from '../protocol/tiers.js';
import {type Meter} from './event.js';
import {reviewLink} from './link.js';
import {linkOf, noBytes, type ReadMeter, setPeer, setState, type Step} from './machine.js';
import {noteQuality} from './path-quality.js';
import {notePeerSamples, type Second, withRoundTrip} from './peer-samples.js';
import {type TierBytes} from './state.js';
import {noteTraffic} from './traffic-report.js';

/** Ten minutes, one sample a second. */
const maxSamples = 600;
/** A few pings and pongs with their TLS records stay below this in a second, those of one peer below the other. */
const quietBytes = 1024;
const heartbeatBytes = 256;

/** Takes in the counters of this second. An idle session changes nothing, so nothing is drawn. */
export function secondPassed(step: Step, meters: readonly Meter[]): void {
	let [bytesIn, bytesOut] = [noBytes, noBytes];
	const known = new Map<string, ReadMeter>();
	const seconds = new Map<string, Second>();
	for (const meter of meters) {
		const key = `${meter.peerId} ${meter.generation}`;
		const before = step.machine.meters.get(key) ?? {bytesIn: 0, bytesOut: 0, saidIn: 0, saidOut: 0};
		const more = {in: meter.bytesIn - before.bytesIn, out: meter.bytesOut - before.bytesOut};
		known.set(
			key,
			sayBytes(step, {...before, ...meter}, more.in + more.out < heartbeatBytes ? quietBytes : 1),
		);
		bytesIn = add(bytesIn, meter.tier, more.in);
		bytesOut = add(bytesOut, meter.tier, more.out);
		const second = seconds.get(meter.peerId) ?? {in: noBytes, out: noBytes};
		seconds.set(meter.peerId, {
			in: add(second.in, meter.tier, more.in),
			out: add(second.out, meter.tier, more.out),
		});
		noteMeter(step, meter, more);
	}
	for (const [key, gone] of step.machine.meters) if (!known.has(key)) sayBytes(step, gone, 1);
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

/**
 * Adds to the totals of a peer what they do not have yet, if it is so much: what changes them is drawn, and heartbeats
 * would do so for ever.
 */
function sayBytes(step: Step, meter: ReadMeter, least: number): ReadMeter {
	const more = {in: meter.bytesIn - meter.saidIn, out: meter.bytesOut - meter.saidOut};
	const peer = step.machine.state.peers.get(meter.peerId);
	if (!peer || more.in + more.out < least) return meter;
	const bytes = {
		in: add(peer.bytes.in, meter.tier, more.in),
		out: add(peer.bytes.out, meter.tier, more.out),
	};
	setPeer(step, meter.peerId, {bytes});
	return {...meter, saidIn: meter.bytesIn, saidOut: meter.bytesOut};
}

function noteMeter(step: Step, meter: Meter, more: {in: number; out: number}): void {
	const peer = step.machine.state.peers.get(meter.peerId);
	if (!peer) return;
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
