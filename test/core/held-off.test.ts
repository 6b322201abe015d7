/** What the relay asks to wait is waited, and said. */
import test from 'ava';
import {relayBackoff, tierBackoff, waitMs} from '../../source/core/backoff.js';
import {askedWords} from '../../source/core/reason-words.js';
import {reportStatus} from '../../source/core/status-report.js';
import {failureSentence} from '../../source/core/text.js';
import {ada, bob, of, OneCore, opens} from '../helpers/one-core.js';

const lastTimer = (side: OneCore, name: string) =>
	of(side.effects, 'start-timer').findLast(({timer}) => timer === name)?.afterMs ?? 0;

function lose(side: OneCore, retryAfterMs?: number): void {
	const {attempt} = side.machine.relay;
	side.do({type: 'relay-closed', attempt, code: 'shutting_down', reason: 'shutting_down', retryAfterMs});
}

test('A wait that is asked for is never cut short, is spread, and has a bound', (t) => {
	t.is(waitMs(relayBackoff, 1, 0, 12_000), 12_000);
	t.is(waitMs(relayBackoff, 1, 0.5, 12_000), 15_000);
	t.is(waitMs(relayBackoff, 9, 0, 700), 15_000, 'the longer one counts');
	t.is(waitMs(relayBackoff, 1, 1, 600_000), 607_500, 'it is spread as far as the backoff goes');
	t.is(waitMs(tierBackoff, 1, 0, 1e15), 3_600_000);
	t.is(waitMs(tierBackoff, 1, 0), 1000);
});

test('A relay that goes is not asked before the time it named, and the screen says which', (t) => {
	const side = new OneCore(ada);
	side.online();
	lose(side, 12_000);
	t.is(lastTimer(side, 'relay'), 15_000);
	const {status, reason} = reportStatus(side.machine.state).relay;
	t.deepEqual([status, reason], ['waiting', 'the relay is shutting down; the relay asks to wait 12 s']);
	t.true(side.machine.state.activity.items.some(({text}) => text.endsWith('the relay asks to wait 12 s')));
	const change = {type: 'network-changed', cause: 'addresses', gone: []} as const;
	t.deepEqual(of(side.do(change), 'open-relay'), [], 'another network does not change that');
	t.is(
		of(side.do({type: 'commanded', command: {type: 'retry-now'}}), 'open-relay').length,
		1,
		'a person does',
	);
});

test('A relay that asks for nothing is tried as before', (t) => {
	const side = new OneCore(ada);
	side.online();
	lose(side);
	t.is(lastTimer(side, 'relay'), 375);
	t.is(reportStatus(side.machine.state).relay.reason, 'the relay is shutting down');
	side.do({type: 'network-changed', cause: 'wake', gone: []});
	t.is(side.machine.state.relay.status, 'connecting');
});

test('A tier that the relay refuses for a while waits so long, whatever else speaks for a try', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('direct');
	for (const tier of ['proxy', 'json'] as const) {
		side.do({type: 'relay-refused', peerId: bob, tier, retryAfterMs: 60_000});
		side.failed(tier, 'rate_limited', 'rate_limited');
		side.pass(0);
	}
	t.like(side.peer.attempts.at(-1), {
		tier: 'json',
		outcome: 'failed',
		reason: 'too much in a short time; the relay asks to wait 60 s',
		retryAt: side.at + 67_500,
	});
	const relayed = (effects: ReturnType<OneCore['do']>) => opens(effects).filter((tier) => tier !== 'direct');
	t.deepEqual(relayed(side.pass(59_000)), []);
	t.deepEqual(relayed(side.do({type: 'network-changed', cause: 'addresses', gone: []})), []);
	const ask = {type: 'carrier-requested', peerId: bob, tier: 'proxy', generation: 0} as const;
	t.deepEqual(relayed(side.do(ask)), [], 'nor does the follower');
	t.deepEqual(relayed(side.pass(9000)), ['proxy']);
});

test('A person who wants another try, or another connection to the relay, ends the wait', (t) => {
	for (const again of ['person', 'relay'] as const) {
		const side = new OneCore(ada, 'proxy');
		side.online();
		side.do({type: 'relay-refused', peerId: bob, tier: 'proxy', retryAfterMs: 60_000});
		side.failed('proxy', 'rate_limited', 'rate_limited');
		if (again === 'person') {
			t.deepEqual(opens(side.do({type: 'commanded', command: {type: 'retry-now'}})), ['proxy']);
			continue;
		}
		lose(side);
		side.do(
			{type: 'timer-fired', timer: 'relay'},
			{type: 'relay-opened', attempt: 2, url: 'ws://r', peers: [side.entry()]},
		);
		const tested = side.do({type: 'relay-binary-tested', attempt: 2, passes: true});
		t.deepEqual(opens(tested), ['proxy']);
	}
});

test('A follower asks its leader no sooner than the relay passes it on, and refuses what it could not use', (t) => {
	const side = new OneCore(bob, 'proxy');
	side.online();
	side.do({type: 'relay-refused', peerId: ada, tier: 'proxy', retryAfterMs: 60_000});
	side.at += 3000;
	t.deepEqual(of(side.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader'), []);
	t.is(lastTimer(side, `ask ${ada}`), 64_500);
	const [refusal] = of(
		side.do({type: 'carrier-requested', peerId: ada, tier: 'proxy', generation: 7}),
		'refuse-carrier',
	);
	t.is(refusal?.reason, 'rate_limited');
	side.at += 64_500;
	t.is(of(side.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader').length, 1);
});

test('Waits are said in the unit that a person thinks in', (t) => {
	t.deepEqual([1, 12_000, 119_001, 120_000, 7_200_000, 86_400_000].map(askedWords), [
		'the relay asks to wait 1 s',
		'the relay asks to wait 12 s',
		'the relay asks to wait 120 s',
		'the relay asks to wait 2 min',
		'the relay asks to wait 2 h',
		'the relay asks to wait 24 h',
	]);
	t.is(
		failureSentence('relay_full', {retryAfterMs: 12_000}),
		'The relay has no room for another session; try later or use another relay. The relay asks to wait 12 s.',
	);
});
