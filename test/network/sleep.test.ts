/** A closed lid: everything of a peer stands still for a minute. */
import {setTimeout as delay} from 'node:timers/promises';
import {signalAll} from '../helpers/network-faults.js';
import {arrivesBy, linkedAfterJoining, linkedBy, NetworkLab, settleEqual} from '../helpers/network-lab.js';
import {networkTest} from '../helpers/network-test.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

const sleepMs = 60_000;

networkTest('after a minute of standing still a peer is usable again within 15 s', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const relay = await lab.relayOn(world.host('relay', wan, 10));
	const home = world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
	const [ada, bob] = [world.host('ada', home, 2), world.host('bob', home, 3)];
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, peers);
	signalAll(bob, 'SIGSTOP');
	const stoppedAt = Date.now();
	const {at} = await pair.ada.waitFor('link', ({status, at}) => status !== 'online' && at > stoppedAt, {
		deadlineMs: sleepMs,
	});
	t.true(at - stoppedAt <= 25_000, `noticed after ${at - stoppedAt} ms`);
	// How long a lid stays closed is the scenario itself, not a wait for something.
	await delay(sleepMs - (Date.now() - stoppedAt));
	signalAll(bob, 'SIGCONT');
	const wokenAt = Date.now();
	await arrivesBy(t, [pair.ada, pair.bob], {since: wokenAt, withinMs: 15_000});
	await arrivesBy(t, [pair.bob, pair.ada], {since: Date.now(), withinMs: 5000});
	await linkedBy(t, peers, ['tcp-lan'], {since: wokenAt, withinMs: 30_000});
});
