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
