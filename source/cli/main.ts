/** One run of the program: from the words of the command line to an exit code. */
import {readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {type ExitCode} from '../core/text.js';
import {openSettings} from '../settings/settings.js';
import {
	choose,
	chooseForSession,
	rateOf,
	stunOf,
	textOf,
	turnTextsOf,
	wholeNumberOf,
	withEnvironment,
} from './choices.js';
import {type FlagValues} from './flags.js';
import {formatHelp} from './help.js';
import {openLog} from './open-log.js';
import {parseArguments} from './parse-arguments.js';
import {reportFailure, usageFailure} from './report-failure.js';
import {runQuery} from './run-query.js';
import {runSession} from './run-session.js';
import {type Terminal} from './terminal.js';

/** The largest number that a limit of a relay may be; more would be a mistyped rate. */
const maxLimit = 1_000_000;

export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
	const parsed = parseArguments(args, (word) => isFolder(path.resolve(terminal.folder, word)));
	// What was meant by --json is honoured even where the rest cannot be read.
	const form = args.includes('--json') ? 'object' : 'text';
	if (!parsed.ok) return reportFailure(terminal, usageFailure(parsed.message), form);
	const {command, words} = parsed;
	if (parsed.flags.help) {
		terminal.stdout.write(formatHelp(command));
		return 0;
	}
	if (parsed.flags.version) {
		terminal.stdout.write(`${readVersion()}\n`);
		return 0;
	}
	switch (command) {
		case 'relay':
			return startRelayProgram(terminal, withEnvironment(parsed.flags, terminal.env, command));
		case 'open':
		case 'host':
		case 'join':
			return startSessionProgram(terminal, command, words, parsed.flags);
		default:
			return runQuery(terminal, command, words, parsed.flags);
	}
}

async function startSessionProgram(
	terminal: Terminal,
	command: 'open' | 'host' | 'join',
	words: readonly string[],
	given: FlagValues,
): Promise<ExitCode> {
	const settings = openSettings(terminal.env.PULSYNC_CONFIG_DIR || undefined);
	const values = withEnvironment(given, terminal.env, command);
	const json = values.json === true;
	try {
		const chosen = chooseForSession(values, settings.read());
		if (!chosen.ok) throw usageFailure(chosen.message);
		const log = openLog(textOf(values, 'log-file'));
		return await runSession({
			terminal,
			command,
			words,
			settings,
			choices: chosen.choices,
			merge: values.merge === true,
			json,
			headless: json || values.headless === true,
			log,
		});
	} catch (error) {
		return reportFailure(terminal, error, json ? 'event' : 'text');
	}
}

async function startRelayProgram(terminal: Terminal, values: FlagValues): Promise<ExitCode> {
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
			trustProxy: values['trust-proxy'] === true,
			json,
		}));
		if (!chosen.ok) throw usageFailure(chosen.message);
		const log = openLog(textOf(values, 'log-file'));
		const {runRelay} = await import('../../relay/main.js');
		const code = await runRelay(chosen.choices, {
			stdout: terminal.stdout,
			stderr: terminal.stderr,
			log: (message, facts) => log({...facts, message}),
		});
		return code === 0 ? 0 : 1;
	} catch (error) {
		return reportFailure(terminal, error, json ? 'event' : 'text');
	}
}

/** From the package's own file, which lies three folders up from here once built. */
function readVersion(): string {
	const file = new URL('../../../package.json', import.meta.url);
	const {version} = JSON.parse(readFileSync(file, 'utf8')) as {version: string};
	return version;
}

function isFolder(file: string): boolean {
	return statSync(file, {throwIfNoEntry: false})?.isDirectory() ?? false;
}
