/**
 * The connection to the relay. A lost relay is opened again for ever, with backoff;
 * only a first join that is never admitted gives up. Whether binary frames pass is tested on each connection.
 */
import {activityWords} from './activity-words.js';
import {tiersOfPin} from '../protocol/tiers.js';
import {noteActivity, problemSolved} from './activity.js';
import {relayBackoff, waitMs} from './backoff.js';
import {type Event} from './event.js';
import {reviewLink} from './link.js';
import {textOnlyMs} from './link-failures.js';
import {linkOf, setRelay, setState, type Step} from './machine.js';
import {pinFor} from './openings.js';
import {notListed, peerListed, relayGone} from './presence.js';
import {expectReports} from './traffic-report.js';
import {reasonWords, refusalWords} from './reason-words.js';
import {forgetHeldOff} from './held-off.js';

/** So many sockets in a row that die with the binary test under way mean that a middlebox kills them. */
const deathsMeanTextOnly = 2;

/** A network that fails often looks the same for a while, so what two deaths mean is soon looked at again, then less and less. */
const firstTextOnlyMs = 30_000;

export function openRelay(step: Step): void {
	const attempt = step.machine.relay.attempt + 1;
	step.effects.push({type: 'stop-timer', timer: 'relay'});
	setRelay(step, {attempt, binaryTestRunning: false});
	setState(step, {
		relay: {status: 'connecting', attempt: step.machine.relay.failures + 1, since: step.stamp.at},
	});
	step.effects.push({type: 'open-relay', attempt});
}

export function relayOpened(step: Step, event: Extract<Event, {type: 'relay-opened'}>): void {
	if (event.attempt !== step.machine.relay.attempt) return;
	const textOnly = step.machine.relay.textOnlyUntil > step.stamp.at;
	setRelay(step, {failures: 0, binaryTestRunning: !textOnly});
	setState(step, {
		relay: {
			status: 'online',
			since: step.stamp.at,
			binary: textOnly ? 'text-only' : 'unknown',
			rttMs: event.rttMs,
		},
		session: {...step.machine.state.session, relayUrl: event.url},
	});
	if (textOnly) waitForBinary(step, step.machine.relay.textOnlyUntil);
	else step.effects.push({type: 'test-binary', attempt: event.attempt});
	expectReports(step, event.reportEveryMs);
	const listed = new Set(event.peers.map((peer) => peer.peerId));
	for (const peerId of step.machine.state.peers.keys()) {
		if (!listed.has(peerId)) notListed(step, peerId);
	}
	for (const peerId of step.machine.links.keys()) forgetHeldOff(step, peerId);
	for (const peer of event.peers) peerListed(step, peer);
	problemSolved(step, 'begun_without_relay');
}

/** Between two words of the relay; it says so once a second while it holds back. */
const limitedForMs = 2500;

export function relayLimited(step: Step, event: Extract<Event, {type: 'relay-limited'}>): void {
	const {relay} = step.machine.state;
	if (relay.status !== 'online') return;
	const {bytesPerSecond, waitMs} = event;
	const until = step.stamp.at + Math.max(limitedForMs, Math.min(waitMs, 10 * limitedForMs));
	const scope = scopes.find((known) => known === event.scope) ?? 'other';
	setState(step, {relay: {...relay, limited: {scope, bytesPerSecond, until}}});
	if (!relay.limited) {
		noteActivity(step, {kind: 'session', who: '', text: activityWords.limitedByRelay(bytesPerSecond)});
	}
}

const scopes = ['connection', 'session', 'address', 'relay'] as const;

/** What it said of a limit is over after a while. */
export function forgetLimited(step: Step): void {
	const {relay} = step.machine.state;
	if (relay.status !== 'online' || !relay.limited || relay.limited.until > step.stamp.at) return;
	const {limited: _over, ...rest} = relay;
	setState(step, {relay: rest});
}

export function binaryTested(step: Step, event: Extract<Event, {type: 'relay-binary-tested'}>): void {
	const {relay} = step.machine.state;
	if (event.attempt !== step.machine.relay.attempt || relay.status !== 'online') return;
	setRelay(step, {binaryTestRunning: false, deathsInBinaryTest: 0});
	setState(step, {relay: {...relay, binary: event.passes ? 'passes' : 'text-only'}});
	if (event.passes) setRelay(step, {textOnlyUntil: 0});
	else believeTextOnly(step);
	tellAll(step);
}

function believeTextOnly(step: Step, forMs = textOnlyMs): void {
	const textOnlyUntil = step.stamp.at + forMs;
	setRelay(step, {textOnlyUntil});
	waitForBinary(step, textOnlyUntil);
	noteActivity(step, {kind: 'tier', who: '', text: activityWords.textOnly});
}

function waitForBinary(step: Step, until: number): void {
	step.effects.push({type: 'start-timer', timer: 'binary', afterMs: Math.max(0, until - step.stamp.at)});
}

/** Text-only is forgotten after a while: the network may have changed. */
export function binaryTimerFired(step: Step): void {
	if (step.machine.state.relay.status !== 'online' || step.machine.relay.binaryTestRunning) return;
	setRelay(step, {textOnlyUntil: 0, binaryTestRunning: true});
	step.effects.push({type: 'test-binary', attempt: step.machine.relay.attempt});
}

/** What we can take has changed: tell those we are linked with, and look at every link again. */
function tellAll(step: Step): void {
	for (const peer of step.machine.state.peers.values()) {
		const {active} = linkOf(step, peer.peerId);
		const tiers = tiersOfPin(pinFor(step, peer));
		if (active)
			step.effects.push({type: 'say-hello', peerId: peer.peerId, generation: active.generation, tiers});
		reviewLink(step, peer.peerId);
	}
}

/** The connection ended or could not be made; `final` ends the session instead of trying again. */
export function relayLost(
	step: Step,
	event: {attempt: number; code: string; reason: string; final?: boolean; retryAfterMs?: number},
): void {
	const {relay} = step.machine;
	if (event.attempt !== relay.attempt) return;
	const {retryAfterMs: askedMs} = event;
	const reason = reasonWords(event.reason);
	const {status} = step.machine.state.relay;
	if (status === 'connecting') {
		// What cannot be reached is no middlebox that cuts off whoever sends bytes: the relay itself was gone.
		setRelay(step, {deathsInBinaryTest: 0});
	} else if (relay.binaryTestRunning && event.code !== 'shutting_down') {
		const deathsInBinaryTest = relay.deathsInBinaryTest + 1;
		setRelay(step, {deathsInBinaryTest});
		const times = deathsInBinaryTest - deathsMeanTextOnly;
		if (times >= 0) believeTextOnly(step, Math.min(textOnlyMs, firstTextOnlyMs * 2 ** times));
	}
	setRelay(step, {binaryTestRunning: false});
	if (event.final || event.code === 'replaced') {
		setState(step, {relay: {status: 'refused', code: event.code, reason}});
		const exitCode = event.code === 'not_admitted' || event.code === 'unsupported_version' ? 3 : 1;
		step.effects.push({type: 'end-session', exitCode, code: event.code, reason: event.reason});
		return;
	}
	const failures = relay.failures + 1;
	setRelay(step, {failures});
	const afterMs = waitMs(relayBackoff, failures, step.stamp.random, askedMs);
	const retryAt = step.stamp.at + afterMs;
	setState(step, {relay: {status: 'waiting', attempt: failures, retryAt, reason, askedMs}});
	step.effects.push({type: 'start-timer', timer: 'relay', afterMs});
	if (failures === 1) {
		const text = activityWords.relayLost(refusalWords(reason, askedMs));
		noteActivity(step, {kind: 'session', who: '', text});
	}
	for (const peerId of step.machine.state.peers.keys()) relayGone(step, peerId, retryAt);
}
