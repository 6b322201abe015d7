/** The text of `--help`, drawn from the tables of commands and flags. It begins with lines that can be typed. */
import {type Command, commands, type CommandName, findCommand} from './commands.js';
import {type Flag} from './flag.js';
import {flags} from './flags.js';
import {variables} from './variables.js';

const title = 'pulsync-tui keeps one project folder in step between people.';
const exitCodes = 'Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 130 interrupted.';

/** The commands that a first day takes, in this order. */
const tour: readonly CommandName[] = ['host', 'join', 'open', 'status', 'resolve', 'help'];

/** Help on everything, or on one command and its flags. */
export function formatHelp(name: CommandName): string {
	return name === 'open' ? formatGeneralHelp() : formatCommandHelp(findCommand(name)!);
}

/** The flags of a command in the order of the table, without the one that names the command itself. */
export function flagsOf(name: CommandName): readonly Flag[] {
	return flags.filter((flag: Flag) => flag.name !== 'relay' && flag.of.includes(name));
}

/** A flag as it is typed: `-h, --help`, `--name NAME`. */
export function flagUsage(flag: Flag): string {
	return `${flag.short ? `-${flag.short}, ` : ''}--${flag.name}${flag.value ? ` ${flag.value}` : ''}`;
}

/** What a person types for it, where its name is none of the words. */
export function commandWords(name: string): string {
	if (name === 'open') return 'pulsync-tui [dir]';
	return name === 'relay' ? '--relay' : name;
}

function formatGeneralHelp(): string {
	const shown = flags.filter((flag: Flag) => flag.name !== 'relay');
	return joinLines([
		title,
		'',
		'Examples:',
		...table(tour.map((name) => exampleRow(findCommand(name)!.examples[0]!))),
		'',
		'Usage:',
		...table(commands.map(({usage, summary}) => [`pulsync-tui ${usage}`, summary])),
		'',
		'Flags:',
		...table(shown.map((flag) => [flagUsage(flag), `${flagMeaning(flag)}${scopeOf(flag)}`])),
		'',
		'Variables:',
		...table(variables.map(([name, meaning]) => [name, plainMeaning(meaning)])),
		'',
		`A variable in brackets stands in for its flag. ${exitCodes}`,
		'pulsync-tui help COMMAND shows one command with its flags and more examples.',
	]);
}

/** A sentence in the manner of the other tables. */
function plainMeaning(sentence: string): string {
	return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}

function formatCommandHelp({name, usage, summary, examples}: Command & {readonly name: CommandName}): string {
	return joinLines([
		`pulsync-tui ${usage}`,
		`  ${summary}`,
		'',
		'Examples:',
		...table(examples.map(exampleRow)),
		'',
		'Flags:',
		...table(flagsOf(name).map((flag) => [flagUsage(flag), flagMeaning(flag)])),
		'',
		exitCodes,
	]);
}

function flagMeaning({summary, env}: Flag): string {
	return env ? `${summary} [${env}]` : summary;
}

function exampleRow([line, says]: readonly [line: string, says: string]): readonly [string, string] {
	return [`pulsync-tui ${line}`.trimEnd(), says];
}

function scopeOf(flag: Flag): string {
	if (flag.of.length > 3) return '';
	if (flag.of.includes('open')) return flag.of.includes('join') ? '' : ' (host)';
	return ` (${flag.of.map(commandWords).join(', ')})`;
}

/** What is far wider than the others stands on a line of its own instead of pushing all meanings to the right. */
const widestLeft = 48;
const narrowestLeft = 6;

function table(rows: readonly (readonly [string, string])[]): string[] {
	const width = Math.max(
		narrowestLeft,
		...rows.map(([left]) => left.length).filter((length) => length <= widestLeft),
	);
	return rows.flatMap(([left, right]) =>
		left.length > width
			? [`  ${left}`, `  ${' '.repeat(width)}  ${right}`]
			: [`  ${left.padEnd(width)}  ${right}`],
	);
}

function joinLines(lines: readonly string[]): string {
	return lines.map((line) => `${line}\n`).join('');
}
