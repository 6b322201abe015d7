/** Relays as one service behind a load balancer, on a real NATS: what a project's peers see of it, and of what dies in it. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {LoadBalancer} from '../helpers/load-balancer.js';
import {NatsServer} from '../helpers/nats-server.js';
import {natsTest} from '../helpers/nats-test.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {makeProject, type ProjectSize} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';

/** The whole size where it is asked for: it takes minutes. */
const size: ProjectSize = process.env['PULSYNC_TEST_WHOLE']
	? {texts: 2000, binaries: 20, binaryBytes: 5 * 1024 * 1024}
	: {texts: 100, binaries: 2, binaryBytes: 500 * 1024};
const names = ['ada', 'bob', 'eve'];

for (const [count, tier] of [
	[2, 'proxy'],
	[2, 'json'],
	[3, 'proxy'],
	[3, 'json'],
] as const) {
	natsTest(
		`${count} relays on one NATS are one for ${count} peers by ${tier}, whatever dies and comes back`,
		async (t) => {
			const lab = new Lab(t);
			const nats = await NatsServer.start(t);
			const balancer = await LoadBalancer.start(t);
			const relays: PeerProcess[] = [];
			const start = async (index: number, port = 0) => {
				const flags = ['--host', '127.0.0.1', '--port', String(port), '--cluster', nats.url];
				const relay = lab.start(`relay-${index}`, ['--relay', ...flags]);
				relays[index] = relay;
				const listening = await relay.waitFor('listening');
				balancer.add(listening.port);
				return listening.port;
			};

			const ports: number[] = [];
			for (let index = 0; index < count; index++) ports.push(await start(index));
			const peersOn = (): Promise<number[]> => Promise.all(ports.map(countPeers));

			makeProject(lab.path('ada'), size);
			const ada = await lab.host('ada', ['--relay-url', balancer.url, '--tier', tier]);
			const peers: PeerProcess[] = [ada];
			for (const name of names.slice(1, count)) {
				peers.push(await lab.join(name, ada.invite, ['--tier', tier]));
			}

			await inStep(t, peers);
			t.deepEqual(await peersOn(), Array<number>(count).fill(1), 'each peer is on a relay of its own');
			await editAll(t, peers, 'at first');

			await relays[1]!.kill();
			balancer.remove(ports[1]!);
			await editAll(t, peers, 'after a relay died');
			await start(1, ports[1]);

			// Whoever is moved to the new relay, all are one again.
			await relays[0]!.stop();
			balancer.remove(ports[0]!);
			await editAll(t, peers, 'after another one went');
			await start(0, ports[0]);
			await spread(peersOn, ports, balancer);

			await nats.kill();
			for (const peer of peers) writeFileSync(path.join(peer.folder, 'alone.txt'), '');
			await waitUntil('all to see that the others are away', async () => {
				const statuses = await Promise.all(peers.map((peer) => peer.status()));
				return statuses.every(({peers: others}) => others.every(({status}) => status !== 'online'));
			});
			for (const peer of peers) {
				writeFileSync(path.join(peer.folder, `alone-${path.basename(peer.folder)}.txt`), 'meanwhile\n');
			}

			await nats.restart();
			await inStep(t, peers);
			await editAll(t, peers, 'after NATS came back');
			for (const peer of peers) {
				t.false(peer.ended);
				const used = (await peer.status()).peers.flatMap(({bytes_in: bytes}) =>
					Object.entries(bytes).filter(([name, bytesIn]) => name !== tier && bytesIn > 0),
				);
				t.deepEqual(used, []);
			}

			t.deepEqual(nats.slowConsumers, []);
			for (const relay of relays) t.is((await relay.stop()).code, 0);
		},
	);
}

async function inStep(t: ExecutionContext, peers: readonly PeerProcess[]): Promise<void> {
	await settle(peers, 120_000);
	for (const peer of peers) t.deepEqual(compareTrees(peers[0]!.folder, peer.folder), []);
}

/** Each saves something, the first one much; all get it. */
async function editAll(t: ExecutionContext, peers: readonly PeerProcess[], when: string): Promise<void> {
	for (const [index, peer] of peers.entries()) {
		const name = path.basename(peer.folder);
		writeFileSync(path.join(peer.folder, `by-${name}.txt`), `${name} ${when}\n`);
		if (index === 0) writeFileSync(path.join(peer.folder, 'large.bin'), when.repeat(100_000));
	}

	await inStep(t, peers);
}

async function countPeers(port: number): Promise<number> {
	const answer = await fetch(`http://127.0.0.1:${port}/status`);
	return ((await answer.json()) as {peers: number}).peers;
}

/** Moves peers from relays with several until each has one. */
async function spread(
	peersOn: () => Promise<number[]>,
	ports: readonly number[],
	balancer: LoadBalancer,
): Promise<void> {
	await waitUntil('each peer to be on a relay of its own', async () => {
		const counts = await peersOn();
		if (counts.every((count) => count === 1)) return true;
		const isWhole = counts.reduce((sum, count) => sum + count, 0) === ports.length;
		if (isWhole) balancer.cutOne(ports[counts.findIndex((count) => count > 1)]!);
		return false;
	});
}
