/** `pulsync-tui --relay`: a relay as a program of its own. */
import {readFile} from 'node:fs/promises';
import {parseLimits} from './relay-limits.js';
import {relayText} from './relay-text.js';
import {reloadOnChange} from './reload.js';
import {type RelayOptions} from './relay-options.js';
import {type Relay, startRelay} from './start-relay.js';
import {WrongFlags} from './wrong-flags.js';
import {keepYoungRoomSmall} from './young-room.js';

/** The flags as they were given; the files of a certificate by path. */
export type RelayFlags = {
	readonly host?: string;
	readonly port?: number;
	/** Paths of PEM files. */
	readonly tlsCert?: string;
	readonly tlsKey?: string;
	readonly token?: string;
	readonly maxSessions?: number;
	readonly maxPeers?: number;
	/** Per session and in all. */
	readonly maxBytesPerSecond?: number;
	/** In all, where that is another rate. */
	readonly maxTotalBytesPerSecond?: number;
	readonly trustProxy?: boolean;
	readonly advertise?: string;
	readonly monitor?: RelayOptions['monitor'];
	readonly allowOrigins?: readonly string[];
	/** Path of a limits file; read again on SIGHUP. */
	readonly limits?: string;
	readonly reflectPort?: number;
	readonly stun?: readonly string[];
	readonly turn?: readonly string[];
	readonly turnSecret?: string;
	/** NATS, where several relays are one. */
	readonly cluster?: string;
	/** Path of the credentials file for it. */
	readonly clusterCreds?: string;
	/** One JSON object a line on stdout instead of words. */
	readonly json?: boolean;
};

export type RelayIo = {
	readonly stdout: {write(text: string): unknown};
	readonly stderr: {write(text: string): unknown};
	/** Ends it as SIGTERM does. */
	readonly signal?: AbortSignal;
	readonly log?: RelayOptions['log'];
};

const defaultPort = 8787;

class MissingFile extends Error {}

/** Runs until SIGTERM, SIGINT or the signal; resolves to the exit code: 2 for flags that are wrong. Never rejects. */
export async function runRelay(flags: RelayFlags, io: RelayIo): Promise<0 | 1 | 2> {
	const report = reporterFor(flags.json ?? false, io);
	let relay: Relay;
	try {
		relay = await startRelay(await optionsOf(flags, io));
	} catch (error) {
		report.failure(error, flags);
		return error instanceof WrongFlags ? 2 : 1;
	}

	report.listening(relay);
	const stopReloading = reloadOnChange(relay, flags, io.log ?? (() => undefined));
	const stopLooking = keepYoungRoomSmall(() => relay.counters());
	await endOf(io.signal);
	stopReloading();
	stopLooking();
	await relay.drain();
	return 0;
}

async function optionsOf(
	{tlsCert, tlsKey, cluster, clusterCreds, limits, ...flags}: RelayFlags,
	io: RelayIo,
): Promise<RelayOptions> {
	if ((tlsCert === undefined) !== (tlsKey === undefined)) {
		throw new WrongFlags(relayText.keyMissing);
	}

	const certificate = tlsCert === undefined ? undefined : await readNamed('--tls-cert', tlsCert);
	const key = tlsKey === undefined ? undefined : await readNamed('--tls-key', tlsKey);
	return {
		...flags,
		port: flags.port ?? defaultPort,
		maxTotalBytesPerSecond: flags.maxTotalBytesPerSecond ?? flags.maxBytesPerSecond,
		tlsCert: certificate,
		tlsKey: key,
		limits: limits === undefined ? undefined : parseLimits(await readNamed('--limits', limits)),
		cluster: await clusterOf(cluster, clusterCreds),
		log: io.log,
	};
}

async function clusterOf(
	url: string | undefined,
	creds: string | undefined,
): Promise<RelayOptions['cluster']> {
	if (url === undefined && creds !== undefined) throw new WrongFlags(relayText.credsAlone);
	if (url === undefined) return undefined;
	return creds === undefined ? {url} : {url, creds: await readNamed('--cluster-creds', creds)};
}

/** A file that a flag names; an error names the flag as well. */
async function readNamed(flag: string, file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
		throw isMissing ? new MissingFile(relayText.fileMissing(flag, file)) : error;
	}
}

/** Resolves on the first of SIGTERM, SIGINT and the caller's own signal. */
async function endOf(signal: AbortSignal | undefined): Promise<void> {
	await new Promise<void>((resolve) => {
		const end = () => {
			process.off('SIGTERM', end);
			process.off('SIGINT', end);
			resolve();
		};

		process.on('SIGTERM', end);
		process.on('SIGINT', end);
		if (signal?.aborted) end();
		else signal?.addEventListener('abort', end, {once: true});
	});
}

function reporterFor(json: boolean, io: RelayIo) {
	const line = (event: string, fields: object) => {
		io.stdout.write(JSON.stringify({event, at: Date.now(), ...fields}) + '\n');
	};

	return {
		listening({host, port, url, stunPorts, reflectPort, cluster}: Relay) {
			if (json) {
				const second = reflectPort === undefined ? {} : {reflect_port: reflectPort};
				const others = cluster === undefined ? {} : {cluster};
				line('listening', {host, port, url, stun_ports: stunPorts, ...second, ...others});
			} else {
				io.stdout.write(`${relayText.listening(port, url)}\n`);
				io.stdout.write(`${describeHelp(stunPorts, reflectPort)}\n`);
				if (cluster !== undefined) io.stdout.write(`${relayText.cluster[cluster]}\n`);
			}
		},
		failure(error: unknown, flags: RelayFlags) {
			const {code, message} = describeFailure(error, flags);
			if (json) line('error', {code, message});
			io.stderr.write(`${message}\n`);
		},
	};
}

/** Which ports peers need for direct ways to each other: a firewall must let them through. */
function describeHelp(stunPorts: readonly number[], reflectPort: number | undefined): string {
	const udp = stunPorts.map((port) => `UDP ${port}`);
	const all = reflectPort === undefined ? udp : [...udp, `TCP ${reflectPort}`];
	return all.length === 0 ? relayText.tellsNowhere : relayText.tellsOn(all);
}

/** One sentence that says what to do. */
function describeFailure(error: unknown, flags: RelayFlags): {code: string; message: string} {
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	const isSecond = error instanceof Error && 'port' in error && error.port === flags.reflectPort;
	const port = isSecond ? flags.reflectPort : (flags.port ?? defaultPort);
	const flag = isSecond ? '--reflect-port' : '--port';
	const text = error instanceof Error ? error.message : String(error);
	if (error instanceof WrongFlags) return {code: 'usage', message: text};
	if (error instanceof MissingFile) return {code: 'file_missing', message: text};
	if (error instanceof Error && error.name === 'AuthorizationError') {
		return {code: 'cluster_refused', message: relayText.clusterRefused(text)};
	}

	switch (code) {
		case 'EADDRINUSE': {
			return {
				code: 'port_in_use',
				message: relayText.portInUse(port, flag),
			};
		}

		case 'EACCES': {
			return {code: 'not_permitted', message: relayText.notPermitted(port, text)};
		}

		case 'EADDRNOTAVAIL':
		case 'ENOTFOUND': {
			return {
				code: 'bad_host',
				message: relayText.badHost,
			};
		}

		default: {
			return {code: 'relay_failed', message: relayText.cannotStart(text)};
		}
	}
}
