/** Routers that cannot be crossed: the relay's tiers carry the data, and people are told why; a TURN server helps. */
import {startTurnServer, turnPassword, turnPort, turnSecret, turnUser} from '../helpers/network-process.js';
import {run} from '../helpers/network-namespaces.js';
import {
	type LabRelay,
	linkedAfterJoining,
	NetworkLab,
	type Pair,
	settleEqual,
	toldFailure,
	toldNoFailure,
	writeRandom,
} from '../helpers/network-lab.js';
import {type RouterKind} from '../helpers/network-router-rules.js';
import {networkTest} from '../helpers/network-test.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';
import type {ExecutionContext} from 'ava';

function twoHomes(lab: NetworkLab, kinds: readonly [RouterKind, RouterKind]) {
	const {world} = lab;
	const wan = world.wan();
	const homes = kinds.map((kind, index) =>
		world.router(`home${index}`, wan, index + 1, {kind, net4: `192.168.${index + 1}`}),
	);
	const [ada, bob] = [world.host('ada', homes[0]!, 2), world.host('bob', homes[1]!, 2)];
	return {ada, bob, server: world.host('relay', wan, 10), turn: world.host('turn', wan, 20)};
}

/** `proxy` carries data within 2 s, the direct attempt is over within 10 s, and its reason is told. */
async function fallsBack(t: ExecutionContext, pair: Pair, reason: RegExp): Promise<void> {
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['proxy'], 2000);
	const {at: carriedAt} = await pair.bob.waitFor(
		'transfer',
		(event) => event.direction === 'in' && event.tier === 'proxy' && event.done_bytes > 0,
	);
	t.true(carriedAt - pair.joinedAt <= 2000, `the first bytes after ${carriedAt - pair.joinedAt} ms`);
	const {took_ms, at} = await toldFailure(peers, 'direct', reason);
	t.true(
		took_ms <= 10_000 && at - pair.joinedAt <= 12_000,
		`${took_ms} ms\n${NetworkLab.describe(...peers)}`,
	);
	await settleEqual(t, peers);
	toldNoFailure(t, peers);
}

for (const [kinds, what, reason] of [
	[['symmetric', 'symmetric'], 'two symmetric routers', /symmetric NAT on both sides/],
	[
		['symmetric', 'independent'],
		'a symmetric router and another one',
		/^symmetric NAT on (this side, and the other|the other side, and this) side lets in answers only: [\d.]+:\d+: no answer$/,
	],
] as const) {
	networkTest(`through ${what} proxy carries data within 2 s, and the reason is told`, async (t) => {
		const lab = new NetworkLab(t);
		const {ada, bob, server} = twoHomes(lab, kinds);
		makeProject(lab.path('ada'), {...smallSize, binaries: 0});
		await fallsBack(t, await lab.pair(ada, bob, {relay: await lab.relayOn(server)}), reason);
	});
}

networkTest('two homes behind one router of a provider, without hairpin, fall back to proxy', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const relay = await lab.relayOn(world.host('relay', wan, 10));
	// Reachable for each other only where the provider's router would turn packets around.
	const provider = world.router('provider', wan, 1, {kind: 'independent', net4: '10.64.0'});
	const homes = [2, 3].map((number) => {
		const name = `home${number}`;
		return world.router(name, provider, number, {kind: 'independent', net4: `192.168.${number}`});
	});
	isolate(provider.namespace);
	makeProject(lab.path('ada'), {...smallSize, binaries: 0});
	const pair = await lab.pair(world.host('ada', homes[0]!, 2), world.host('bob', homes[1]!, 2), {relay});
	await fallsBack(t, pair, /./);
});

networkTest('two peers in a network that keeps its guests apart fall back to proxy', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const relay = await lab.relayOn(world.host('relay', wan, 10));
	const cafe = world.router('cafe', wan, 1, {kind: 'independent', net4: '192.168.1'});
	const [ada, bob] = [world.host('ada', cafe, 2), world.host('bob', cafe, 3)];
	isolate(cafe.namespace);
	makeProject(lab.path('ada'), {...smallSize, binaries: 0});
	await fallsBack(t, await lab.pair(ada, bob, {relay}), /./);
});

/** All on a switch reach its router and none of the others; the router's port is the first. */
function isolate(namespace: string): void {
	for (const port of ['port1', 'port2'])
		run('ip', ['-n', namespace, 'link', 'set', port, 'type', 'bridge_slave', 'isolated', 'on']);
}

const turnWays = [
	[
		'the relay gives its members credentials for it',
		async (lab: NetworkLab, at: string, server: Parameters<NetworkLab['relayOn']>[0]) => ({
			relay: await lab.relayOn(server, ['--turn', `turn:${at}`], {PULSYNC_TURN_SECRET: turnSecret}),
			flags: [] as string[],
		}),
	],
	[
		'the peers were told of it',
		async (lab: NetworkLab, at: string, server: Parameters<NetworkLab['relayOn']>[0]) => ({
			relay: await lab.relayOn(server),
			flags: ['--turn', `turn:${turnUser}:${turnPassword}@${at}`],
		}),
	],
] as const;

for (const [index, [what, start]] of turnWays.entries()) {
	networkTest(`through two symmetric routers a TURN server gives ice-turn when ${what}`, async (t) => {
		const lab = new NetworkLab(t);
		const {ada, bob, server, turn} = twoHomes(lab, ['symmetric', 'symmetric']);
		await startTurnServer(t, turn, {secret: index === 0});
		const {relay, flags}: {relay: LabRelay; flags: string[]} = await start(
			lab,
			`${turn.address4}:${turnPort}`,
			server,
		);
		makeProject(lab.path('ada'), smallSize);
		const pair = await lab.pair(ada, bob, {relay, flags});
		await linkedAfterJoining(t, pair, ['ice-turn'], 10_000);
		writeRandom(pair.bob, 'from-bob.bin', 3_000_000);
		await settleEqual(t, [pair.ada, pair.bob]);
		toldNoFailure(t, [pair.ada, pair.bob]);
	});
}
