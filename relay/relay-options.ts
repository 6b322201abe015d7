/** What a relay is started with, embedded or as a program, and the limits that follow from it. */
import {type Socket} from 'node:net';
import {type HubTimes} from './hub.js';
import {type RelayLimits, type SomeLimits, withDefaults} from './relay-limits.js';

export type RelayOptions = {
	/** Default: all interfaces, IPv6 and IPv4. */
	readonly host?: string;
	/** 0: any free one. */
	readonly port: number;
	/** PEM text; both or none. */
	readonly tlsCert?: string;
	readonly tlsKey?: string;
	/** Who knows it may found sessions. Default: everybody. */
	readonly token?: string;
	readonly maxSessions?: number;
	/** In one session. */
	readonly maxPeers?: number;
	/** Of one session. Default: not limited. */
	readonly maxBytesPerSecond?: number;
	/** Of all sessions together. Default: not limited. */
	readonly maxTotalBytesPerSecond?: number;
	/** More of them; those above go before these. */
	readonly limits?: SomeLimits;
	/** Believe the last address of X-Forwarded-For. */
	readonly trustProxy?: boolean;
	/** Embedded: this session is served and no other. */
	readonly onlySession?: {readonly sessionId: string};
	/** What `url` says instead of the address it listens on: `host` or `host:port`. */
	readonly advertise?: string;
	/** The UDP port that answers STUN. Default: the number of `port`; where that is taken, none. */
	readonly stunPort?: number;
	/** The second port, TCP and UDP, that tells addresses. Default: the one after `port`; where that is taken, none. */
	readonly reflectPort?: number;
	/** More STUN servers that members are told of. */
	readonly stun?: readonly string[];
	/** TURN servers that members are told of, as `--turn` takes them. */
	readonly turn?: readonly string[];
	/** The `static-auth-secret` of those that name no user: members get credentials that are good for some hours. */
	readonly turnSecret?: string;
	/** On a relay without TLS: takes connections that begin with a TLS record; nothing of them is read yet. */
	readonly onDirect?: (socket: Socket) => void;
	/** The NATS through which this relay is one with others. */
	readonly cluster?: {
		/** As `--cluster` takes it. */
		readonly url: string;
		/** The text of a credentials file. */
		readonly creds?: string;
	};
	/** Origins of web pages that may connect. Default: none; programs name no origin. */
	readonly allowOrigins?: readonly string[];
	/** Where others than this machine may see its numbers. */
	readonly monitor?: {readonly host: string; readonly port: number};
	readonly log?: (message: string, facts: Readonly<Record<string, string | number>>) => void;
	/** For tests and audits: sees every byte of every WebSocket message, in and out. */
	readonly tap?: (direction: 'in' | 'out', bytes: Uint8Array) => void;
	/** For tests: shorter deadlines. */
	readonly times?: Partial<HubTimes>;
};

/** The limits in force: those of the options themselves before those that are given beside. */
export function limitsOf(options: RelayOptions, more: SomeLimits = {}): RelayLimits {
	const {maxSessions, maxPeers, maxBytesPerSecond: session, maxTotalBytesPerSecond: relay} = options;
	const rates = {
		...(session === undefined ? {} : {session}),
		...(relay === undefined ? {} : {relay}),
	};
	const embedded = options.onlySession ? {maxSessions: 1} : {};
	return withDefaults(embedded, more, {maxSessions, maxPeers, bytesPerSecond: rates});
}
