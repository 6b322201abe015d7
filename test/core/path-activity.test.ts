/** Which paths to a peer the list of activity tells of. */
import test from 'ava';
import {ada, bob, of, OneCore} from '../helpers/one-core.js';

const said = (side: OneCore) =>
	side.machine.state.activity.items.filter(({kind}) => kind === 'tier').map(({text}) => text);

/** Lets time pass, with the timer that looks whether a path has lasted. */
function wait(side: OneCore, ms: number, peerId = bob) {
	side.at += ms;
	return side.do({type: 'timer-fired', timer: `path ${peerId}`});
}

function online(): OneCore {
	const side = new OneCore(ada);
	side.online();
	return side;
}

test('a path that lasts is told, and why there is no direct one, once', (t) => {
	const side = online();
	side.linked('proxy');
	t.deepEqual(said(side), []);
	wait(side, 2000);
	side.failed('direct', 'symmetric NAT on both sides');
	side.pass(20_000);
	side.failed('direct', 'symmetric NAT on both sides');
	side.pass(40_000);
	side.linked('direct', 'ice-turn');
	t.deepEqual(said(side), [
		'connected over proxy',
		'no direct way: symmetric NAT on both sides',
		'switched from proxy to direct (ice-turn: through a TURN server)',
	]);
});

test('paths that give way to each other within a second are not told, though scripts hear of each', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('direct', side.asked('direct', 900));
	side.opened('proxy', side.asked('proxy', 901));
	side.at += 300;
	side.said('use', 901);
	side.at += 300;
	side.said('use', 900);
	wait(side, 1500, ada);
	t.deepEqual(said(side), []);
	wait(side, 500, ada);
	t.deepEqual(said(side), ['connected over direct (tcp-lan)']);
	const links = of(side.effects, 'emit').flatMap(({event}) =>
		event.event === 'link' && event.status === 'online' ? [event.tier] : [],
	);
	t.deepEqual(links, ['direct', 'proxy', 'direct']);
});

test('a way back from one that had not lasted is no news', (t) => {
	const side = online();
	side.linked('proxy');
	wait(side, 60_000);
	side.linked('direct');
	side.at += 500;
	t.deepEqual(said(side), ['connected over proxy', 'switched from proxy to direct (tcp-lan)']);
	wait(side, 2000);
	t.is(said(side).length, 2);
});

test('what follows on a path that had lasted is told at once', (t) => {
	const side = online();
	const direct = side.linked('direct');
	wait(side, 60_000);
	side.closed(direct, 'it fell silent');
	side.linked('proxy');
	t.deepEqual(said(side), [
		'connected over direct (tcp-lan)',
		'lost direct (tcp-lan): it fell silent',
		'connected over proxy',
	]);
});

test('the end of one that had not lasted is told where nothing takes its place', (t) => {
	const side = online();
	side.failed('proxy');
	side.at += 100;
	const direct = side.linked('direct');
	side.at += 500;
	side.closed(direct, 'it fell silent');
	t.deepEqual(said(side), []);
	wait(side, 2000);
	t.deepEqual(said(side), ['lost direct (tcp-lan): it fell silent']);
});

test('a peer that has left is told of no more', (t) => {
	const side = online();
	side.linked('proxy');
	side.do({type: 'peer-left', peerId: bob, reason: 'left'});
	wait(side, 2000);
	t.deepEqual(said(side), []);
});
