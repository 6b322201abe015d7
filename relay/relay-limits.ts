/** The limits that an operator sets, with their defaults, and how a file says them. 0 of bytes or messages means not limited. */
import * as z from 'zod';
import {relayText} from './relay-text.js';
import {WrongFlags} from './wrong-flags.js';

/** What bytes and messages are counted for. */
export type Scope = 'connection' | 'session' | 'address' | 'relay';

type Rates = Readonly<Record<Scope, number>>;

export type RelayLimits = {
	readonly maxSessions: number;
	/** In one session. */
	readonly maxPeers: number;
	/** Sockets that have not entered yet, in all … */
	readonly maxHandshakes: number;
	/** … and from one network (an IPv4 /24, an IPv6 /64); not of this machine itself. */
	readonly maxHandshakesOfNetwork: number;
	/** Of one address, of IPv6 of its /64; not of this machine itself. */
	readonly maxSocketsOfAddress: number;
	readonly bytesPerSecond: Rates;
	readonly messagesPerSecond: Rates;
	/** Bytes within 24 hours. */
	readonly bytesPerDay: {readonly session: number; readonly address: number};
};

/**
 * A busy peer sends some hundred text messages a second; many times that is a fault. A frame costs a tenth: a fast tunnel sends
 * 10,000 a second.
 */
const defaultLimits: RelayLimits = {
	maxSessions: 1_000,
	maxPeers: 32,
	maxHandshakes: 256,
	maxHandshakesOfNetwork: 20,
	maxSocketsOfAddress: 256,
	bytesPerSecond: {connection: 0, session: 0, address: 0, relay: 0},
	messagesPerSecond: {connection: 5_000, session: 20_000, address: 20_000, relay: 100_000},
	bytesPerDay: {session: 0, address: 0},
};

/** Limits of which only some are said. */
export type SomeLimits = Partial<
	Omit<RelayLimits, 'bytesPerSecond' | 'messagesPerSecond' | 'bytesPerDay'>
> & {
	readonly bytesPerSecond?: Partial<Rates>;
	readonly messagesPerSecond?: Partial<Rates>;
	readonly bytesPerDay?: Partial<RelayLimits['bytesPerDay']>;
};

/** Later ones go before earlier ones, number by number. */
export function withDefaults(...given: readonly SomeLimits[]): RelayLimits {
	return given.map(withoutUndefined).reduce<RelayLimits>(
		(limits, more) => ({
			...limits,
			...more,
			bytesPerSecond: {...limits.bytesPerSecond, ...more.bytesPerSecond},
			messagesPerSecond: {...limits.messagesPerSecond, ...more.messagesPerSecond},
			bytesPerDay: {...limits.bytesPerDay, ...more.bytesPerDay},
		}),
		defaultLimits,
	);
}

/** File descriptors are the limit that a machine sets first. */
const maxSocketsOfMachine = 8_192;

/** How many sockets the members that these limits allow may need, and some that are coming. */
export function maxSocketsOf({maxSessions, maxPeers}: RelayLimits): number {
	return Math.min(maxSocketsOfMachine, maxSessions * maxPeers + 256);
}

const count = z
	.int()
	.min(0)
	.max(2 ** 48);
const atLeast = (least: number) => z.int().min(least).max(1_000_000).optional();
const rates = z
	.strictObject({connection: count, session: count, address: count, relay: count})
	.partial()
	.optional();
const limitsFile = z.strictObject({
	max_sessions: atLeast(1),
	max_peers: atLeast(2),
	max_handshakes: atLeast(1),
	max_handshakes_of_network: atLeast(1),
	max_sockets_of_address: atLeast(1),
	bytes_per_second: rates,
	messages_per_second: rates,
	bytes_per_day: z.strictObject({session: count, address: count}).partial().optional(),
});

/** Reads a limits file. Throws WrongFlags whose sentence names the field. */
export function parseLimits(text: string): SomeLimits {
	const value = parseJson(text);
	const result = limitsFile.safeParse(value);
	if (!result.success) {
		const issue = result.error.issues[0];
		throw new WrongFlags(relayText.limitsWrong(issue?.path.join('.') ?? '', issue?.message ?? ''));
	}

	const {data} = result;
	return withoutUndefined({
		maxSessions: data.max_sessions,
		maxPeers: data.max_peers,
		maxHandshakes: data.max_handshakes,
		maxHandshakesOfNetwork: data.max_handshakes_of_network,
		maxSocketsOfAddress: data.max_sockets_of_address,
		bytesPerSecond: data.bytes_per_second,
		messagesPerSecond: data.messages_per_second,
		bytesPerDay: data.bytes_per_day,
	});
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new WrongFlags(relayText.limitsNoJson);
	}
}

/** A field that is there and says nothing must not hide a default. */
function withoutUndefined(limits: SomeLimits): SomeLimits {
	return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
