/** One side of a link, step by step: which carrier it opens, uses and closes, and what it takes for strangers. */
import test from 'ava';
import {tiers} from '../../source/protocol/tiers.js';
import {ada, bob, closes, of, OneCore, opens, uses} from '../helpers/one-core.js';

test('direct is opened beside proxy, and does not wait for the test of binary frames', (t) => {
	const side = new OneCore(ada);
	side.do({type: 'timer-fired', timer: 'relay'});
	t.deepEqual(opens(side.do({type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [side.entry()]})), [
		'direct',
	]);
	t.deepEqual(opens(side.do({type: 'relay-binary-tested', attempt: 1, passes: true})), ['proxy']);
});

test('a better carrier that opens while `using` of a worse one is awaited stands by until it has come', (t) => {
	const side = new OneCore(ada);
	side.online();
	const [proxy, direct] = [side.opening('proxy'), side.opening('direct')];
	t.deepEqual(uses(side.opened('proxy')), [proxy]);
	t.deepEqual(uses(side.opened('direct')), []);
	t.deepEqual(uses(side.said('using', proxy)), [direct]);
	t.is(side.link.active?.generation, proxy);
	const effects = side.said('using', direct);
	t.is(side.link.active?.generation, direct);
	t.like(of(effects, 'drain-carrier'), [{generation: proxy}]);
});

test('a worse carrier that opens while `using` of a better one is awaited is given up once it has come', (t) => {
	const side = new OneCore(ada);
	side.online();
	const [proxy, direct] = [side.opening('proxy'), side.opening('direct')];
	t.deepEqual(uses(side.opened('direct')), [direct]);
	t.deepEqual(uses(side.opened('proxy')), []);
	t.deepEqual(closes(side.said('using', direct)), [proxy]);
	t.deepEqual(side.link.openings, []);
});

test('what stands by takes over at once where the one in use dies unconfirmed', (t) => {
	const side = new OneCore(ada);
	side.online();
	const [proxy, direct] = [side.opening('proxy'), side.opening('direct')];
	side.opened('direct');
	side.opened('proxy');
	t.deepEqual(uses(side.closed(direct)), [proxy]);
	t.is(side.link.active?.generation, proxy);
});

test('`use` on direct whose relay sibling died makes direct the one in use, on both sides', (t) => {
	const leader = new OneCore(ada);
	leader.online();
	const proxy = leader.linked('proxy');
	const direct = leader.opening('direct');
	leader.opened('direct');
	leader.closed(proxy, 'the relay is gone');
	t.is(leader.link.active?.generation, direct);
	leader.said('using', direct);
	t.deepEqual(leader.link.openings, []);

	const follower = new OneCore(bob);
	follower.online();
	follower.opened('proxy', follower.asked('proxy', 5));
	follower.said('use', 5);
	follower.opened('direct', follower.asked('direct', 6));
	t.is(follower.link.active?.generation, 5);
	t.deepEqual(of(follower.closed(5), 'ask-leader'), []);
	t.is(follower.link.active?.generation, 6);
	t.like(of(follower.said('use', 6), 'say'), [{message: {type: 'using', generation: 6}}]);
});

test('a follower that is told to use the worse one keeps the other open until its leader speaks of it', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('direct', side.asked('direct', 6));
	side.opened('proxy', side.asked('proxy', 5));
	t.is(side.link.active?.generation, 6);
	const effects = side.said('use', 5);
	t.deepEqual([of(effects, 'drain-carrier'), closes(effects)], [[], []]);
	t.is(side.link.active?.generation, 5);
	t.like(of(side.said('use', 6), 'drain-carrier'), [{generation: 5}]);
	t.is(side.link.active?.generation, 6);
});

test('a drained carrier that closes while the new one dies changes nothing in the way back', (t) => {
	for (const order of ['old first', 'new first']) {
		const side = new OneCore(ada);
		side.online();
		const proxy = side.linked('proxy');
		side.at += 60_000;
		const direct = side.linked('direct');
		side.at += 60_000;
		const closings = [() => side.closed(proxy, 'switched'), () => side.closed(direct)];
		const effects = (order === 'old first' ? closings : closings.reverse()).flatMap((close) => close());
		t.deepEqual(opens(effects), ['proxy', 'direct'], order);
		t.is(side.link.active, undefined);
	}
});

test('a `using` that never comes ends the new carrier and leaves the old one alone', (t) => {
	const side = new OneCore(ada);
	side.online();
	const proxy = side.linked('proxy');
	const direct = side.opening('direct');
	side.opened('direct');
	side.at += 5000;
	const effects = side.do({type: 'timer-fired', timer: `using ${bob} ${direct}`});
	t.deepEqual(closes(effects), [direct]);
	t.is(side.link.active?.generation, proxy);
	side.closed(direct, 'no answer on the new path');
	t.is(side.link.active?.generation, proxy);
});

test('a follower asks its leader at once when its direct carrier dies', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('direct', side.asked('direct', 6));
	side.said('use', 6);
	side.at += 60_000;
	t.like(of(side.closed(6), 'ask-leader'), [{via: 'relay'}]);
});

test('a leader that is asked drops what it holds, unless it came into use a moment ago', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.linked('direct');
	const ask = {type: 'carrier-requested', peerId: bob, tier: 'proxy', generation: 0, tiers} as const;
	side.at += 500;
	t.deepEqual(closes(side.do(ask)), [], 'sent before');
	side.at += 60_000;
	const effects = side.do(ask);
	t.deepEqual(closes(effects), [direct]);
	t.deepEqual(opens(effects), ['proxy', 'direct']);
	side.at += 100;
	t.deepEqual(opens(side.do(ask)), [], 'the answer is on its way');
});

test('a leader that is dialled directly keeps its relay path', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('direct');
	const proxy = side.linked('proxy');
	side.at += 60_000;
	const effects = side.do({type: 'carrier-requested', peerId: bob, tier: 'direct', generation: 0});
	t.deepEqual(opens(effects), ['direct']);
	t.is(side.link.active?.generation, proxy);
});

test('requests of older generations, or the same one again, are strangers', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.asked('direct', 9);
	t.deepEqual(opens(side.do({type: 'carrier-requested', peerId: ada, tier: 'direct', generation: 9})), []);
	t.deepEqual(opens(side.do({type: 'carrier-requested', peerId: ada, tier: 'direct', generation: 8})), []);
	t.deepEqual(
		opens(side.do({type: 'carrier-requested', peerId: ada, tier: 'proxy', generation: 8})),
		['proxy'],
		'its own lane',
	);
	const effects = side.do({type: 'carrier-requested', peerId: ada, tier: 'direct', generation: 10});
	t.deepEqual(closes(effects), [9]);
	t.deepEqual(closes(side.opened('direct', 9)), [9], 'superseded');
});

test('a request that somebody made up, of the highest generation, makes a follower deaf no longer than it lasts', (t) => {
	for (const tier of ['direct', 'proxy'] as const) {
		const side = new OneCore(bob);
		side.online();
		const madeUp = side.asked(tier, 0xff_ff_ff);
		side.failed(tier, 'no answer', 'no_answer', madeUp);
		side.asked(tier, 7);
		t.is(side.opening(tier), 7, tier);
		side.opened(tier, 7);
		side.said('use', 7);
		t.is(side.link.active?.generation, 7);
		t.deepEqual(opens(side.do({type: 'carrier-requested', peerId: ada, tier, generation: 6})), []);
	}
});
