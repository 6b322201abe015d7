/** Who asks over HTTP, as far as a request tells: the address behind a proxy, and whether a WebSocket is for them. */
import {type IncomingMessage} from 'node:http';
import {plainAddress} from './reflector.js';

/** Why a WebSocket is refused: an unknown path, or a page in a browser that nobody allowed. */
export function refusalOf(
	{url = '', headers: {origin}}: IncomingMessage,
	allowOrigins: readonly string[],
): {readonly why: string; readonly status: string} | undefined {
	if (!isRelayPath(url)) return {why: 'not_found', status: '404 Not Found'};
	if (origin === undefined || allowOrigins.includes(origin)) return undefined;
	return {why: 'origin', status: '403 Forbidden'};
}

/** @param trustProxy Believe the last address of X-Forwarded-For. */
export function clientOf(request: IncomingMessage, trustProxy: boolean): {address: string; port: number} {
	const {remoteAddress = '', remotePort = 0} = request.socket;
	const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
	// The last entry is what our own proxy saw; those before it are the client's claim.
	const last = (Array.isArray(forwarded) ? forwarded.at(-1) : forwarded)?.split(',').at(-1)?.trim();
	const address = plainAddress(last === undefined ? remoteAddress : withoutPort(last)).slice(0, 64);
	return {address, port: last === undefined ? remotePort : 0};
}

/**
 * Some proxies say the client's port as well: `192.0.2.1:5678`, `[2001:db8::1]:443`. With it each socket would be an
 * address of its own, and no limit of an address would hold.
 */
function withoutPort(text: string): string {
	const [, six, four] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(text) ?? [];
	// A bare IPv6 address has colons of its own.
	return six ?? four ?? text;
}

/** `/ws`, also below the path of a reverse proxy, and the bare address. */
function isRelayPath(url: string): boolean {
	const path = url.split('?', 1)[0] ?? '';
	return path === '/' || path.endsWith('/ws');
}
