/** Peers in one local network find the short way, with a relay and without one. */
import {hostOverSlowLink} from '../helpers/network-slow-link.js';
import {
	arrivesBy,
	bypassesRelay,
	linkedAfterJoining,
	NetworkLab,
	settleEqual,
	toldNoFailure,
	writeRandom,
} from '../helpers/network-lab.js';
import {networkTest} from '../helpers/network-test.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';

const megabyte = 1024 * 1024;

networkTest(
	'two peers behind one router without hairpin take tcp-lan and leave the relay alone',
	async (t) => {
		const lab = new NetworkLab(t);
		const wan = lab.world.wan();
		const home = lab.world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
		const [ada, bob] = [lab.world.host('ada', home, 2), lab.world.host('bob', home, 3)];
		makeProject(lab.path('ada'), smallSize);
		const relay = await lab.relayOn(lab.world.host('relay', wan, 10));
		const pair = await lab.pair(ada, bob, {relay});
		await linkedAfterJoining(t, pair, ['tcp-lan'], 2000);
		const peers = [pair.ada, pair.bob];
		await settleEqual(t, peers);
		await bypassesRelay(t, relay, async () => {
			writeRandom(pair.ada, 'from-ada.bin', 8 * megabyte);
			writeRandom(pair.bob, 'from-bob.bin', 8 * megabyte);
			await settleEqual(t, peers);
		});
		// Meters are read once a second.
		await waitUntil('the direct bytes to be counted', async () => {
			const {bytes_in} = (await pair.bob.status()).peers[0]!;
			return bytes_in.direct > 8 * megabyte;
		});
		toldNoFailure(t, peers);
	},
);

networkTest('a host with its own relay and its guest take tcp-lan within 2 s', async (t) => {
	const lab = new NetworkLab(t);
	const lan = lab.world.segment('lan', {net4: '192.168.1'});
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(lab.world.host('ada', lan, 2), lab.world.host('bob', lan, 3));
	await linkedAfterJoining(t, pair, ['tcp-lan'], 2000);
	await settleEqual(t, [pair.ada, pair.bob]);
	toldNoFailure(t, [pair.ada, pair.bob]);
});

networkTest('a local network of IPv6 alone gives tcp-lan within 2 s', async (t) => {
	const lab = new NetworkLab(t);
	const lan = lab.world.segment('lan', {net6: 'fd00:1:2:3'});
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(lab.world.host('ada', lan, 2), lab.world.host('bob', lan, 3));
	await linkedAfterJoining(t, pair, ['tcp-lan'], 2000);
	await settleEqual(t, [pair.ada, pair.bob]);
	toldNoFailure(t, [pair.ada, pair.bob]);
});

networkTest('without any relay a guest in the same network joins and links over tcp-lan', async (t) => {
	const lab = new NetworkLab(t);
	const wan = lab.world.wan();
	const home = lab.world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
	const [ada, bob] = [lab.world.host('ada', home, 2), lab.world.host('bob', home, 3)];
	makeProject(lab.path('ada'), smallSize);
	// Nobody is at this address: a relay that is down, or a way to it that is.
	const pair = await lab.pair(ada, bob, {relay: 'ws://203.0.113.10:8787/ws'});
	await linkedAfterJoining(t, pair, ['tcp-lan'], 2000);
	const peers = [pair.ada, pair.bob] as const;
	await settleEqual(t, peers);
	for (const [from, to] of [peers, [peers[1], peers[0]] as const])
		await arrivesBy(t, [from, to], {since: Date.now(), withinMs: 2000});
});

networkTest('over a slow cable that loses packets tcp-lan is found and all arrives', async (t) => {
	const lab = new NetworkLab(t);
	const lan = lab.world.segment('lan', {net4: '192.168.1'});
	const quality = {delayMs: 40, lossPercent: 1, bytesPerSecond: 2_000_000};
	const bob = await hostOverSlowLink(t, lab.world, 'bob', lan, 3, quality);
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(lab.world.host('ada', lan, 2), bob);
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	toldNoFailure(t, [pair.ada, pair.bob]);
});
