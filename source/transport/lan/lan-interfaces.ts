/** The network interfaces of this machine as discovery uses them. */
import process from 'node:process';
import {machineInterfaces} from '../machine-interfaces.js';

export type LanInterface = {
	readonly name: string;
	/** How IPv6 names the interface in an address. */
	readonly zone: string;
	/** Addresses that others in its network can dial. */
	readonly v4: readonly string[];
	readonly v6: readonly string[];
};

/** A machine full of containers has a hundred; those with an IPv4 address come first. */
const maxInterfaces = 16;

/** The interfaces that are up and lead to others; none on a machine without a network. */
export function lanInterfaces(): readonly LanInterface[] {
	return Object.entries(machineInterfaces())
		.map(([name, entries]) => {
			const outward = (entries ?? []).filter(({internal}) => !internal);
			const scope = outward.find((entry) => entry.family === 'IPv6' && entry.scopeid > 0);
			return {
				name,
				zone: process.platform === 'win32' && scope?.family === 'IPv6' ? String(scope.scopeid) : name,
				v4: outward
					.filter(({family, address}) => family === 'IPv4' && !address.startsWith('169.254.'))
					.map(({address}) => address),
				v6: outward
					.filter(({family, address}) => family === 'IPv6' && !/^fe[89ab]/i.test(address))
					.map(({address}) => address),
			};
		})
		.filter(({v4, v6}) => v4.length + v6.length > 0)
		.sort((one, other) => Math.sign(other.v4.length) - Math.sign(one.v4.length))
		.slice(0, maxInterfaces);
}
