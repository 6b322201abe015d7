/** STUN and TURN servers as people write them: `stun:host[:port]` and `turn:[user:password@]host[:port]`. */
import {parseAddress} from './address.js';

export type TurnServer = {
	/** `turn:host:port`. */
	readonly url: string;
	readonly username?: string;
	readonly credential?: string;
};

/** Of both protocols, over UDP. */
const defaultPort = 3478;
/** A longer one would not fit what the relay tells its members. */
const maxTextLength = 256;

/** The whole form `stun:host:port`; undefined for what names no STUN server over UDP. */
export function parseStunUrl(text: string): string | undefined {
	const match = /^stun:(?!\/)([^@?\s]+)(?:\?transport=udp)?$/i.exec(text.trim());
	const server = match && formatServer(match[1]!);
	return server ? within(`stun:${server}`) : undefined;
}

/**
 * A TURN server over UDP, with its whole URL; undefined for anything else. Signs that mean something in a URL are
 * written `%40` in a name or password.
 */
export function parseTurnUrl(text: string): TurnServer | undefined {
	const match = /^turn:(?!\/)(?:([^@:\s]+):(\S+)@)?([^@?\s]+)(?:\?transport=udp)?$/i.exec(text.trim());
	const server = match && formatServer(match[3]!);
	const url = server ? within(`turn:${server}`) : undefined;
	if (!match || url === undefined) return undefined;
	if (match[1] === undefined) return {url};
	const username = decode(match[1]);
	const credential = decode(match[2]!);
	return username === undefined || credential === undefined ? undefined : {url, username, credential};
}

/** A host and port for a URL: an IPv6 address gets its brackets. */
export function formatHostPort(host: string, port: number): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function formatServer(text: string): string | undefined {
	const address = parseAddress(text, defaultPort);
	return address && formatHostPort(address.host, address.port);
}

function within(text: string): string | undefined {
	return text.length <= maxTextLength ? text : undefined;
}

function decode(text: string): string | undefined {
	try {
		return within(decodeURIComponent(text));
	} catch {
		return undefined;
	}
}
