/** A network that leads nowhere: no relay, no way out, only each other. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {linkedAfterJoining, NetworkLab, settleEqual, waitForIt} from '../helpers/network-lab.js';
import {ip} from '../helpers/network-namespaces.js';
import {networkTest} from '../helpers/network-test.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

for (const [kind, net] of [
	['IPv4', {net4: '192.168.7'}],
	['IPv6', {net6: 'fd00:7'}],
] as const) {
	networkTest(`in a network of ${kind} without relay or way out people join all the same`, async (t) => {
		const lab = new NetworkLab(t);
		const home = lab.world.segment('home', net);
		const [ada, bob] = [lab.world.host('ada', home, 2), lab.world.host('bob', home, 3)];
		for (const {namespace} of [ada, bob]) {
			ip(namespace, [kind === 'IPv4' ? 'route del default' : 'route del default via fd00:7::254']);
		}
		makeProject(lab.path('ada'), smallSize);
		const pair = await lab.pair(ada, bob, {relay: 'ws://203.0.113.9:8787'});
		const peers = [pair.ada, pair.bob];
		await linkedAfterJoining(t, pair, ['tcp-lan'], 2000);
		writeFileSync(path.join(pair.bob.folder, 'by-bob.txt'), 'bob\n');
		await settleEqual(t, peers);
		await waitForIt(peers, async () =>
			pair.ada.waitFor('problem', ({code}) => code === 'begun_without_relay'),
		);
		t.deepEqual(
			pair.bob.events.filter(({event}) => event === 'problem' || event === 'error'),
			[],
		);
		process.kill(pair.bob.pid, 'SIGKILL');
		const killedAt = Date.now();
		const left = await waitForIt(peers, async () => pair.ada.waitFor('peer_left'));
		t.true(left.at - killedAt < 10_000, `one who was killed was there for ${left.at - killedAt} ms more`);
	});
}
