/**
 * One run of the program: from the words of the command line to an exit code.
 *
 * Each command loads what it needs and no more: help, completions and the questions to a running session have nothing
 * to wait for, and a person at a prompt notices the difference.
 */
import {readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {type ExitCode} from '../core/text.js';
import {type CommandName, findCommand, shells} from './commands.js';
import {nearestWord} from './nearest-word.js';
import {commandNames, parseArguments} from './parse-arguments.js';
import {type Terminal} from './terminal.js';
import {usageText} from './usage-text.js';

/** With `--json` these print one event a line, the others exactly one object. */
const tellsEvents: readonly CommandName[] = ['open', 'host', 'join', 'relay'];

export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
	const parsed = parseArguments(args, (word) => isFolder(path.resolve(terminal.folder, word)));
	// What was meant by --json is honoured even where the rest cannot be read.
	if (!parsed.ok)
		return refuse(terminal, parsed.message, {command: parsed.command, json: args.includes('--json')});
	const {command, words, flags} = parsed;
	if (flags.help) return tell(terminal, (await import('./help.js')).formatHelp(command));
	if (flags.version) return tell(terminal, `${readVersion()}\n`);
	switch (command) {
		case 'relay': {
			const {runRelayProgram} = await import('./relay-program.js');
			return runRelayProgram(terminal, flags);
		}
		case 'open':
		case 'host':
		case 'join': {
			const {runSessionProgram} = await import('./session-program.js');
			return runSessionProgram(terminal, command, words, flags);
		}
		case 'help':
			return help(terminal, words[0]);
		case 'completion':
			return completion(terminal, words[0]);
		default: {
			const {runQuery} = await import('./run-query.js');
			return runQuery(terminal, command, words, flags);
		}
	}
}

async function help(terminal: Terminal, word = 'open'): Promise<ExitCode> {
	const command = findCommand(word.replace(/^--/, ''));
	if (!command) return refuse(terminal, usageText.noHelp(word, nearestWord(word, commandNames)));
	return tell(terminal, (await import('./help.js')).formatHelp(command.name));
}

async function completion(terminal: Terminal, word: string | undefined): Promise<ExitCode> {
	const shell = shells.find((name) => name === word);
	if (!shell) return refuse(terminal, usageText.shell(word));
	return tell(terminal, (await import('./completion/completion.js')).formatCompletion(shell));
}

async function refuse(
	terminal: Terminal,
	message: string,
	{command, json = false}: {readonly command?: CommandName; readonly json?: boolean} = {},
): Promise<ExitCode> {
	const {reportFailure, usageFailure} = await import('./report-failure.js');
	const hasEvents = command !== undefined && tellsEvents.includes(command);
	return reportFailure(
		terminal,
		usageFailure(message),
		json ? (hasEvents ? 'event' : 'object') : 'text',
		command,
	);
}

function tell({stdout}: Terminal, text: string): ExitCode {
	stdout.write(text);
	return 0;
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
