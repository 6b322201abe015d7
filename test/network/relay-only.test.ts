/** Networks that let nothing pass but the way to the relay, or not even all of that. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {restrict} from '../helpers/network-faults.js';
import {
	linkedAfterJoining,
	NetworkLab,
	relayPort,
	settleEqual,
	toldNoFailure,
} from '../helpers/network-lab.js';
import {networkTest} from '../helpers/network-test.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

/** Two homes whose routers let nothing out but to one port of one server. */
function twoCells(lab: NetworkLab) {
	const {world} = lab;
	const wan = world.wan();
	const server = world.host('relay', wan, 10);
	const homes = [1, 2].map((number) => {
		const home = world.router(`home${number}`, wan, number, {
			kind: 'independent',
			net4: `192.168.${number}`,
		});
		return home;
	});
	const [ada, bob] = [world.host('ada', homes[0]!, 2), world.host('bob', homes[1]!, 2)];
	const closeTo = (to: {address4?: string}) => {
		for (const home of homes) restrict(home, 'only-relay', {...to, port: relayPort});
	};
	return {wan, server, ada, bob, closeTo};
}

networkTest('where only the port of the relay can be reached, proxy is there within 2 s', async (t) => {
	const lab = new NetworkLab(t);
	const {server, ada, bob, closeTo} = twoCells(lab);
	closeTo(server);
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(server)});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['proxy'], 2000);
	await settleEqual(t, peers);
	toldNoFailure(t, peers);
});

for (const policy of ['swallow', 'kill'] as const) {
	const does = policy === 'swallow' ? 'swallows binary frames' : 'ends connections that carry binary frames';
	networkTest(`behind a middlebox that ${does}, json is there within 6 s`, async (t) => {
		const lab = new NetworkLab(t);
		const {wan, server, ada, bob, closeTo} = twoCells(lab);
		const box = lab.world.host('box', wan, 20);
		closeTo(box);
		makeProject(lab.path('ada'), smallSize);
		const relay = await lab.middleboxOn(box, policy, await lab.relayOn(server));
		const pair = await lab.pair(ada, bob, {relay});
		const peers = [pair.ada, pair.bob];
		await linkedAfterJoining(t, pair, ['json'], 6000);
		writeFileSync(path.join(pair.bob.folder, 'by-bob.txt'), 'bob\n');
		await settleEqual(t, peers);
		toldNoFailure(t, peers);
	});
}
