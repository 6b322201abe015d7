/** Starts a relay in this process: embedded in a host's, or as the whole of `--relay`. */
import {randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {type Socket} from 'node:net';
import {parseStunUrl} from '../source/protocol/ice-server.js';
import {maxFrameBytes, maxTextBytes, maxWindowBytes} from '../source/protocol/limits.js';
import {type RelayFacts} from '../source/protocol/relay-messages.js';
import {type Bus} from './cluster/bus.js';
import {parseNatsAddress} from './cluster/nats-address.js';
import {type RelayCounters} from './counters.js';
import {type Clock} from './connection.js';
import {defaultTimes, Hub, type HubTimes} from './hub.js';
import {type Monitor, openMonitor} from './monitor.js';
import {type NetworkHelp, networkFacts, openNetworkHelp, type Reached} from './network-help.js';
import {type RelayLimits, type SomeLimits, withDefaults} from './relay-limits.js';
import {Reflections} from './reflections.js';
import {listen} from './server.js';
import {TurnCredentials} from './turn-credentials.js';
import {createWatch} from './watch.js';

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

export type Relay = {
	/** The address it is bound to, `::` for all. */
	readonly host: string;
	readonly port: number;
	/** UDP ports that answer STUN. */
	readonly stunPorts: readonly number[];
	/** The second TCP port that tells addresses. */
	readonly reflectPort: number | undefined;
	/** One that a client on this machine can use, or the advertised one. */
	readonly url: string;
	/** Whether it is one with other relays; undefined for one that is to stand alone. */
	readonly cluster: 'joined' | 'alone' | undefined;
	/** The port that shows its numbers to others than this machine. */
	readonly monitorPort: number | undefined;
	/** Other limits from now on; what the options say for themselves goes before them. */
	setLimits(limits: SomeLimits | undefined): void;
	counters(): RelayCounters;
	/** Another certificate for new connections. Throws where it does not fit its key. */
	setCertificate(cert: string, key: string): void;
	/**
	 * As `close`, for a relay that others look at: `/readyz` says no for a second while it still answers, and last bytes get
	 * some seconds. At most 8 s in all.
	 */
	drain(): Promise<void>;
	/** Says `shutting_down` to all, closes, and resolves when no socket is left (about a second at most). */
	close(): Promise<void>;
};

/** File descriptors are the limit that a machine sets first. */
const maxSocketsOfMachine = 8_192;

/** A second for what looks at `/readyz`, and then some for last bytes: less than 10 s in all. */
const drainNoticeMs = 1_000;
const drainPatienceMs = 5_000;

/** Listens, and resolves when it does. Rejects with the system's error where it cannot (`EADDRINUSE`, `EACCES`, …). */
export async function startRelay(options: RelayOptions): Promise<Relay> {
	const limits = limitsOf(options, options.limits);
	const {maxSessions, maxPeers} = limits;
	const maxSockets = Math.min(maxSocketsOfMachine, maxSessions * maxPeers + 256);
	const stun = (options.stun ?? []).map(readStunUrl);
	const reflections = new Reflections();
	const turn = new TurnCredentials({
		servers: options.turn ?? [],
		secret: options.turnSecret,
		wallClock: () => Date.now(),
	});
	const watch = createWatch(options.onlySession ? 'embedded' : 'program');
	const times = {...defaultTimes, ...options.times};
	let help: NetworkHelp | undefined;
	const log = options.log ?? (() => undefined);
	const bus = options.cluster && (await openBus(options.cluster, log));
	let monitor: Monitor | undefined;
	const hub: Hub = new Hub({
		rules: {token: options.token, onlySession: options.onlySession?.sessionId},
		limits,
		maxSockets,
		factsFor: (client, peerId) => ({
			max_frame_bytes: maxFrameBytes,
			max_text_bytes: maxTextBytes,
			max_window_bytes: maxWindowBytes,
			...limitFacts(hub.limits),
			report_every_ms: times.reportEveryMs,
			...factsOf(help, client, stun),
			turn: turn.serversFor(peerId),
			observed_ip: client.address,
			observed_port: client.port,
		}),
		turn,
		cluster: bus && {
			bus,
			newRelayId: () => randomBytes(8).toString('hex'),
			epochMs: performance.timeOrigin,
		},
		clock: systemClock,
		nonce: () => randomBytes(32),
		log,
		queueTime: watch.queueTime,
		times,
	});
	watch.start(hub, () => hub.limits);
	const {facts} = watch;
	const {tlsCert, tlsKey, tap, port, host = '::', trustProxy = false, advertise, onDirect} = options;
	const {stunPort, reflectPort} = options;
	const server = await listen({
		...{
			hub,
			host,
			port,
			tlsCert,
			tlsKey,
			trustProxy,
			maxSockets,
			tap,
			advertise,
			reflections,
			onDirect,
			facts,
		},
		allowOrigins: options.allowOrigins ?? [],
		turnedAway: hub.counts.turnedAway,
		async alongside(bound) {
			monitor = options.monitor && (await openMonitor({...options.monitor, facts}));
			help = await openNetworkHelp({bound, isAnyPort: port === 0, stunPort, reflectPort, reflections});
		},
	}).catch(async (error: unknown) => {
		await bus?.close();
		watch.stop();
		monitor?.close();
		throw error;
	});
	let closing: Promise<void> | undefined;
	const end = async (patienceMs?: number): Promise<void> => {
		help?.close();
		watch.stop();
		await Promise.all([server.close(patienceMs), bus?.close()]).finally(() => monitor?.close());
	};

	return {
		host: server.host,
		port: server.port,
		stunPorts: help?.stunPorts ?? [],
		reflectPort: help?.reflectPort,
		url: urlOf(server, tlsCert !== undefined, options.advertise),
		get cluster() {
			return bus && (bus.isUp ? 'joined' : 'alone');
		},
		monitorPort: monitor?.port,
		setLimits(more) {
			hub.limits = limitsOf(options, more);
		},
		counters: () => hub.counters(),
		setCertificate: (cert, key) => server.setCertificate(cert, key),
		async drain() {
			hub.patienceMs = drainPatienceMs;
			hub.shutDown();
			closing ??= delay(drainNoticeMs).then(() => end(drainPatienceMs));
			return closing;
		},
		async close() {
			if (!closing) hub.shutDown();
			closing ??= end();
			return closing;
		},
	};
}

/** The library is loaded by those alone who use it. */
async function openBus(
	{url, creds}: NonNullable<RelayOptions['cluster']>,
	log: NonNullable<RelayOptions['log']>,
): Promise<Bus> {
	const address = parseNatsAddress(url);
	if (!address) {
		throw new Error(
			'NATS is named as nats://[user:password@]host[:port], or tls:// for TLS; several with commas.',
		);
	}

	const {openNatsBus} = await import('./cluster/nats-bus.js');
	return openNatsBus({address, creds, log});
}

/** The limits in force: those of the options themselves before those that are given beside. */
function limitsOf(options: RelayOptions, more: SomeLimits = {}): RelayLimits {
	const {maxSessions, maxPeers, maxBytesPerSecond: session, maxTotalBytesPerSecond: relay} = options;
	const rates = {
		...(session === undefined ? {} : {session}),
		...(relay === undefined ? {} : {relay}),
	};
	const embedded = options.onlySession ? {maxSessions: 1} : {};
	return withDefaults(embedded, more, {maxSessions, maxPeers, bytesPerSecond: rates});
}

/** What members are told of the limits. */
function limitFacts({maxPeers, bytesPerSecond, messagesPerSecond, bytesPerDay}: RelayLimits) {
	return {
		max_peers: maxPeers,
		bytes_per_second: bytesPerSecond.session,
		limits: {
			bytes_per_second: bytesPerSecond,
			messages_per_second: messagesPerSecond,
			bytes_per_day: bytesPerDay,
		},
	};
}

function readStunUrl(text: string): string {
	const url = parseStunUrl(text);
	if (url === undefined)
		throw new Error(`A STUN server is written stun:host[:port], not ${JSON.stringify(text)}.`);
	return url;
}

function factsOf(
	help: NetworkHelp | undefined,
	client: Reached,
	stun: readonly string[],
): Pick<RelayFacts, 'stun' | 'reflectors'> {
	const own = networkFacts(help ?? {stunPorts: [], reflectPort: undefined}, client);
	return {...own, stun: [...own.stun, ...stun]};
}

/** Monotonic, so that a change of the wall clock closes nobody's socket. */
const systemClock: Clock = {
	now: () => performance.now(),
	after(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		timer.unref();
		return () => clearTimeout(timer);
	},
};

function urlOf({host, port}: {host: string; port: number}, tls: boolean, advertise?: string): string {
	const scheme = tls ? 'wss' : 'ws';
	if (advertise !== undefined) {
		const hasPort = /(^[^:]*|\]):\d+$/.test(advertise);
		return `${scheme}://${hasPort ? advertise : `${advertise}:${port}`}/ws`;
	}

	const local = host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
	return `${scheme}://${local.includes(':') ? `[${local}]` : local}:${port}/ws`;
}
