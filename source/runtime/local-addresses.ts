/** The addresses under which others can reach this machine, for invites. */
import {machineInterfaces} from '../transport/machine-interfaces.js';

/** As many as an invite can carry without becoming unwieldy. */
const maxAddresses = 4;

/**
 * Addresses of this machine's interfaces, best first: IPv4 before IPv6, none that only this machine or this link can
 * use. With no network at all the loopback address remains, so that two peers on one machine still meet. However many
 * bridges a machine has, one IPv6 address is among them if it has any.
 */
export function localAddresses(most = maxAddresses): readonly string[] {
	const usable = Object.values(machineInterfaces())
		.flatMap((entries) => entries ?? [])
		.filter(
			({internal, address}) => !internal && !address.startsWith('169.254.') && !/^fe[89ab]/i.test(address),
		)
		.sort((one, other) => (one.family === other.family ? 0 : one.family === 'IPv4' ? -1 : 1))
		.map(({address}) => address);
	if (usable.length === 0) return ['127.0.0.1'];
	const all = [...new Set(usable)];
	// IPv6 comes last: where not all have room, the first of it takes the last place.
	const last = all.slice(most - 1).find((address) => address.includes(':')) ?? all[most - 1];
	return [...all.slice(0, most - 1), ...(last === undefined ? [] : [last])];
}

/** `HOST[:PORT]` of --advertise; an IPv6 address stands in brackets when a port follows. */
export function parseAdvertised(text: string, port: number): {host: string; port: number} | undefined {
	const match =
		/^(?:\[([\da-f:.]+)\]|([^\s:/[\]]+)|([\da-f:.]*:[\da-f:.]*:[\da-f:.]*))(?::(\d{1,5}))?$/i.exec(text);
	if (!match) return undefined;
	const given = match[4] === undefined ? port : Number(match[4]);
	const host = match[1] ?? match[2] ?? match[3] ?? '';
	return given >= 1 && given <= 65_535 ? {host, port: given} : undefined;
}
