/**
 * A small internet of network namespaces: segments (a switch each), hosts with one interface on a segment, and routers
 * that join an inner segment to an outer one with NAT or a firewall. All interfaces live inside the namespaces, so nothing of
 * the machine's own network is touched.
 */
import type {ExecutionContext} from 'ava';
import {ip, namespaceName, nft, removeNamespace, run, sweepNamespaces} from './network-namespaces.js';
import {type RouterKind, routerRules} from './network-router-rules.js';

/** A switch; its hosts' addresses are `net4.N` and `net6::N`. */
export type Segment = {
	readonly namespace: string;
	readonly bridge: string;
	readonly net4?: string;
	readonly net6?: string;
	/** The way out for hosts of this segment, the last number of an address. */
	readonly gateway: number;
	ports: number;
};

export type Host = {
	readonly name: string;
	readonly namespace: string;
	readonly segment: Segment;
	readonly address4?: string;
	readonly address6?: string;
	/** Words that start a program inside. */
	readonly via: readonly string[];
};

export class World {
	readonly #namespaces: string[] = [];

	constructor(t: ExecutionContext) {
		sweepNamespaces();
		t.teardown(() => {
			for (const name of this.#namespaces) removeNamespace(name);
		});
	}

	/** A switch with a net of IPv4, of IPv6, or both. */
	segment(name: string, {net4, net6}: {net4?: string; net6?: string}, gateway = 254): Segment {
		const namespace = this.namespace(name);
		ip(namespace, ['link add switch type bridge mcast_snooping 0', 'link set switch up']);
		return {namespace, bridge: 'switch', net4, net6, gateway, ports: 0};
	}

	/** The segment between all others: public addresses, with a router that knows nothing of private ones. */
	wan(net: {net4?: string; net6?: string} = {net4: '203.0.113'}): Segment {
		const wan = this.segment('wan', net);
		// Without a way out a server gets "unreachable" where on the internet it gets silence.
		ip(wan.namespace, addressCommands('switch', wan, wan.gateway));
		forward(wan.namespace, ['ipv6']);
		return wan;
	}

	host(name: string, segment: Segment, number: number): Host {
		const namespace = this.namespace(name);
		this.plug(namespace, 'eth0', segment);
		setAddress(namespace, segment, number);
		return {
			name,
			namespace,
			segment,
			...addressesOf(segment, number),
			via: ['ip', 'netns', 'exec', namespace],
		};
	}

	/** A router with address `number` on the outer segment; returns the inner one. */
	router(
		name: string,
		outer: Segment,
		number: number,
		{kind, net4, net6}: {kind: RouterKind; net4?: string; net6?: string},
	): Segment & {readonly router: string} {
		const inner = this.segment(`${name}-lan`, {net4, net6}, 1);
		const namespace = this.namespace(name);
		this.plug(namespace, 'outside', outer);
		this.plug(namespace, 'inside', inner);
		ip(namespace, [
			...addressCommands('outside', outer, number),
			...addressCommands('inside', inner, 1),
			...defaultRoutes(outer),
		]);
		forward(namespace, ['ipv4', 'ipv6']);
		nft(namespace, routerRules(kind, inner));
		// Public addresses need no NAT, but the others must know the way to them.
		if ((kind === 'none' || kind === 'open') && inner.net6 && outer.net6)
			ip(outer.namespace, [`route add ${inner.net6}::/64 via ${outer.net6}::${number}`]);
		return Object.assign(inner, {router: namespace});
	}

	/** Takes a host's cable out and puts it into another segment, as one who walks from one network into another. */
	move(host: Host, segment: Segment, number: number): Host {
		ip(host.namespace, ['link del eth0']);
		this.plug(host.namespace, 'eth0', segment);
		setAddress(host.namespace, segment, number);
		return {...host, segment, ...addressesOf(segment, number)};
	}

	/** Connects a namespace to a segment. */
	plug(namespace: string, device: string, segment: Segment): void {
		const port = `port${segment.ports++}`;
		run('ip', [
			...['-n', segment.namespace, 'link', 'add', port, 'type', 'veth'],
			...['peer', 'name', device, 'netns', namespace],
		]);
		ip(segment.namespace, [`link set ${port} master ${segment.bridge} up`]);
		ip(namespace, [`link set ${device} up`]);
	}

	/** A namespace that goes when the test does. */
	namespace(name: string): string {
		const namespace = namespaceName(name);
		this.#namespaces.push(namespace);
		run('ip', ['netns', 'add', namespace]);
		// Addresses at once: nobody else has them, so looking for duplicates only takes time.
		run('ip', [
			...['netns', 'exec', namespace, 'sh', '-c'],
			'for name in all default; do echo 0 >/proc/sys/net/ipv6/conf/$name/accept_dad; done',
		]);
		ip(namespace, ['link set lo up']);
		return namespace;
	}
}

function forward(namespace: string, families: readonly ('ipv4' | 'ipv6')[]): void {
	const commands = families.map((family) => `echo 1 >/proc/sys/net/${family}/conf/all/forwarding`);
	run('ip', ['netns', 'exec', namespace, 'sh', '-c', commands.join('; ')]);
}

/** The addresses of one number in a segment. */
export function addressesOf({net4, net6}: Segment, number: number): {address4?: string; address6?: string} {
	return {
		...(net4 ? {address4: `${net4}.${number}`} : {}),
		...(net6 ? {address6: `${net6}::${number}`} : {}),
	};
}

function addressCommands(device: string, {net4, net6}: Segment, number: number): string[] {
	return [
		...(net4 ? [`addr add ${net4}.${number}/24 dev ${device}`] : []),
		...(net6 ? [`addr add ${net6}::${number}/64 dev ${device} nodad`] : []),
	];
}

function defaultRoutes({net4, net6, gateway}: Segment): string[] {
	return [
		...(net4 ? [`route add default via ${net4}.${gateway}`] : []),
		...(net6 ? [`route add default via ${net6}::${gateway}`] : []),
	];
}

/** Gives a host the address of this number, and the way out. */
export function setAddress(namespace: string, segment: Segment, number: number): void {
	ip(namespace, [...addressCommands('eth0', segment, number), ...defaultRoutes(segment)]);
}
