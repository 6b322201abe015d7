/** Who helps a direct attempt: the servers that the relay names, and those of the user's own. */
import {type TurnServer} from '../protocol/ice-server.js';
import {type RelayConnection} from '../transport/relay-socket.js';

export type DirectServers = {
	readonly stun: readonly string[];
	readonly turn: readonly TurnServer[];
	/** Absolute URLs. */
	readonly reflectors: readonly string[];
};

/**
 * Without a relay, or with none but the one inside this process, which sees us as we are, there are only the user's own
 * servers.
 */
export function directServers(
	own: {readonly stun?: readonly string[]; readonly turn?: readonly TurnServer[]},
	relay: Pick<RelayConnection, 'url' | 'limits'> | undefined,
): DirectServers {
	const facts = relay?.limits;
	return {
		stun: [...(own.stun ?? []), ...(facts?.stun ?? [])],
		turn: [...(own.turn ?? []), ...(facts?.turn ?? [])],
		reflectors: relay ? relay.limits.reflectors.flatMap((reflector) => absolute(reflector, relay.url)) : [],
	};
}

/**
 * A reflector is on the relay's own host and has one path: whatever else a relay names could be a service in our network
 * that does something when it is asked.
 */
function absolute(reflector: string, relayUrl: string): string[] {
	try {
		const relay = new URL(relayUrl.replace(/^ws/, 'http'));
		const url = new URL(reflector, relay);
		const isReflector =
			(url.protocol === 'http:' || url.protocol === 'https:') &&
			url.hostname === relay.hostname &&
			url.pathname === '/reflect' &&
			url.search === '' &&
			url.username === '' &&
			url.password === '';
		return isReflector ? [url.href] : [];
	} catch {
		return [];
	}
}

/** True for an address that means this machine alone. */
export function isLoopbackHost(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
