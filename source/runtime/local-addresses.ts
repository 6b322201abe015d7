/** The addresses under which others can reach this machine, for invites. */
import {networkInterfaces} from 'node:os';

/** As many as an invite can carry without becoming unwieldy. */
const maxAddresses = 4;

/**
 * Addresses of this machine's interfaces, best first: IPv4 before IPv6, none that only this machine or this link can
 * use. With no network at all the loopback address remains, so that two peers on one machine still meet.
 */
export function localAddresses(): readonly string[] {
	const usable = Object.values(networkInterfaces())
		.flatMap((entries) => entries ?? [])
		.filter(
			({internal, address}) => !internal && !address.startsWith('169.254.') && !/^fe[89ab]/i.test(address),
		)
		.sort((one, other) => (one.family === other.family ? 0 : one.family === 'IPv4' ? -1 : 1))
		.map(({address}) => address);
	return usable.length > 0 ? [...new Set(usable)].slice(0, maxAddresses) : ['127.0.0.1'];
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
