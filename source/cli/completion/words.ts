/** What the completions of all shells are made of: the commands and flags that a person may type, and what follows them. */
import {type Command, type CommandName, commands, type Offer} from '../commands.js';
import {type Flag} from '../flag.js';
import {type FlagName, flags} from '../flags.js';

export type NamedCommand = Command & {readonly name: CommandName};
export type NamedFlag = Flag & {readonly name: FlagName};

export const allCommands: readonly NamedCommand[] = commands;
export const allFlags: readonly NamedFlag[] = flags;

/** The commands that are typed as a word; the two others are no word at all and `--relay`. */
export const wordCommands = allCommands.filter(({name}) => name !== 'open' && name !== 'relay');

/** What may be typed with a command. `--relay` is offered where there is no command yet. */
export function flagsFor(command: CommandName): readonly NamedFlag[] {
	return allFlags.filter((flag) => (flag.name === 'relay' ? command === 'open' : flag.of.includes(command)));
}

/** What is offered for the words of a command, by position; `rest` for all after them. */
export function offersOf(command: Command): {
	readonly offers: readonly Offer[];
	readonly rest: Offer | undefined;
} {
	const offers = command.name === 'help' ? [wordCommands.map(({name}) => name)] : (command.offers ?? []);
	return {offers, rest: command.words[1] > offers.length ? offers.at(-1) : undefined};
}

/** The typed form of a flag: `--name`, and `-h` where there is a short one. */
export function flagForms({name, short}: Flag): readonly string[] {
	return [`--${name}`, ...(short ? [`-${short}`] : [])];
}
