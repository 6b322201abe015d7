/** `--relay`: from flags and variables to a running relay. */
import {runRelay} from '../../relay/main.js';
import {type ExitCode} from '../core/text.js';
import {
	addressOf,
	choose,
	rateOf,
	stunOf,
	textOf,
	turnTextsOf,
	wholeNumberOf,
	withEnvironment,
} from './choices.js';
import {type FlagValues} from './flags.js';
import {openLog} from './open-log.js';
import {reportFailure, usageFailure} from './report-failure.js';
import {type Terminal} from './terminal.js';

/** The largest number that a limit of a relay may be; more would be a mistyped rate. */
const maxLimit = 1_000_000;

export async function runRelayProgram(terminal: Terminal, given: FlagValues): Promise<ExitCode> {
	const values = withEnvironment(given, terminal.env, 'relay');
	const json = values.json === true;
	try {
		const chosen = choose(() => ({
			host: textOf(values, 'host'),
			port: wholeNumberOf(values, 'port', 0, 65_535),
			tlsCert: textOf(values, 'tls-cert'),
			tlsKey: textOf(values, 'tls-key'),
			token: textOf(values, 'token'),
			maxSessions: wholeNumberOf(values, 'max-sessions', 1, maxLimit),
			maxPeers: wholeNumberOf(values, 'max-peers', 2, maxLimit),
			maxBytesPerSecond: rateOf(values, 'max-bytes-per-second'),
			maxTotalBytesPerSecond: rateOf(values, 'max-total-bytes-per-second'),
			reflectPort: wholeNumberOf(values, 'reflect-port', 0, 65_535),
			stun: stunOf(values),
			turn: turnTextsOf(values),
			turnSecret: textOf(values, 'turn-secret'),
			cluster: textOf(values, 'cluster'),
			clusterCreds: textOf(values, 'cluster-creds'),
			limits: textOf(values, 'limits'),
			allowOrigins: textOf(values, 'allow-origin')?.split(/[\s,]+/),
			monitor: addressOf(values, 'monitor'),
			trustProxy: values['trust-proxy'] === true,
			json,
		}));
		if (!chosen.ok) throw usageFailure(chosen.message);
		const log = await openLog(textOf(values, 'log-file'), terminal.stderr);
		return await runRelay(chosen.choices, {
			stdout: terminal.stdout,
			stderr: terminal.stderr,
			log: (message, facts) => log({...facts, message}),
		});
	} catch (error) {
		return reportFailure(terminal, error, json ? 'event' : 'text', 'relay');
	}
}
