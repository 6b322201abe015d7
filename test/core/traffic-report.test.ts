/** What the relay is told of our links, where it asks for it. */
import test from 'ava';
import {maxReportedChanges} from '../../source/protocol/limits.js';
import {type Tier} from '../../source/protocol/tiers.js';
import {ada, bob, of, OneCore} from '../helpers/one-core.js';

const everyMs = 15_000;

function online(self: string, reportEveryMs?: number): OneCore {
	const side = new OneCore(self);
	side.do(
		{type: 'timer-fired', timer: 'relay'},
		{type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [side.entry()], reportEveryMs},
		{type: 'relay-binary-tested', attempt: 1, passes: true},
	);
	return side;
}

const report = (side: OneCore) => of(side.do({type: 'timer-fired', timer: 'report'}), 'report-traffic')[0];
const timer = (side: OneCore) =>
	of(side.effects, 'start-timer').findLast(({timer: name}) => name === 'report')?.afterMs;
const changes = (side: OneCore) =>
	report(side)?.changes.map(({from, to, reason}) => `${from} → ${to}: ${reason}`);

function pass(side: OneCore, tier: Tier, generation: number, bytesIn: number, bytesOut: number): void {
	side.at += 1000;
	const meter = {peerId: side.peerId, tier, generation, bytesIn, bytesOut};
	side.do({type: 'second-passed', meters: [meter]});
}

test('Bytes and links by tier are reported as often as the relay asks, each byte once', (t) => {
	const side = online(ada, everyMs);
	t.is(timer(side), everyMs * 0.75);
	const proxy = side.linked('proxy');
	pass(side, 'proxy', proxy, 500, 700);
	const direct = side.linked('direct');
	pass(side, 'direct', direct, 1_000, 30_000);
	pass(side, 'direct', direct, 1_000, 90_000);
	t.like(report(side), {
		attempt: 1,
		links: {direct: 1, proxy: 0, json: 0},
		bytesIn: {direct: 1_000, proxy: 500, json: 0},
		bytesOut: {direct: 90_000, proxy: 700, json: 0},
		changes: [
			{from: 'none', to: 'proxy', reason: 'opened'},
			{from: 'proxy', to: 'direct', reason: 'better'},
		],
	});
	t.is(timer(side), everyMs);
	pass(side, 'direct', direct, 1_001, 90_000);
	side.at += everyMs;
	t.like(report(side), {bytesIn: {direct: 1}, bytesOut: {direct: 0}, changes: []});
});

test('A relay that asks for no reports gets none, and one that has just got one gets no other', (t) => {
	const silent = online(ada);
	t.is(report(silent), undefined);
	t.is(timer(silent), undefined);
	const side = online(ada, everyMs);
	t.truthy(report(side));
	side.at += everyMs / 2;
	t.is(report(side), undefined);
	side.at += 1;
	t.truthy(report(side));
});

test('Without the relay bytes are counted on, and a new connection gets its first report at any time', (t) => {
	const side = online(ada, everyMs);
	const direct = side.linked('direct');
	report(side);
	side.do({type: 'relay-closed', attempt: 1, code: 'relay_closed', reason: 'reset'});
	pass(side, 'direct', direct, 10, 20);
	t.is(report(side), undefined);
	side.do(
		{type: 'timer-fired', timer: 'relay'},
		{type: 'relay-opened', attempt: 2, url: 'ws://r', peers: [side.entry()], reportEveryMs: everyMs},
	);
	t.like(report(side), {attempt: 2, bytesIn: {direct: 10}, bytesOut: {direct: 20}});
});

test('How often is bounded, whatever the relay says', (t) => {
	t.is(timer(online(ada, 0)), 750);
	t.is(timer(online(ada, 1e15)), 2_700_000);
});

test('Changes say why', (t) => {
	const steps: readonly (readonly [what: string, run: (side: OneCore) => void, told: readonly string[]])[] = [
		[
			'direct died, and the relay took over',
			(side) => {
				const direct = side.linked('direct');
				side.closed(direct);
				side.linked('proxy');
			},
			['none → direct: opened', 'direct → none: lost', 'none → proxy: opened'],
		],
		[
			'a pin',
			(side) => {
				side.linked('proxy');
				side.do({type: 'commanded', command: {type: 'set-tier', pin: 'json'}});
				side.linked('json');
			},
			['none → proxy: opened', 'proxy → json: pinned'],
		],
		[
			'binary frames pass no more',
			(side) => {
				const proxy = side.linked('proxy');
				side.do({type: 'relay-binary-tested', attempt: 1, passes: false});
				side.closed(proxy);
				side.linked('json');
			},
			['none → proxy: opened', 'proxy → none: lost', 'none → json: opened'],
		],
		[
			'it left, and its connections closed before',
			(side) => {
				side.closed(side.linked('direct'), 'closed_by_peer');
				side.do({type: 'peer-left', peerId: bob, reason: 'left'});
			},
			['none → direct: opened', 'direct → none: left'],
		],
		[
			'it left, and its connections closed after',
			(side) => {
				const direct = side.linked('direct');
				side.do({type: 'peer-left', peerId: bob, reason: 'left'});
				side.closed(direct, 'closed_by_peer');
			},
			['none → direct: opened', 'direct → none: left'],
		],
		[
			'it left by way of the relay',
			(side) => {
				side.linked('proxy');
				side.do({type: 'peer-left', peerId: bob, reason: 'left'});
			},
			['none → proxy: opened', 'proxy → none: left'],
		],
	];
	for (const [what, run, told] of steps) {
		const side = online(ada, everyMs);
		run(side);
		side.at += 5000;
		t.deepEqual(changes(side), told, what);
	}
});

test('What the loss of the relay ended is told by its name at the next connection', (t) => {
	const side = online(ada, everyMs);
	side.linked('proxy');
	side.do({type: 'relay-closed', attempt: 1, code: 'relay_closed', reason: 'reset'});
	side.do(
		{type: 'timer-fired', timer: 'relay'},
		{type: 'relay-opened', attempt: 2, url: 'ws://r', peers: [], reportEveryMs: everyMs},
	);
	t.deepEqual(changes(side), ['none → proxy: opened', 'proxy → none: relay_lost']);
});

test('One report names no more changes than the relay takes', (t) => {
	const side = online(bob, everyMs);
	for (let generation = 1; generation <= maxReportedChanges + 5; generation++) {
		side.asked('proxy', generation);
		side.opened('proxy', generation);
		side.closed(generation);
	}
	side.at += 5000;
	t.is(report(side)?.changes.length, maxReportedChanges);
});

test('A link that has just been lost is told with the next report: its peer may be leaving', (t) => {
	const side = online(ada, everyMs);
	side.closed(side.linked('direct'), 'closed_by_peer');
	t.deepEqual(changes(side), ['none → direct: opened']);
	side.do({type: 'peer-left', peerId: bob, reason: 'left'}, {type: 'peer-joined', peer: side.entry('j')});
	side.at += everyMs;
	t.deepEqual(changes(side), ['direct → none: left']);
	side.closed(side.linked('direct'));
	side.at += everyMs;
	t.deepEqual(changes(side), ['none → direct: opened', 'direct → none: lost']);
});
