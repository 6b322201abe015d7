/** The man page, drawn from the tables of commands and flags. The build writes it to dist/man. */
import {type Command, commands} from './commands.js';
import {type Flag} from './flag.js';
import {flags} from './flags.js';
import {commandWords, flagUsage} from './help.js';
import {variables} from './variables.js';

const description = [
	'One person hosts a folder, the others join with an invite; from then on what one saves is on the disks of the others a moment later. Nobody commits, pushes or pulls. Both edit one line at once: both versions are kept, and one of you decides.',
	'Files go straight from one to the other where the network lets them, else through a relay, which can read nothing. Without one named, the relay is inside of the host.',
	'At a terminal a screen is drawn, and all its keys are on it. Without one, or with --headless, it writes plain lines; with --json, one JSON object a line.',
];

const maxLineLength = 80;

const files: readonly (readonly [string, string])[] = [
	['.pulsync', 'In the project: its session, its key, and every saved state. It is never synced.'],
	['~/.config/pulsync-tui/settings.json', 'Your name, relay, tier and recent sessions.'],
];

const exitStatus: readonly (readonly [string, string])[] = [
	['0', 'Done.'],
	['1', 'Failed.'],
	['2', 'The command cannot be understood.'],
	['3', 'Refused: a bad invite, not allowed, another version.'],
	['130', 'Interrupted.'],
];

/** `date` is the day of the build, as 2026-01-31. */
export function formatManPage({version, date}: {readonly version: string; readonly date: string}): string {
	const shown = flags.filter((flag: Flag) => flag.name !== 'relay');
	return [
		`.TH PULSYNC-TUI 1 ${date} "pulsync-tui ${version}" "User Commands"`,
		'.SH NAME',
		'pulsync-tui \\- keep one project folder in step between people',
		'.SH SYNOPSIS',
		...commands.flatMap(({usage}, index) => [
			...(index === 0 ? [] : ['.br']),
			`.B pulsync\\-tui`,
			roff(usage),
		]),
		'.SH DESCRIPTION',
		...description.flatMap((paragraph) => ['.PP', ...roffLines(paragraph)]).slice(1),
		'.SH COMMANDS',
		...commands.flatMap(commandEntry),
		'.SH OPTIONS',
		...shown.flatMap((flag: Flag) => entry(flagUsage(flag), flagText(flag))),
		'.SH ENVIRONMENT',
		...variables.flatMap(([name, meaning]) => entry(name, meaning)),
		...shown.flatMap((flag: Flag) => (flag.env ? entry(flag.env, `The same as --${flag.name}.`) : [])),
		'.SH FILES',
		...files.flatMap(([name, meaning]) => entry(name, meaning)),
		'.SH EXIT STATUS',
		...exitStatus.flatMap(([code, meaning]) => entry(code, meaning)),
		'.SH EXAMPLES',
		...commands.flatMap(exampleEntries),
		'.SH SEE ALSO',
		'.BR git (1),',
		'.BR rsync (1)',
		'',
	].join('\n');
}

function commandEntry({name, usage, summary}: Command): readonly string[] {
	const takes = flags.filter(
		(flag: Flag) =>
			flag.of.some((one) => one === name) && !['help', 'version', 'json', 'relay'].includes(flag.name),
	);
	const more = takes.length === 0 ? '' : ` Takes ${takes.map((flag) => `--${flag.name}`).join(', ')}.`;
	return entry(`pulsync-tui ${usage}`, `${sentence(summary)}${more}`);
}

function flagText({summary, repeats, of}: Flag): string {
	const scope = of.length > 3 ? '' : ` For ${of.map(commandWords).join(', ')}.`;
	return `${sentence(summary)}${repeats ? ' It may be given several times.' : ''}${scope}`;
}

function exampleEntries({examples}: Command): readonly string[] {
	return examples.flatMap(([line, says]) => entry(`pulsync-tui ${line}`.trimEnd(), sentence(says)));
}

function entry(term: string, meaning: string): readonly string[] {
	return ['.TP', `.B ${roff(term)}`, ...roffLines(meaning)];
}

function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** A text in lines that are short enough for those who read the page's source. */
function roffLines(text: string): readonly string[] {
	const lines = [''];
	for (const word of text.split(' ').map(roff)) {
		const line = lines.at(-1)!;
		if (line !== '' && line.length + word.length >= maxLineLength) lines.push(word);
		else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
	}
	return lines;
}

/** Text as roff takes it: nothing in it is a request, and what is typed has real hyphens. */
function roff(text: string): string {
	return text
		.replaceAll('\\', '\\e')
		.replaceAll('-', '\\-')
		.replaceAll('~', '\\(ti')
		.replaceAll('"', '\\(dq')
		.replace(/^[.']/, '\\&$&')
		.replaceAll(
			/[^ -~]/gu,
			(sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
		);
}
