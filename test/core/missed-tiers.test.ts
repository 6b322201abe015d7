/** What a person is told of tiers that are not used, of routes that nobody needed, and of what is gone. */
import test from 'ava';
import {tiers} from '../../source/protocol/tiers.js';
import {ada, bob, hello, of, OneCore} from '../helpers/one-core.js';

const missedOf = (side: OneCore) => (side.peer.link.status === 'online' ? side.peer.link.missed : undefined);

test('below direct the link says why, and the leader when it is tried next', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	t.is(missedOf(side), undefined, 'it is on its way');
	side.failed('direct', 'no answer');
	t.deepEqual(missedOf(side), [{tier: 'direct', reason: 'no answer', retryAt: side.at + 10_000}]);
	side.pass(10_000);
	t.is(missedOf(side), undefined);
	side.linked('direct');
	t.is(missedOf(side), undefined);
});

test('a follower says why, and that its leader tries again', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('proxy', side.asked('proxy', 5));
	side.asked('direct', 6);
	side.failed('direct', 'no answer', 'no_path', 6);
	t.deepEqual(missedOf(side), [{tier: 'direct', reason: 'no answer; peer tries it again'}]);
	t.is(side.peer.attempts.at(-1)?.retryAt, undefined);
});

test('what the other side does not allow is said, what we do not want is not', (t) => {
	const side = new OneCore(ada);
	side.online();
	const proxy = side.linked('proxy');
	const say = (...allowed: readonly (typeof tiers)[number][]) =>
		side.do({
			type: 'peer-said',
			peerId: bob,
			generation: proxy,
			message: hello({tiers: [...allowed]}),
		});
	say('proxy');
	t.deepEqual(missedOf(side), [{tier: 'direct', reason: 'peer allows proxy only'}]);
	t.deepEqual(side.peer.allows, ['proxy']);
	say(...tiers);
	side.do({type: 'commanded', command: {type: 'set-tier', pin: 'proxy'}});
	t.is(missedOf(side), undefined);
	t.is(side.peer.allows, undefined);
});

test('a path that was lost again and again says so while it is held off', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('proxy');
	for (let loss = 1; loss <= 2; loss++) {
		side.closed(side.linked('direct'));
		side.linked('proxy');
		side.pass(10_000);
	}
	t.like(missedOf(side), [{tier: 'direct', reason: 'it was lost again and again'}]);
});

test('a path that was lost because the peer moved is not held off', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('proxy');
	side.closed(side.linked('direct'));
	side.linked('proxy');
	side.pass(10_000);
	const direct = side.linked('direct');
	side.do({type: 'peer-joined', peer: side.entry()});
	side.closed(direct, 'silent');
	side.linked('proxy');
	side.pass(10_000);
	t.is(missedOf(side), undefined, 'it is on its way');
});

test('json says that binary frames do not pass', (t) => {
	const side = new OneCore(ada, 'auto');
	side.do(
		{type: 'timer-fired', timer: 'relay'},
		{type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [side.entry()]},
		{type: 'relay-binary-tested', attempt: 1, passes: false},
	);
	side.linked('json');
	side.failed('direct', 'no answer');
	t.like(missedOf(side), [
		{tier: 'direct'},
		{tier: 'proxy', reason: 'binary frames do not pass between here and the relay'},
	]);
});

test('a path through the relay that the other side gave up first was not needed', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.opened('direct');
	const effects = side.failed('proxy', 'carrier_lost', 'carrier_lost');
	t.like(of(effects, 'emit')[0]?.event, {
		event: 'attempt',
		outcome: 'failed',
		reason: 'not needed: tcp-lan was there first',
	});
	t.like(side.peer.attempts.at(-1), {tier: 'direct', outcome: 'ok'});
	t.is(side.peer.attempts.find(({tier}) => tier === 'proxy')?.outcome, 'unneeded');
	t.deepEqual(side.link.failures, {});
});

test('a route that was slower than another one did not fail', (t) => {
	const side = new OneCore(ada);
	side.online();
	const generation = side.opening('direct');
	const facts = {type: 'route-ended', peerId: bob, generation, route: 'ice-host', outcome: 'failed'} as const;
	side.do({...facts, reason: 'not needed: tcp-lan was there first'});
	side.do({...facts, route: 'tcp-punched', reason: 'no answer'});
	t.deepEqual(
		side.peer.attempts.filter(({tier}) => tier === 'direct').map(({outcome}) => outcome),
		['unneeded', 'failed'],
	);
});

test('codes of a lost relay and of a peer that is gone are worded', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	side.failed('direct');
	side.do({type: 'peer-left', peerId: bob, reason: 'lost'});
	t.like(side.peer.link, {status: 'offline', reason: 'its connection to the relay was lost'});
	side.do({type: 'relay-closed', attempt: 1, code: 'relay_unreachable', reason: 'relay_unreachable'});
	t.like(side.machine.state.relay, {status: 'waiting', reason: 'the relay cannot be reached'});
});

test('a lost relay is not all of the reason where a pin leaves no other way', (t) => {
	const lost = {type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'} as const;
	for (const [pin, reason] of [
		['auto', 'the relay connection was lost'],
		['proxy', 'the relay connection was lost, and the pin allows proxy only, which needs it'],
		['json', 'the relay connection was lost, and the pin allows json only, which needs it'],
	] as const) {
		const side = new OneCore(ada, pin);
		side.online();
		side.linked(pin === 'json' ? 'json' : 'proxy');
		if (pin === 'auto') side.failed('direct');
		side.do(lost);
		t.like(side.peer.link, {status: 'offline', reason});
	}
});

test('that the session began without its relay is no problem once the relay is there', (t) => {
	const side = new OneCore(ada);
	const problem = {code: 'begun_without_relay', message: 'The relay does not answer.'};
	side.do({type: 'problem-found', problem}, {type: 'problem-found', problem: {code: 'x', message: 'y'}});
	side.online();
	t.deepEqual(
		side.machine.state.problems.items.map(({code}) => code),
		['x'],
	);
});

test('the same failure at another port is no news', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	side.failed('direct', '203.0.113.7:4100: no answer');
	side.pass(60_000);
	side.failed('direct', '203.0.113.7:4200: no answer');
	side.pass(60_000);
	side.failed('direct', '203.0.113.8:4200: no answer');
	t.deepEqual(
		side.machine.state.activity.items.map(({text}) => text).filter((text) => text.startsWith('no direct')),
		['no direct way: 203.0.113.7:4100: no answer', 'no direct way: 203.0.113.8:4200: no answer'],
	);
});
