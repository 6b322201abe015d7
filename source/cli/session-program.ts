/** `pulsync-tui`, `host` and `join`: from flags, variables and settings to a running session. */
import {type ExitCode} from '../core/text.js';
import {openSettings} from '../settings/settings.js';
import {chooseForSession, cleanName, textOf, withEnvironment} from './choices.js';
import {keepCompiled} from './compile-cache.js';
import {tuneEngine} from './tune-engine.js';
import {type FlagValues} from './flags.js';
import {openLog} from './open-log.js';
import {reportFailure, usageFailure} from './report-failure.js';
import {runSession} from './run-session.js';
import {settingsTrouble} from './settings-trouble.js';
import {type Terminal} from './terminal.js';

export async function runSessionProgram(
	terminal: Terminal,
	command: 'open' | 'host' | 'join',
	words: readonly string[],
	given: FlagValues,
): Promise<ExitCode> {
	keepCompiled();
	tuneEngine();
	const settings = openSettings(terminal.env.PULSYNC_CONFIG_DIR || undefined);
	const values = withEnvironment(given, terminal.env, command);
	const json = values.json === true;
	try {
		const trouble = settingsTrouble(settings);
		if (trouble !== undefined) terminal.stderr.write(`${trouble}\n`);
		const chosen = chooseForSession(values, settings.read());
		if (!chosen.ok) throw usageFailure(chosen.message);
		const log = await openLog(textOf(values, 'log-file'));
		return await runSession({
			terminal,
			command,
			words,
			settings,
			choices: {
				...chosen.choices,
				nameNow: cleanName(textOf(values, 'name')),
				ownName: cleanName(textOf(given, 'name')),
			},
			merge: values.merge === true,
			json,
			headless: json || values.headless === true,
			log,
		});
	} catch (error) {
		return reportFailure(terminal, error, json ? 'event' : 'text', command);
	}
}
