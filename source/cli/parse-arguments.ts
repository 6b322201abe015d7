/** From the words of a command line to one command with its flags; what is wrong is told in one sentence. */
import {parseArgs} from 'node:util';
import {commands, type Command, type CommandName, findCommand} from './commands.js';
import {type Flag} from './flag.js';
import {type FlagName, type FlagValues, findFlag, flags} from './flags.js';
import {nearestWord} from './nearest-word.js';
import {usageText} from './usage-text.js';

export type ParsedArguments =
	| {
			readonly ok: true;
			readonly command: CommandName;
			readonly words: readonly string[];
			readonly flags: FlagValues;
	  }
	/** `command` where that much is understood. */
	| {readonly ok: false; readonly message: string; readonly command?: CommandName};

/** What a person can type first. */
export const commandNames: readonly string[] = commands
	.map(({name}) => name)
	.filter((name) => name !== 'open' && name !== 'relay');

/** `isFolder` tells whether the first word, where it is no command, can be the folder to open. */
export function parseArguments(
	args: readonly string[],
	isFolder: (word: string) => boolean,
): ParsedArguments {
	const {tokens} = parseArgs({
		args: [...args],
		options: Object.fromEntries(
			flags.map((flag: Flag) => [
				flag.name,
				{
					type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
					...(flag.short === undefined ? {} : {short: flag.short}),
				},
			]),
		),
		allowPositionals: true,
		strict: false,
		tokens: true,
	});
	const given = new Map<FlagName, string | true>();
	const words: string[] = [];
	let fault: string | undefined;
	for (const token of tokens) {
		if (token.kind === 'positional') words.push(token.value);
		if (token.kind !== 'option') continue;
		const flag = findFlag(token.name);
		fault ??= flagFault(token.rawName, flag, token.value);
		if (!flag) continue;
		const former = flag.repeats ? given.get(flag.name) : undefined;
		given.set(flag.name, former === undefined ? (token.value ?? true) : `${former} ${token.value}`);
	}
	const command = pickCommand(words, given, isFolder);
	const wrong = (message: string): ParsedArguments => ({ok: false, message, command: command?.name});
	if (fault !== undefined) return wrong(fault);
	if (!command) return wrong(noCommand(words[0] ?? ''));
	const rest = command.name === 'open' || command.name === 'relay' ? words : words.slice(1);
	const asked = given.has('help') || given.has('version');
	for (const name of given.keys()) {
		const {of} = findFlag(name)!;
		if (!asked && !of.includes(command.name)) return wrong(usageText.notOf(nameOf(command), `--${name}`));
	}
	const [min, max] = command.words;
	if (!asked && rest.length > max) return wrong(usageText.notOf(nameOf(command), JSON.stringify(rest[max])));
	if (!asked && rest.length < min) return wrong(usageText.sayMore(command.usage));
	return {ok: true, command: command.name, words: rest, flags: Object.fromEntries(given)};
}

function pickCommand(
	words: readonly string[],
	given: ReadonlyMap<FlagName, string | true>,
	isFolder: (word: string) => boolean,
): (Command & {readonly name: CommandName}) | undefined {
	if (given.has('relay')) return findCommand('relay');
	const [first] = words;
	if (first === undefined) return commands[0];
	const named = first === 'open' || first === 'relay' ? undefined : findCommand(first);
	return named ?? (isFolder(first) ? commands[0] : undefined);
}

function nameOf(command: Command): string {
	if (command.name === 'open') return usageText.opening;
	return command.name === 'relay' ? '--relay' : command.name;
}

function flagFault(typed: string, flag: Flag | undefined, value: string | undefined): string | undefined {
	if (!flag) return usageText.noFlag(typed, nearestFlag(typed));
	if (flag.value === undefined) return value === undefined ? undefined : usageText.noValue(typed);
	return value ? undefined : usageText.needsValue(typed, flag.value);
}

function nearestFlag(typed: string): string | undefined {
	const names = flags.map(({name}) => name);
	const nearest = nearestWord(typed.replace(/^-+/, ''), names);
	return nearest === undefined ? undefined : `--${nearest}`;
}

function noCommand(word: string): string {
	if (word === 'relay') return usageText.relayIsFlag;
	return usageText.noCommand(word, nearestWord(word, commandNames));
}
