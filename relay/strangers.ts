/** Sockets that have not entered yet cost memory that nobody answers for: few in all, and few from one network. */
import {type Connection} from './connection.js';
import {isLoopback, networkOf} from './rate-table.js';
import {type RelayLimits} from './relay-limits.js';

export class Strangers {
	readonly #waiting = new Set<Connection>();

	/** Counts a new socket in; false where there are too many. */
	admit(connection: Connection, limits: RelayLimits): boolean {
		for (const each of this.#waiting) if (each.status !== 'stranger') this.#waiting.delete(each);
		if (this.#waiting.size >= limits.maxHandshakes) return false;
		const network = wideNetworkOf(connection.port.address);
		let same = 0;
		for (const {port} of this.#waiting) if (wideNetworkOf(port.address) === network) same++;
		if (network !== undefined && same >= limits.maxHandshakesOfNetwork) return false;
		this.#waiting.add(connection);
		return true;
	}
}

/** An IPv4 /24 or an IPv6 /64; undefined for this machine itself, where a reverse proxy may bring everybody. */
function wideNetworkOf(address: string): string | undefined {
	if (isLoopback(address)) return undefined;
	return address.includes('.') ? address.split('.').slice(0, 3).join('.') : networkOf(address);
}
