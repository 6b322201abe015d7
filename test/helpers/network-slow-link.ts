/**
 * A host behind a cable of a chosen delay, loss and rate. The cable is a namespace with two switches; a process carries the
 * frames between them, since not every kernel has netem.
 */
import type {ExecutionContext} from 'ava';
import {ip, run} from './network-namespaces.js';
import {startHelper} from './network-process.js';
import {type Host, type Segment, type World} from './network-world.js';

export type CableQuality = {
	/** Each way. */
	readonly delayMs?: number;
	/** Each way. */
	readonly lossPercent?: number;
	/** Each way; 0 or none: as fast as it goes. */
	readonly bytesPerSecond?: number;
};

const ends = [
	{name: 'near', hears: 4701, sendsTo: 5701},
	{name: 'far', hears: 4702, sendsTo: 5702},
] as const;
const switchAddress = '10.255.0.1';
const carrierAddress = '10.255.0.2';

/** Like `World.host`, but the host's cable is of this quality. */
export async function hostOverSlowLink(
	t: ExecutionContext,
	world: World,
	name: string,
	segment: Segment,
	number: number,
	{delayMs = 0, lossPercent = 0, bytesPerSecond = 0}: CableQuality,
): Promise<Host> {
	const namespace = world.namespace(`${name}-cable`);
	// The carrier stands outside: the kernel hands packets for its own addresses over without sending them.
	const outside = world.namespace(`${name}-carrier`);
	run('ip', [
		...['-n', namespace, 'link', 'add', 'wire', 'mtu', '9000', 'type', 'veth'],
		...['peer', 'name', 'wire', 'mtu', '9000', 'netns', outside],
	]);
	ip(namespace, ['link set wire up', `addr add ${switchAddress}/24 dev wire`]);
	ip(outside, ['link set wire up', `addr add ${carrierAddress}/24 dev wire`]);
	for (const {name: end, hears, sendsTo} of ends) {
		ip(namespace, [
			`link add ${end} type bridge mcast_snooping 0`,
			`link set ${end} up`,
			`link add to-${end} type vxlan id 1 dstport ${hears} local ${switchAddress} dev wire nolearning`,
			`link set to-${end} mtu 1500 gso_max_segs 1 gso_max_size 1600 master ${end} up`,
		]);
		run('ip', [
			...['netns', 'exec', namespace, 'bridge', 'fdb', 'append', '00:00:00:00:00:00'],
			...['dev', `to-${end}`, 'dst', carrierAddress, 'port', String(sendsTo)],
		]);
	}
	world.plug(namespace, 'uplink', segment);
	ip(namespace, ['link set uplink master far']);
	const [near, far] = ends;
	const cable = startHelper(t, ['ip', 'netns', 'exec', outside], 'network-slow-link-program', [
		switchAddress,
		...[near.sendsTo, near.hears, far.sendsTo, far.hears],
		...[delayMs, lossPercent, bytesPerSecond],
	]);
	await cable.line('the cable', (line) => line === 'ready');
	return world.host(name, {...segment, namespace, bridge: 'near', ports: 0}, number);
}
