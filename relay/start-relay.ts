/** Starts a relay in this process: embedded in a host's, or as the whole of `--relay`. */
import {randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {parseStunUrl} from '../source/protocol/ice-server.js';
import {type Bus} from './cluster/bus.js';
import {parseNatsAddress} from './cluster/nats-address.js';
import {type RelayCounters} from './counters.js';
import {type Clock} from './connection.js';
import {defaultTimes, Hub} from './hub.js';
import {memberFacts} from './member-facts.js';
import {type Monitor, openMonitor} from './monitor.js';
import {type NetworkHelp, openNetworkHelp} from './network-help.js';
import {maxSocketsOf, type SomeLimits} from './relay-limits.js';
import {limitsOf, type RelayOptions} from './relay-options.js';
import {Reflections} from './reflections.js';
import {relayText} from './relay-text.js';
import {listen} from './server.js';
import {TurnCredentials} from './turn-credentials.js';
import {createWatch} from './watch.js';
import {WrongFlags} from './wrong-flags.js';

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

/** A second for what looks at `/readyz`, and then some for last bytes: less than 10 s in all. */
const drainNoticeMs = 1_000;
const drainPatienceMs = 5_000;

/** Listens, and resolves when it does. Rejects with the system's error where it cannot (`EADDRINUSE`, `EACCES`, …). */
export async function startRelay(options: RelayOptions): Promise<Relay> {
	const limits = limitsOf(options, options.limits);
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
		factsFor: (client, peerId) =>
			memberFacts(client, {
				limits: hub.limits,
				reportEveryMs: times.reportEveryMs,
				help,
				stun,
				turn: turn.serversFor(peerId),
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
			maxSockets: maxSocketsOf(limits),
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
			server.setMaxSockets(maxSocketsOf(hub.limits));
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
		throw new WrongFlags(relayText.natsForm);
	}

	const {openNatsBus} = await import('./cluster/nats-bus.js');
	return openNatsBus({address, creds, log});
}

function readStunUrl(text: string): string {
	const url = parseStunUrl(text);
	if (url === undefined) throw new WrongFlags(relayText.stunForm(text));
	return url;
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
