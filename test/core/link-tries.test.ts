/** When the tiers are tried, what pins and measurements change about that, and what is told of it. */
import test from 'ava';
import {type Effect} from '../../source/core/effect.js';
import {type Tier} from '../../source/protocol/tiers.js';
import {ada, bob, closes, hello, of, OneCore, opens} from '../helpers/one-core.js';

test('a direct tier that never worked is tried ever more rarely, one that worked soon', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	const waits = () => {
		side.failed('direct');
		const dueAt = Math.max(side.link.direct.retryAt, side.link.direct.lastTryAt + 10_000);
		const waitMs = dueAt - side.at;
		side.pass(waitMs);
		return waitMs;
	};
	const never = Array.from({length: 7}, waits);
	t.deepEqual(never, [10_000, 15_000, 30_000, 60_000, 120_000, 225_000, 225_000]);
	const direct = side.linked('direct');
	side.at += 60_000;
	t.deepEqual(opens(side.closed(direct)), ['proxy', 'direct'], 'at once');
	side.linked('proxy');
	t.deepEqual(Array.from({length: 3}, waits), [10_000, 10_000, 10_000]);
});

test('over ICE, TCP is tried again after a while, and only what is better is taken', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('direct', 'ice-srflx');
	t.deepEqual(
		side.pass(10_000).filter(({type}) => type === 'open-carrier'),
		[],
	);
	const [open] = of(side.pass(60_000), 'open-carrier');
	t.like(open, {tier: 'direct', routes: 'tcp'});
	side.failed('direct');
	t.is(side.link.active?.route, 'ice-srflx');
	t.deepEqual(opens(side.pass(30_000)), []);
	t.deepEqual(opens(side.pass(60_000)), ['direct']);
	t.deepEqual(closes(side.opened('direct', undefined, 'ice-host')).length, 0, 'better in band');
	side.said('using', side.opening('direct'));
	side.pass(70_000);
	t.deepEqual(closes(side.opened('direct', undefined, 'ice-turn')), [side.opening('direct')]);
});

/** Seconds of a transfer over the carrier in use. */
function transfer(side: OneCore, tier: Tier, bytesPerSecond: number, seconds: number): readonly Effect[] {
	const {generation} = side.link.active!;
	const facts = {doneBytes: 1, doneObjects: 0, resumedBytes: 0, resentBytes: 0};
	side.do({type: 'transfer-progressed', peerId: bob, direction: 'out', tier, ...facts});
	const effects: Effect[] = [];
	for (let second = 1; second <= seconds; second++) {
		side.at += 1000;
		const meter = {peerId: bob, generation, tier, bytesIn: 0, bytesOut: second * bytesPerSecond};
		effects.push(...side.do({type: 'second-passed', meters: [meter]}));
	}
	return effects;
}

const speeds = [
	{what: 'a slow direct path gives way to a proxy of twice its speed', direct: 1e6, proxy: 4e6, gives: true},
	{what: 'a slow direct path stays where proxy was no better', direct: 1e6, proxy: 1.5e6, gives: false},
	{
		what: 'a direct path that is fast enough stays whatever proxy can do',
		direct: 6e6,
		proxy: 90e6,
		gives: false,
	},
];
for (const {what, direct, proxy, gives} of speeds) {
	test(what, (t) => {
		const side = new OneCore(ada);
		side.online();
		side.linked('proxy');
		transfer(side, 'proxy', proxy, 6);
		const slow = side.linked('direct');
		t.deepEqual(opens(transfer(side, 'direct', direct, 4)), []);
		t.deepEqual(opens(transfer(side, 'direct', direct, 4)), gives ? ['proxy'] : []);
		if (!gives) return;
		t.is(side.link.active?.generation, slow, 'make before break');
		side.linked('proxy');
		t.is(side.link.active?.tier, 'proxy');
		t.deepEqual(opens(side.pass(20_000)), [], 'held off');
		t.deepEqual(opens(side.pass(60_000)), ['direct']);
	});
}

test('a pin never falls back in silence: what it forbids ends when nothing else opens', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('direct');
	const proxy = side.linked('proxy');
	const effects = side.do({type: 'commanded', command: {type: 'set-tier', pin: 'direct'}});
	t.deepEqual([opens(effects), closes(effects)], [['direct'], []]);
	t.deepEqual(closes(side.failed('direct', 'symmetric NAT on both sides')), [proxy]);
	t.like(side.peer.link, {status: 'offline', reason: 'only direct is allowed: symmetric NAT on both sides'});
	t.deepEqual(opens(side.do({type: 'commanded', command: {type: 'set-tier', pin: 'auto'}})), [
		'proxy',
		'direct',
	]);
});

test('a request of the leader counts for more than what was heard of its pins before', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('proxy', side.asked('proxy', 5));
	side.said('use', 5);
	const pinned = hello({tiers: ['proxy']});
	side.do({type: 'peer-said', peerId: ada, generation: 5, message: pinned});
	const request = {type: 'carrier-requested', peerId: ada, tier: 'direct', generation: 6} as const;
	t.deepEqual(opens(side.do(request, {...request, tiers: ['direct']})), ['direct']);
	t.deepEqual(closes(side.do({type: 'peer-said', peerId: ada, generation: 5, message: pinned})), []);
	t.is(side.link.openings.length, 1);
});

test('a follower asks for nothing else while its leader’s pin, not its own, forbids what is in use', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('proxy', side.asked('proxy', 5));
	side.said('use', 5);
	side.do({type: 'peer-said', peerId: ada, generation: 5, message: hello({tiers: ['direct']})});
	t.deepEqual(of(side.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader'), []);
	side.do({type: 'commanded', command: {type: 'set-tier', pin: 'json'}});
	const asked = of(side.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader');
	t.deepEqual(
		asked.map(({tiers}) => tiers),
		[['json']],
	);
});

test('a pin away from direct ends its attempt and asks for no other', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	const direct = side.opening('direct');
	const effects = side.do({type: 'commanded', command: {type: 'set-tier', pin: 'proxy'}});
	t.deepEqual([closes(effects), opens(effects)], [[direct], []]);
	t.deepEqual(opens(side.pass(600_000)), []);
});

test('a refusal that does not say what is allowed is not asked again at once', (t) => {
	const side = new OneCore(ada);
	side.online();
	t.deepEqual(opens(side.failed('proxy', 'pinned', 'pinned')), ['json']);
	t.deepEqual(opens(side.failed('direct', 'pinned', 'pinned')), []);
});

for (const cause of ['addresses', 'wake'] as const) {
	test(`after a change of the network (${cause}) relay and links are looked at at once`, (t) => {
		const side = new OneCore(ada);
		side.online();
		side.failed('direct');
		side.linked('proxy');
		side.pass(3000);
		const effects = side.do({type: 'network-changed', cause, gone: ['10.0.0.7']});
		t.like(of(effects, 'probe-relay'), [{gone: ['10.0.0.7']}]);
		t.deepEqual(opens(effects), ['direct']);
		t.is(of(effects, 'say-hello').length, 1, 'the other side looks as well');
	});
}

test('a machine without any address says so, and goes on when it has one', (t) => {
	const side = new OneCore(ada);
	const last = () => side.machine.state.activity.items.at(-1)?.text;
	side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7'], hasNetwork: false});
	t.deepEqual([side.machine.state.hasNetwork, last()], [false, 'the network is gone']);
	side.do({type: 'network-changed', cause: 'wake', gone: []});
	t.false(side.machine.state.hasNetwork);
	side.do({type: 'network-changed', cause: 'addresses', gone: [], hasNetwork: true});
	t.deepEqual([side.machine.state.hasNetwork, last()], [true, 'the network changed']);
});

test('a relay that is waited for is dialled at once when the network changed, and only once', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'});
	const effects = side.do({type: 'network-changed', cause: 'addresses', gone: []});
	t.like(of(effects, 'open-relay'), [{attempt: 2}]);
	t.true(of(effects, 'stop-timer').some(({timer}) => timer === 'relay'));
});

test('each route of a direct attempt leaves a record; one that got to none is told as tcp-lan', (t) => {
	const side = new OneCore(ada);
	side.online();
	const generation = side.opening('direct');
	const about = {peerId: bob, generation};
	side.do(
		{type: 'route-started', ...about, route: 'tcp-lan'},
		{type: 'route-started', ...about, route: 'tcp-punched'},
		{type: 'route-ended', ...about, route: 'tcp-lan', outcome: 'failed', reason: 'refused'},
		{type: 'route-started', peerId: bob, generation: generation - 1, route: 'ice-host'},
	);
	const opened = side.opened('direct', generation, 'tcp-punched');
	const records = side.peer.attempts.filter(({tier}) => tier === 'direct');
	t.like(records, [
		{route: 'tcp-lan', outcome: 'failed', reason: 'refused'},
		{route: 'tcp-punched', outcome: 'ok'},
	]);
	t.like(of(opened, 'emit')[0]?.event, {event: 'attempt', route: 'tcp-punched', outcome: 'ok'});

	const other = new OneCore(ada);
	other.online();
	other.failed('direct', 'no address is known');
	t.like(
		other.peer.attempts.filter(({tier}) => tier === 'direct'),
		[{route: 'tcp-lan', outcome: 'failed', reason: 'no address is known'}],
	);
	t.true((other.peer.attempts.at(-1)?.retryAt ?? 0) > other.at || other.peer.attempts[0]?.tier === 'direct');
});

test('the reason of a route is one line that no terminal obeys', (t) => {
	const side = new OneCore(ada);
	side.online();
	const generation = side.opening('direct');
	side.do({
		type: 'route-ended',
		peerId: bob,
		generation,
		route: 'ice-srflx',
		outcome: 'failed',
		reason: `bad line \u001b[2J\n${'x'.repeat(5000)}`,
	});
	const {reason = ''} = side.peer.attempts.at(-1) ?? {};
	t.notRegex(reason, /[\u0000-\u001f]/);
	t.true(reason.length <= 160);
});

test('a follower that dials after its pin is gone allows direct again, though no relay could say so', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.linked('direct');
	side.do({type: 'peer-found', peer: {peerId: bob, instance: 'i'}});
	side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'});
	side.do({type: 'peer-said', peerId: bob, generation: direct, message: hello({tiers: ['proxy']})});
	t.is(side.link.active, undefined);
	side.at += 20_000;
	const effects = side.do({type: 'carrier-requested', peerId: bob, tier: 'direct', generation: 0});
	t.deepEqual(opens(effects), ['direct']);
});
