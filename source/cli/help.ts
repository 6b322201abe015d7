/** The text of `--help`, drawn from the tables of commands and flags. */
import {commands, type CommandName} from './commands.js';
import {type Flag, flags} from './flags.js';

const title = 'pulsync-tui keeps one project folder in step between people.';

/** Help on everything, or on one command and its flags. */
export function formatHelp(command: CommandName): string {
	const general = command === 'open';
	const shown = commands.filter(({name}) => general || name === command);
	const rows = flags
		.filter((flag: Flag) => flag.name !== 'relay' && (general || flag.of.includes(command)))
		.map((flag: Flag): [string, string] => [
			`${flag.short ? `-${flag.short}, ` : ''}--${flag.name}${flag.value ? ` ${flag.value}` : ''}`,
			`${flag.summary}${flag.env ? ` [${flag.env}]` : ''}${general ? scopeOf(flag) : ''}`,
		]);
	return [
		title,
		'',
		'Usage:',
		...table(shown.map(({usage, summary}) => [`pulsync-tui ${usage}`, summary])),
		'',
		'Flags:',
		...table(rows),
		'',
		'A variable in brackets stands in for its flag. Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 130 interrupted.',
		'',
	].join('\n');
}

function scopeOf(flag: Flag): string {
	if (flag.of.length > 3) return '';
	if (flag.of.includes('open')) return flag.of.includes('join') ? '' : ' (host)';
	return ` (${flag.of.map((name) => (name === 'relay' ? '--relay' : name)).join(', ')})`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
	const width = Math.max(...rows.map(([left]) => left.length));
	return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
