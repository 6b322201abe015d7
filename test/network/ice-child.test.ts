/** The process that holds the data channels may die: the program never does. */
import {readdirSync, readFileSync} from 'node:fs';
import process from 'node:process';
import {restrict, shape} from '../helpers/network-faults.js';
import {
	linkedAfterJoining,
	NetworkLab,
	settleEqual,
	toldNoFailure,
	waitForIt,
	writeRandom,
} from '../helpers/network-lab.js';
import {processesIn} from '../helpers/network-namespaces.js';
import {networkTest} from '../helpers/network-test.js';
import {type PeerProcess} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const transferBytes = 30_000_000;

networkTest('a transfer over ICE goes on over another path when its process is killed', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const server = world.host('relay', wan, 10);
	const relay = await lab.relayOn(server);
	const homes = [1, 2].map((number) => {
		const home = world.router(`home${number}`, wan, number, {
			kind: 'independent',
			net4: `192.168.${number}`,
		});
		restrict(home, 'no-tcp-between-peers', server);
		return home;
	});
	const [ada, bob] = [world.host('ada', homes[0]!, 2), world.host('bob', homes[1]!, 2)];
	for (const host of [ada, bob]) shape(host, 30);
	const pair = await lab.pair(ada, bob, {relay});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['ice-srflx'], 8000);
	writeRandom(pair.ada, 'large.bin', transferBytes);
	await pair.bob.waitFor('transfer', (event) => event.tier === 'direct' && event.done_bytes > 3_000_000);
	const killedAt = Date.now();
	const children = childrenOf(pair.bob);
	t.is(children.length, 1);
	process.kill(children[0]!, 'SIGKILL');
	await waitForIt(peers, async () =>
		pair.bob.waitFor('transfer', ({tier, at}) => tier === 'proxy' && at > killedAt, {deadlineMs: 8000}),
	);
	await settleEqual(t, peers);
	t.false(pair.bob.ended);
	toldNoFailure(t, peers);
	// It comes back by itself, with a new process.
	await waitForIt(peers, async () =>
		pair.bob.waitFor('link', ({route, at}) => route === 'ice-srflx' && at > killedAt, {deadlineMs: 40_000}),
	);
	// And ends with the program, whatever way that takes.
	t.is((await pair.ada.stop()).code, 0);
	await pair.bob.kill();
	for (const host of [ada, bob])
		await waitUntil('the processes to end', () => processesIn(host.namespace).length === 0, 5000);
});

/** The processes that a program started itself and that still run. */
function childrenOf({pid}: PeerProcess): readonly number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((child) => {
			try {
				const fields = /.*\) (.*)$/s.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1]?.split(' ');
				return Number(fields?.[1]) === pid && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('ice');
			} catch {
				return false;
			}
		});
}
