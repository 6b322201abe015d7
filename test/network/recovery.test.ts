/** After what happens to laptops and servers, a session is usable again within 15 s, by itself. */
import {cut, readdress, resetConnections} from '../helpers/network-faults.js';
import {
	arrivesBy,
	linkedAfterJoining,
	linkedBy,
	NetworkLab,
	type Pair,
	settleEqual,
} from '../helpers/network-lab.js';
import {networkTest} from '../helpers/network-test.js';
import {type Host} from '../helpers/network-world.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';

const usableMs = 15_000;

/** Two peers in one home, with a relay outside. */
async function oneHome(lab: NetworkLab): Promise<{relayHost: Host; ada: Host; bob: Host}> {
	const {world} = lab;
	const wan = world.wan();
	const home = world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
	return {
		relayHost: world.host('relay', wan, 10),
		ada: world.host('ada', home, 2),
		bob: world.host('bob', home, 3),
	};
}

/** Two homes that only the relay joins. */
async function twoHomes(lab: NetworkLab): Promise<{relayHost: Host; ada: Host; bob: Host}> {
	const {world} = lab;
	const wan = world.wan();
	const [one, other] = [1, 2].map((number) =>
		world.router(`home${number}`, wan, number, {kind: 'symmetric', net4: `192.168.${number}`}),
	);
	return {
		relayHost: world.host('relay', wan, 10),
		ada: world.host('ada', one!, 2),
		bob: world.host('bob', other!, 2),
	};
}

/** Saves of both sides arrive in time. */
async function usable(t: Parameters<typeof arrivesBy>[0], {ada, bob}: Pair, since: number): Promise<void> {
	await arrivesBy(t, [ada, bob], {since, withinMs: usableMs});
	await arrivesBy(t, [bob, ada], {since: Date.now(), withinMs: 5000});
}

networkTest('a peer in the same network gets another address', async (t) => {
	const lab = new NetworkLab(t);
	const {relayHost, ada, bob} = await oneHome(lab);
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(relayHost)});
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	const changedAt = Date.now();
	readdress(bob, 77);
	await usable(t, pair, changedAt);
	await linkedBy(t, [pair.ada, pair.bob], ['tcp-lan'], {since: changedAt, withinMs: 30_000});
});

networkTest('the invite of a host that gets another address names that, and is good', async (t) => {
	const lab = new NetworkLab(t);
	const lan = lab.world.segment('lan', {net4: '192.168.1'});
	const [home, guest] = [lab.world.host('ada', lan, 2), lab.world.host('bob', lan, 3)];
	makeProject(lab.path('ada'), smallSize);
	const ada = await lab.hostOn(home, []);
	const named = (invite: string) => invite.includes('192.168.1.77');
	t.false(named(ada.invite));
	readdress(home, 77);
	const invite = await waitUntil('the new address', async () => {
		const now = String((await ada.ask({request: 'invite'})).invite);
		return named(now) && now;
	});
	t.false(invite.includes('192.168.1.2:'));
	const bob = await lab.joinOn(guest, invite);
	await settleEqual(t, [ada, bob]);
});

networkTest('a peer behind a router of its own gets another address', async (t) => {
	const lab = new NetworkLab(t);
	const {relayHost, ada, bob} = await twoHomes(lab);
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(relayHost)});
	await linkedAfterJoining(t, pair, ['proxy'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	const changedAt = Date.now();
	readdress(bob, 77);
	await usable(t, pair, changedAt);
});

networkTest('the relay starts again under two peers that need it', async (t) => {
	const lab = new NetworkLab(t);
	const {relayHost, ada, bob} = await twoHomes(lab);
	makeProject(lab.path('ada'), smallSize);
	const relay = await lab.relayOn(relayHost);
	const pair = await lab.pair(ada, bob, {relay});
	await linkedAfterJoining(t, pair, ['proxy'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	await relay.program.kill();
	await lab.relayOn(relayHost);
	await usable(t, pair, Date.now());
});

networkTest('the relay is away for a while: the direct link goes on, and nobody is lost', async (t) => {
	const lab = new NetworkLab(t);
	const {relayHost, ada, bob} = await oneHome(lab);
	makeProject(lab.path('ada'), smallSize);
	const relay = await lab.relayOn(relayHost);
	const pair = await lab.pair(ada, bob, {relay});
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	const before = pair.bob.events.length;
	await relay.program.kill();
	await arrivesBy(t, [pair.ada, pair.bob], {since: Date.now(), withinMs: 2000});
	await lab.relayOn(relayHost);
	await usable(t, pair, Date.now());
	const links = pair.bob.events.slice(before).filter(({event}) => event === 'link');
	t.false(
		links.some((event) => event.event === 'link' && event.status !== 'online'),
		JSON.stringify(links),
	);
});

networkTest('connections that are reset are opened again', async (t) => {
	const lab = new NetworkLab(t);
	const {relayHost, ada, bob} = await oneHome(lab);
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(relayHost)});
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, [pair.ada, pair.bob]);
	for (const address of [ada.address4!, relayHost.address4!]) resetConnections(bob, address);
	const resetAt = Date.now();
	await usable(t, pair, resetAt);
	await linkedBy(t, [pair.ada, pair.bob], ['tcp-lan'], {since: resetAt, withinMs: 20_000});
});

networkTest('a peer walks out of the common network into another one, and back', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const [home, hotspot] = [1, 2].map((number) =>
		world.router(`place${number}`, wan, number, {kind: 'independent', net4: `192.168.${number}`}),
	);
	const [ada, bob] = [world.host('ada', home!, 2), world.host('bob', home!, 3)];
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(world.host('relay', wan, 10))});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	await settleEqual(t, peers);
	const leftAt = Date.now();
	const away = world.move(bob, hotspot!, 7);
	await usable(t, pair, leftAt);
	await linkedBy(t, peers, ['tcp-punched', 'ice-srflx'], {since: leftAt, withinMs: 30_000});
	const backAt = Date.now();
	world.move(away, home!, 8);
	await usable(t, pair, backAt);
	await linkedBy(t, peers, ['tcp-lan'], {since: backAt, withinMs: 30_000});
});

networkTest('a punched path that falls silent gives way within 8 s, and comes back', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const homes = [1, 2].map((number) =>
		world.router(`home${number}`, wan, number, {kind: 'independent', net4: `192.168.${number}`}),
	);
	const [ada, bob] = [world.host('ada', homes[0]!, 2), world.host('bob', homes[1]!, 2)];
	makeProject(lab.path('ada'), smallSize);
	const pair = await lab.pair(ada, bob, {relay: await lab.relayOn(world.host('relay', wan, 10))});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['tcp-punched', 'ice-srflx'], 5000);
	await settleEqual(t, peers);
	const cutAt = Date.now();
	const silence = cut(ada, ['203.0.113.2']);
	await linkedBy(t, peers, ['proxy'], {since: cutAt, withinMs: 8000});
	await arrivesBy(t, [pair.ada, pair.bob], {since: Date.now(), withinMs: 3000});
	silence.lift();
	await linkedBy(t, peers, ['tcp-punched', 'ice-srflx'], {since: Date.now(), withinMs: 15_000});
	await arrivesBy(t, [pair.bob, pair.ada], {since: Date.now(), withinMs: 3000});
});
