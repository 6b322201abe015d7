/** Tries and asks that came to nothing since somebody, or the way to tell them anything, was gone: they are made again soon. */
import test from 'ava';
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {ada, bob, closes, of, OneCore, opens} from '../helpers/one-core.js';

/** What ends an attempt without a word about the path, and the other side's way back. */
const brokenOff: {what: string; away: (side: OneCore) => void; back: (side: OneCore) => readonly Effect[]}[] =
	[
		{
			what: 'its peer was lost',
			away: (side) => void side.do({type: 'peer-left', peerId: bob, reason: 'lost'}),
			back: (side) => side.do({type: 'peer-joined', peer: side.entry()}),
		},
		{
			what: 'its peer had another socket',
			away: () => undefined,
			back: (side) => side.do({type: 'peer-joined', peer: side.entry()}),
		},
		{
			what: 'its peer restarted',
			away: (side) => void side.do({type: 'peer-left', peerId: bob, reason: 'lost'}),
			back: (side) => side.do({type: 'peer-joined', peer: side.entry('another')}),
		},
		{
			what: 'our relay was lost',
			away: (side) => void side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'}),
			back: (side) => returned(side),
		},
		{
			what: 'it failed while our relay was away',
			away(side) {
				side.do({type: 'relay-closed', attempt: 1, code: 'shutting_down', reason: 'shutting_down'});
				side.at += 10_000;
				side.failed('direct', 'no answer');
			},
			back: (side) => returned(side),
		},
		{
			what: 'the machine slept',
			away: (side) => void (side.at += 60_000),
			back: (side) => side.do({type: 'network-changed', cause: 'wake', gone: []}),
		},
		{
			what: 'its peer has another network',
			away: () => undefined,
			back: (side) => side.failed('direct', 'network_changed', 'network_changed'),
		},
	];

function returned(side: OneCore): readonly Effect[] {
	return side.do(
		{type: 'timer-fired', timer: 'relay'},
		{type: 'relay-opened', attempt: 2, url: 'ws://r', peers: [side.entry()]},
	);
}

for (const {what, away, back} of brokenOff) {
	test(`an attempt is no failed one where ${what}: another follows at once`, (t) => {
		const side = new OneCore(ada);
		side.online();
		side.at += 100;
		const former = side.opening('direct');
		away(side);
		side.at += 300;
		t.true(opens(back(side)).includes('direct'));
		t.true(side.opening('direct') > former);
		t.deepEqual([side.link.direct.failures, side.link.direct.retryAt], [0, 0]);
		t.is(side.link.openings.filter(({tier}) => tier === 'direct').length, 1);
	});
}

test('a peer that comes and goes makes us dial ever more rarely, and one that stays soon again', (t) => {
	const side = new OneCore(ada);
	side.online();
	const tries = [];
	const begin = side.at;
	for (let half = 0; half < 240; half++) {
		side.at += 250;
		const cameOrWent: Event =
			half % 2 === 0
				? {type: 'peer-left', peerId: bob, reason: 'lost'}
				: {type: 'peer-joined', peer: side.entry()};
		if (opens(side.do(cameOrWent)).includes('direct')) tries.push((side.at - begin) / 1000);
	}
	t.deepEqual(tries, [0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5, 45.5, 55.5]);
	side.pass(10_000);
	side.linked('direct');
	t.is(side.link.direct.brokenOff, 0);
});

test('a follower whose network is another one tells its leader that this attempt is over', (t) => {
	const side = new OneCore(bob);
	side.online();
	const generation = side.asked('direct', 7);
	const effects = side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7']});
	t.like(of(effects, 'refuse-carrier'), [{tier: 'direct', generation, reason: 'network_changed'}]);
	t.deepEqual(closes(effects), [generation]);
});

test('a leader that is asked begins anew what its follower has no part in', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.opening('direct');
	const ask = {type: 'carrier-requested', peerId: bob, tier: 'proxy', generation: 0} as const;
	side.at += 1000;
	t.deepEqual(
		opens(side.do({...ask, tiers: ['direct', 'proxy', 'json']})),
		[],
		'both may have spoken at once',
	);
	side.at += 3000;
	const effects = side.do({...ask, tiers: ['direct', 'proxy', 'json']});
	t.true(closes(effects).includes(direct));
	t.true(opens(effects).includes('direct'));
});

test('what a follower asked through a relay that was lost it asks again, as soon as there is a way', (t) => {
	const asks = (effects: readonly Effect[]) => of(effects, 'ask-leader').map(({via}) => via);
	for (const isFound of [false, true]) {
		const side = new OneCore(bob);
		side.online();
		if (isFound) side.do({type: 'peer-found', peer: {peerId: ada, instance: 'i'}});
		side.opened('direct', side.asked('direct', 7));
		side.said('use', 7);
		side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7']});
		t.deepEqual(asks(side.closed(7, 'address_gone')), ['relay']);
		const lost = side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'address'});
		t.deepEqual(asks(lost), isFound ? ['direct'] : []);
		side.at += 300;
		t.deepEqual(asks(returned(side)), ['relay'], 'its leader may not know yet that the path is dead');
	}
});

test('a direct path that was tried without a relay is tried anew when there is one', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.do({type: 'peer-found', peer: {peerId: bob, instance: 'i'}});
	side.linked('direct');
	side.at += 60_000;
	side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7']});
	side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'address'});
	t.deepEqual(opens(side.closed(side.link.active!.generation, 'address_gone')), ['direct']);
	side.failed('direct', 'not reachable from here');
	side.at += 300;
	t.true(opens(returned(side)).includes('direct'));
});

test('a peer that comes into the local network is dialled soon, whatever failed before', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	for (let failed = 0; failed < 4; failed++) {
		side.failed('direct');
		side.pass(120_000);
	}
	side.failed('direct');
	side.do({type: 'peer-found', peer: {peerId: bob, instance: 'i'}});
	t.deepEqual(opens(side.pass(1000)), ['direct']);
	side.failed('direct');
	side.do({type: 'peer-found', peer: {peerId: bob, instance: 'i'}});
	t.deepEqual(opens(side.pass(1000)), [], 'it was there already');
});

test('a leader that is asked drops a link that came into use a moment ago, if its follower has come to the relay since', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.linked('direct');
	const ask = {type: 'carrier-requested', peerId: bob, tier: 'proxy', generation: 0} as const;
	side.at += 500;
	t.deepEqual(closes(side.do(ask)), [], 'it may have been asked before');
	side.do({type: 'peer-joined', peer: side.entry()});
	const effects = side.do(ask);
	t.deepEqual(closes(effects), [direct]);
	t.true(opens(effects).includes('proxy'));
});
