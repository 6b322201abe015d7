/** Two homes behind routers that can be crossed: each link finds the best way that they leave. */
import {type Route} from '../../source/protocol/tiers.js';
import {restrict} from '../helpers/network-faults.js';
import {
	bypassesRelay,
	type LabRelay,
	linkedAfterJoining,
	NetworkLab,
	settleEqual,
	toldNoFailure,
	writeRandom,
} from '../helpers/network-lab.js';
import {type RouterKind} from '../helpers/network-router-rules.js';
import {networkTest} from '../helpers/network-test.js';
import {type Host} from '../helpers/network-world.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

type Homes = {readonly relay: LabRelay; readonly ada: Host; readonly bob: Host};
type Scenario = {
	readonly title: string;
	readonly build: (lab: NetworkLab) => Promise<Homes>;
	readonly routes: readonly Route[];
	readonly withinMs: number;
};

/** A home each behind routers of these kinds, with a relay between them. */
async function twoHomes(
	lab: NetworkLab,
	kinds: readonly [RouterKind, RouterKind],
	restriction?: 'no-udp' | 'no-tcp-between-peers',
): Promise<Homes> {
	const {world} = lab;
	const wan = world.wan();
	const server = world.host('relay', wan, 10);
	const [one, other] = kinds.map((kind, index) =>
		world.router(`home${index}`, wan, index + 1, {kind, net4: `192.168.${index + 1}`}),
	);
	if (restriction) for (const home of [one!, other!]) restrict(home, restriction, server);
	const relay = await lab.relayOn(server);
	return {relay, ada: world.host('ada', one!, 2), bob: world.host('bob', other!, 2)};
}

const scenarios: readonly Scenario[] = [
	{
		title: 'two routers that keep their mapping',
		build: async (lab) => twoHomes(lab, ['independent', 'independent']),
		routes: ['tcp-punched', 'ice-srflx'],
		withinMs: 5000,
	},
	{
		title: 'the same without UDP',
		build: async (lab) => twoHomes(lab, ['independent', 'independent'], 'no-udp'),
		routes: ['tcp-punched'],
		withinMs: 8000,
	},
	{
		title: 'the same without TCP between peers',
		build: async (lab) => twoHomes(lab, ['independent', 'independent'], 'no-tcp-between-peers'),
		routes: ['ice-srflx'],
		withinMs: 8000,
	},
	{
		title: 'a symmetric router and one that passes all to its peer',
		build: async (lab) => twoHomes(lab, ['symmetric', 'exposed']),
		routes: ['tcp-punched', 'ice-srflx', 'tcp-lan'],
		withinMs: 8000,
	},
	{
		title: 'two layers of routers on one side',
		async build(lab) {
			const {world} = lab;
			const wan = world.wan();
			const relay = await lab.relayOn(world.host('relay', wan, 10));
			const provider = world.router('provider', wan, 1, {kind: 'independent', net4: '10.64.0'});
			const inner = world.router('inner', provider, 2, {kind: 'independent', net4: '192.168.1'});
			const home = world.router('home', wan, 2, {kind: 'independent', net4: '192.168.1'});
			// Both homes use the same private addresses, as homes do.
			return {relay, ada: world.host('ada', inner, 2), bob: world.host('bob', home, 3)};
		},
		routes: ['tcp-punched', 'ice-srflx'],
		withinMs: 8000,
	},
	{
		title: 'IPv6 alone, through firewalls',
		build: async (lab) => twoNetworksOfIpv6(lab, 'none'),
		routes: ['tcp-punched', 'ice-host', 'ice-srflx'],
		withinMs: 8000,
	},
	{
		title: 'IPv6 alone, without firewalls',
		build: async (lab) => twoNetworksOfIpv6(lab, 'open'),
		routes: ['tcp-lan'],
		withinMs: 5000,
	},
];

async function twoNetworksOfIpv6(lab: NetworkLab, kind: RouterKind): Promise<Homes> {
	const {world} = lab;
	const wan = world.wan({net6: '2001:db8:0:1'});
	const relay = await lab.relayOn(world.host('relay', wan, 10));
	const one = world.router('one', wan, 1, {kind, net6: '2001:db8:0:a'});
	const other = world.router('other', wan, 2, {kind, net6: '2001:db8:0:b'});
	return {relay, ada: world.host('ada', one, 2), bob: world.host('bob', other, 2)};
}

for (const {title, build, routes, withinMs} of scenarios) {
	networkTest(`through ${title} the link runs over ${routes.join(' or ')}`, async (t) => {
		const lab = new NetworkLab(t);
		const {relay, ada, bob} = await build(lab);
		makeProject(lab.path('ada'), smallSize);
		const pair = await lab.pair(ada, bob, {relay});
		const peers = [pair.ada, pair.bob];
		await linkedAfterJoining(t, pair, routes, withinMs);
		for (const peer of peers)
			await peer.waitFor('attempt', ({route, outcome}) => outcome === 'ok' && routes.includes(route));
		await settleEqual(t, peers);
		await bypassesRelay(t, relay, async () => {
			writeRandom(pair.bob, 'from-bob.bin', 3_000_000);
			await settleEqual(t, peers);
		});
		toldNoFailure(t, peers);
	});
}
