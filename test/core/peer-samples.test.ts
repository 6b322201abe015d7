/** What the graphs of a peer are drawn from. */
import test from 'ava';
import {ada, bob, OneCore} from '../helpers/one-core.js';

const peer = (side: OneCore) => side.machine.state.peers.get(bob)!;

function pass(side: OneCore, seconds: number, bytesPerSecond: number, rttMs?: number): void {
	const {generation} = side.link.active!;
	for (let second = 0; second < seconds; second++) {
		side.at += 1000;
		const before = side.machine.meters.get(`${bob} ${generation}`)?.bytesIn ?? 0;
		const meter = {peerId: bob, generation, bytesIn: before + bytesPerSecond, bytesOut: 0, rttMs};
		side.do({type: 'second-passed', meters: [{...meter, tier: 'proxy'}]});
	}
}

test('a peer has its own seconds of the last minute, by tier, and none after a minute of silence', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	t.is(peer(side).recent, undefined);
	pass(side, 3, 5000);
	t.deepEqual(
		peer(side).recent?.map((sample) => sample.in.proxy),
		[5000, 5000, 5000],
	);
	pass(side, 59, 10);
	t.is(peer(side).recent?.length, 60);
	const before = peer(side).recent;
	pass(side, 1, 10);
	t.is(peer(side).recent, undefined, 'heartbeats alone are silence');
	pass(side, 1, 10);
	t.not(before, undefined);
	t.is(peer(side).recent, undefined);
});

test('round trips are noted as they change, not each second', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	pass(side, 5, 0, 20);
	pass(side, 5, 0, 20.4);
	pass(side, 1, 0, 55);
	t.deepEqual(
		peer(side).roundTrips?.map(({ms}) => ms),
		[20, 55],
	);
	for (let time = 0; time < 300; time++) pass(side, 1, 0, 10 + (time % 2) * 50);
	t.is(peer(side).roundTrips?.length, 120);
});

test('heartbeats change nothing that is drawn, until they are as much as anything else', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	const {state} = side.machine;
	pass(side, 10, 100);
	t.is(side.machine.state, state, 'a state that is the same is not drawn');
	pass(side, 1, 100);
	t.is(peer(side).bytes.in.proxy, 1100);
	pass(side, 1, 100);
	pass(side, 1, 300);
	t.is(peer(side).bytes.in.proxy, 1500, 'anything else counts at once');
});

test('the last bytes of a carrier that is gone are counted', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	pass(side, 1, 7);
	t.is(peer(side).bytes.in.proxy, 0);
	side.do({type: 'second-passed', meters: []});
	t.is(peer(side).bytes.in.proxy, 7);
	const {state} = side.machine;
	side.do({type: 'second-passed', meters: []});
	t.is(side.machine.state, state);
});
