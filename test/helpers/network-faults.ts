/** What goes wrong in networks: firewalls, cuts, losses, narrow cables, resets, other addresses, closed lids. */
import process from 'node:process';
import {ip, nft, processesIn, run} from './network-namespaces.js';
import {addressesOf, type Host, setAddress} from './network-world.js';

/** What a router lets out towards others than one server; the server is always reachable. */
type Restriction = 'no-udp' | 'no-tcp-between-peers' | 'only-relay';

/** Restricts what goes through a router, from now on, for connections that are there already too. */
export function restrict(
	{router}: {readonly router: string},
	restriction: Restriction,
	server: {readonly address4?: string; readonly address6?: string; readonly port?: number},
): void {
	const [family, address] = server.address4 ? ['ip', server.address4] : ['ip6', server.address6];
	const [to, from] = [`${family} daddr ${address}`, `${family} saddr ${address}`];
	const rules = {
		'no-udp': ['meta l4proto udp drop'],
		'no-tcp-between-peers': [`${to} accept`, `${from} accept`, 'meta l4proto tcp drop'],
		'only-relay': [
			`${to} tcp dport ${server.port} accept`,
			`${from} tcp sport ${server.port} accept`,
			'drop',
		],
	}[restriction];
	nft(
		router,
		`table inet restriction {
			chain forward {
				type filter hook forward priority -5
				${rules.join('\n')}
			}
		}`,
	);
}

/** Swallows what goes between a host and these addresses, in both directions and without a word; returns what lifts it. */
export function cut(host: Host, addresses: readonly string[]): {lift(): void} {
	const drops = (direction: 'saddr' | 'daddr') =>
		addresses.map((address) => `${address.includes(':') ? 'ip6' : 'ip'} ${direction} ${address} drop`);
	nft(
		host.namespace,
		`table inet cut {
			chain in {
				type filter hook input priority -300
				${drops('saddr').join('\n')}
			}
			chain out {
				type filter hook output priority -300
				${drops('daddr').join('\n')}
			}
		}`,
	);
	return {lift: () => nft(host.namespace, 'delete table inet cut')};
}

/** Shapes what a host sends. */
export function shape(host: Host, megabitsPerSecond: number): void {
	run('tc', [
		...['-n', host.namespace, 'qdisc', 'replace', 'dev', 'eth0', 'root', 'tbf'],
		...['rate', `${megabitsPerSecond}mbit`, 'burst', '64kb', 'latency', '50ms'],
	]);
}

/** Ends the TCP connections between a host and an address by reset, on the host's side. */
export function resetConnections(host: Host, address: string): void {
	run('ip', ['netns', 'exec', host.namespace, 'ss', '-K', 'dst', address]);
}

/** Gives a host another address in its segment, as a new lease does. */
export function readdress(host: Host, number: number): Host {
	ip(host.namespace, ['addr flush dev eth0 scope global']);
	setAddress(host.namespace, host.segment, number);
	return {...host, ...addressesOf(host.segment, number)};
}

/** Stops or continues all that runs in a host, as a closed and opened lid does. */
export function signalAll(host: Host, signal: 'SIGSTOP' | 'SIGCONT'): void {
	for (const pid of processesIn(host.namespace)) process.kill(pid, signal);
}
