/** The ports on which a relay tells clients where they are seen, and how it names them to a client. */
import {type IncomingMessage} from 'node:http';
import {isIPv6} from 'node:net';
import {parseAddress} from '../source/protocol/address.js';
import {formatHostPort} from '../source/protocol/ice-server.js';
import {type RelayFacts} from '../source/protocol/relay-messages.js';
import {openReflector, plainAddress, type Reflector} from './reflector.js';
import {type Reflections} from './reflections.js';
import {openStun, StunLimits, type StunSocket} from './stun-socket.js';

export type NetworkHelpOptions = {
	/** Where the relay listens. */
	readonly bound: {readonly host: string; readonly port: number};
	/** The relay's port was any free one, so the others may be as well. */
	readonly isAnyPort: boolean;
	/** These must be had, where they are given. */
	readonly stunPort?: number;
	readonly reflectPort?: number;
	readonly reflections: Reflections;
};

export type NetworkHelp = {
	/** UDP ports that answer STUN: none, one or two. */
	readonly stunPorts: readonly number[];
	/** The second TCP port, where there is one. */
	readonly reflectPort: number | undefined;
	close(): void;
};

/** What a client says of how it reached the relay. */
export type Reached = {
	/** The relay's name or address as the client knows it. */
	readonly host: string;
	/** 0 behind a reverse proxy: the relay's own port then sees the proxy's connection. */
	readonly port: number;
};

/** The schema of the relay's messages takes 256 characters for a URL. */
const maxHostLength = 200;

/** Opens what can be opened; what is taken is not offered, and rejects only where it was asked for by number. */
export async function openNetworkHelp(options: NetworkHelpOptions): Promise<NetworkHelp> {
	const {bound, isAnyPort, reflections} = options;
	const {host} = bound;
	const limits = new StunLimits();
	const open: {close(): void}[] = [];
	const keep = <T extends {close(): void}>(opened: T): T => {
		open.push(opened);
		return opened;
	};

	const stun = async (ports: readonly number[], isAsked: boolean): Promise<StunSocket | undefined> =>
		firstOf(ports, isAsked, async (port) => keep(await openStun({host, port, limits})));
	const tcp = async (ports: readonly number[], isAsked: boolean): Promise<Reflector | undefined> =>
		firstOf(ports, isAsked, async (port) => keep(await openReflector({host, port, reflections})));

	const close = () => {
		reflections.close();
		for (const each of open) each.close();
	};

	try {
		const any = isAnyPort ? [0] : [];
		const first = await stun([options.stunPort ?? bound.port, ...any], options.stunPort !== undefined);
		const next = isAnyPort ? [0] : [bound.port + 1].filter((port) => port <= 65_535);
		const second = options.reflectPort === undefined ? next : [options.reflectPort];
		const reflector = await tcp(second, options.reflectPort !== undefined);
		const secondStun = await stun([...(reflector ? [reflector.port] : second), ...any], false);
		const stunPorts = [first, secondStun].flatMap((socket) => (socket ? [socket.port] : []));
		return {stunPorts, reflectPort: reflector?.port, close};
	} catch (error) {
		close();
		throw error;
	}
}

/** The servers under the name that the client has for this machine. */
export function networkFacts(
	help: Pick<NetworkHelp, 'stunPorts' | 'reflectPort'>,
	{host, port}: Reached,
): Pick<RelayFacts, 'stun' | 'reflectors'> {
	const {stunPorts, reflectPort} = help;
	return {
		stun: stunPorts.map((stunPort) => `stun:${formatHostPort(host, stunPort)}`),
		reflectors: [
			...(port === 0 ? [] : ['/reflect']),
			...(reflectPort === undefined ? [] : [`http://${formatHostPort(host, reflectPort)}/reflect`]),
		],
	};
}

/** The relay's host as a client addressed it; its local address where the client's word is no host. */
export function hostOf(
	request: Pick<IncomingMessage, 'headers' | 'socket'>,
	{trustProxy, advertise}: {readonly trustProxy: boolean; readonly advertise?: string},
): string {
	const forwarded = trustProxy ? request.headers['x-forwarded-host'] : undefined;
	const last = (Array.isArray(forwarded) ? forwarded.at(-1) : forwarded)?.split(',').at(-1);
	for (const text of [advertise, last, request.headers.host]) {
		const host = text === undefined ? undefined : isIPv6(text) ? text : parseAddress(text, 1)?.host;
		if (host !== undefined && host.length <= maxHostLength) return host;
	}

	return plainAddress(request.socket.localAddress ?? '127.0.0.1');
}

async function firstOf<T>(
	ports: readonly number[],
	isAsked: boolean,
	open: (port: number) => Promise<T>,
): Promise<T | undefined> {
	for (const port of ports) {
		try {
			return await open(port);
		} catch (error) {
			if (isAsked) throw error;
		}
	}

	return undefined;
}
