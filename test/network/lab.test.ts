/** The lab itself: its routers do to bare programs what routers of their kind do out there. */
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import process from 'node:process';
import type {ExecutionContext} from 'ava';
import {cut, restrict} from '../helpers/network-faults.js';
import {namespaceName, run, sweepNamespaces} from '../helpers/network-namespaces.js';
import {
	type LabProcess,
	startHelper,
	startTurnServer,
	turnPassword,
	turnPort,
	turnUser,
} from '../helpers/network-process.js';
import {hostOverSlowLink} from '../helpers/network-slow-link.js';
import {networkTest} from '../helpers/network-test.js';
import {type RouterKind} from '../helpers/network-router-rules.js';
import {type Host, World} from '../helpers/network-world.js';

/** Two processes start and load the library, beside others that keep the machine busy. */
const openDeadlineMs = 40_000;

type Mapping = {readonly ip: string; readonly port: number};

/** Two homes behind routers of these kinds, and a server between them. */
function twoHomes(
	t: ExecutionContext,
	one: RouterKind,
	other: RouterKind,
): {server: Host; ada: Host; bob: Host} {
	const world = new World(t);
	const wan = world.wan();
	const server = world.host('server', wan, 10);
	const left = world.router('left', wan, 1, {kind: one, net4: '192.168.1'});
	const right = world.router('right', wan, 2, {kind: other, net4: '192.168.2'});
	return {server, ada: world.host('ada', left, 2), bob: world.host('bob', right, 2)};
}

async function startPunch(t: ExecutionContext, {server, ada, bob}: ReturnType<typeof twoHomes>) {
	await startHelper(t, server.via, 'network-bare-program', ['reflect', 4001, 4002]).told('ready');
	const peers = [ada, bob].map(({via}) =>
		startHelper(t, via, 'network-bare-program', ['punch', server.address4!, 4001, 4002]),
	);
	const mappings = await Promise.all(
		peers.map(async (peer) => (await peer.told('mappings')).mappings as Mapping[]),
	);
	return {peers, mappings};
}

async function punch(peers: readonly LabProcess[], mappings: readonly Mapping[][]): Promise<unknown[]> {
	peers[0]!.tell(mappings[1]![1]!);
	peers[1]!.tell(mappings[0]![1]!);
	return Promise.all(peers.map(async (peer) => (await peer.told('connected')).connected));
}

networkTest(
	'two reflectors see one mapping of an independent router and two of a symmetric one',
	async (t) => {
		const {mappings} = await startPunch(t, twoHomes(t, 'independent', 'symmetric'));
		const [independent, symmetric] = mappings as [Mapping[], Mapping[]];
		t.deepEqual(independent[0], independent[1]);
		t.is(independent[0]!.ip, '203.0.113.1');
		t.is(symmetric[0]!.ip, '203.0.113.2');
		t.not(symmetric[0]!.port, symmetric[1]!.port);
	},
);

networkTest('TCP opens from both sides at once between two independent routers', async (t) => {
	const {peers, mappings} = await startPunch(t, twoHomes(t, 'independent', 'independent'));
	t.deepEqual(await punch(peers, mappings), [true, true]);
});

networkTest('TCP does not open between two symmetric routers', async (t) => {
	const {peers, mappings} = await startPunch(t, twoHomes(t, 'symmetric', 'symmetric'));
	t.deepEqual(await punch(peers, mappings), [false, false]);
});

networkTest('TCP does not open between a symmetric router and an independent one', async (t) => {
	const {peers, mappings} = await startPunch(t, twoHomes(t, 'symmetric', 'independent'));
	t.deepEqual(await punch(peers, mappings), [false, false]);
});

for (const [kind, policy, found] of [
	['independent', 'all', 'srflx'],
	['symmetric', 'relay', 'relay'],
] as const) {
	networkTest(`a data channel opens between two ${kind} routers by ${found} candidates`, async (t) => {
		const {server, ada, bob} = twoHomes(t, kind, kind);
		await startTurnServer(t, server);
		const at = `${server.address4}:${turnPort}`;
		const servers = policy === 'relay' ? [`turn:${turnUser}:${turnPassword}@${at}`] : [`stun:${at}`];
		const start = (host: Host, role: string) =>
			startHelper(t, host.via, 'network-bare-program', ['data-channel', role, policy, ...servers]);
		const peers = [start(ada, 'offer'), start(bob, 'answer')] as const;
		t.teardown(passSignals(...peers));
		const saidByBoth = () => peers.map(({lines}) => lines.join('\n')).join('\n\n');
		for (const peer of peers) {
			const local = await peer.told('local', openDeadlineMs).catch((error: unknown) => String(error));
			t.is(typeof local === 'object' ? local.local : local, found, saidByBoth());
		}
	});
}

networkTest('a restricted router lets nothing else through, and a cut is lifted again', async (t) => {
	const world = new World(t);
	const wan = world.wan();
	const server = world.host('server', wan, 10);
	const home = world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
	const ada = world.host('ada', home, 2);
	await startHelper(t, server.via, 'network-bare-program', ['reflect', 4001, 4002]).told('ready');
	t.deepEqual([canConnect(ada, server, 4001), canConnect(ada, server, 4002)], [true, true]);
	restrict(home, 'only-relay', {...server, port: 4001});
	t.deepEqual([canConnect(ada, server, 4001), canConnect(ada, server, 4002)], [true, false]);
	const silence = cut(ada, [server.address4!]);
	t.false(canConnect(ada, server, 4001));
	silence.lift();
	t.true(canConnect(ada, server, 4001));
});

networkTest('a slow link delays, loses and holds back', async (t) => {
	const world = new World(t);
	const lan = world.segment('lan', {net4: '192.168.1'});
	const server = world.host('server', lan, 10);
	const ada = await hostOverSlowLink(t, world, 'ada', lan, 2, {delayMs: 40, bytesPerSecond: 1_000_000});
	await startHelper(t, server.via, 'network-bare-program', ['drain', 4002]).told('ready');
	const filled = startHelper(t, ada.via, 'network-bare-program', ['fill', server.address4!, 4002, 2_000_000]);
	const {connectMs, bytesPerSecond} = await filled.told('bytesPerSecond');
	t.true(Number(connectMs) >= 80 && Number(connectMs) < 400, `${String(connectMs)} ms`);
	t.true(Number(bytesPerSecond) < 1_100_000, `${String(bytesPerSecond)} B/s`);
	t.true(Number(bytesPerSecond) > 300_000, `${String(bytesPerSecond)} B/s`);
});

networkTest('namespaces of a dead run are swept, those of a live one stay', (t) => {
	const dead = spawnSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))'], {
		encoding: 'utf8',
	});
	const [stale, live] = [`pulsync-${dead.stdout}-1-stale`, namespaceName('live')];
	t.teardown(() => run('ip', ['netns', 'del', live]));
	for (const name of [stale, live]) run('ip', ['netns', 'add', name]);
	sweepNamespaces();
	const names = readdirSync('/run/netns');
	t.false(names.includes(stale));
	t.true(names.includes(live));
	return Promise.resolve();
});

/** Carries what each of two data channel programs says to the other; returns what stops it. */
function passSignals(one: LabProcess, other: LabProcess): () => void {
	const passed = new Map([
		[one, 0],
		[other, 0],
	]);
	const timer = setInterval(() => {
		for (const [from, to] of [
			[one, other],
			[other, one],
		] as const) {
			for (const line of from.lines.slice(passed.get(from))) {
				if (/^\{"(sdp|candidate|ready)"/.test(line)) to.tell(JSON.parse(line) as object);
			}
			passed.set(from, from.lines.length);
		}
	}, 10);
	return () => clearInterval(timer);
}

function canConnect(from: Host, to: Host, port: number): boolean {
	const code = `const socket = require('node:net').connect(${port}, '${to.address4}');
		socket.on('data', () => process.exit(0)).on('error', () => process.exit(1));
		setTimeout(() => process.exit(1), 500);`;
	const [program, ...words] = [...from.via, process.execPath, '-e', code];
	return spawnSync(program, words).status === 0;
}
