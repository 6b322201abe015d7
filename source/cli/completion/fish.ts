/** Completions for fish. */
import {type Offer} from '../commands.js';
import {allCommands, allFlags, type NamedFlag, offersOf, wordCommands} from './words.js';

export function fishCompletion(): string {
	const withValue = allFlags.filter(({value}) => value !== undefined).map(({name}) => `--${name}`);
	return `# pulsync-tui for fish. To use it now: pulsync-tui completion fish | source
# Prints the command that is being typed and how many words follow it.
function __pulsync_tui_place
	set -l command open
	set -l words 0
	set -l skip 0
	for word in (commandline -opc)[2..-1]
		if test $skip = 1
			set skip 0
			continue
		end
		switch $word
			case --relay
				set command relay
			case ${withValue.join(' ')}
				set skip 1
			case -
				set words (math $words + 1)
			case '-*'
			case ${wordCommands.map(({name}) => name).join(' ')}
				if test $command = open -a $words = 0
					set command $word
				else
					set words (math $words + 1)
				end
			case '*'
				set words (math $words + 1)
		end
	end
	echo $command $words
end
function __pulsync_tui_is
	set -l place (string split ' ' (__pulsync_tui_place))
	contains -- $place[1] $argv
end
function __pulsync_tui_at
	set -l place (string split ' ' (__pulsync_tui_place))
	test $place[1] = $argv[1]; and test $place[2] -ge $argv[2] -a $place[2] -le $argv[3]
end
complete -c pulsync-tui -f
${[...wordCommands.map(({name, summary}) => line(at('open', 0, 0), `-a ${name} -d ${quote(summary)}`)), ...wordLines(), ...allFlags.map(flagLine)].join('\n')}
`;
}

function wordLines(): readonly string[] {
	return allCommands.flatMap((command) => {
		const {offers, rest} = offersOf(command);
		const lines = offers.map((offer, place) => offerLine(at(command.name, place, place), offer));
		if (rest !== undefined) lines.push(offerLine(at(command.name, offers.length, command.words[1]), rest));
		return lines.filter((one) => one !== undefined);
	});
}

function offerLine(condition: string, offer: Offer): string | undefined {
	if (offer.length === 0) return undefined;
	if (offer === 'file') return line(condition, '-F');
	return line(condition, `-a ${quote(valuesOf(offer))}`);
}

function flagLine({name, short, summary, value, offers, of}: NamedFlag): string {
	// --relay takes the place of a command.
	const commands = name === 'relay' ? ['open'] : of;
	const forms = short ? `-l ${name} -s ${short}` : `-l ${name}`;
	const condition = `__pulsync_tui_is ${commands.join(' ')}`;
	return line(condition, `${forms}${value === undefined ? '' : valueOptions(offers)} -d ${quote(summary)}`);
}

function valueOptions(offers: Offer | undefined): string {
	if (offers === undefined) return ' -x';
	return offers === 'file' ? ' -r -F' : ` -x -a ${quote(valuesOf(offers))}`;
}

function valuesOf(offer: Offer): string {
	return offer === 'folder'
		? '(__fish_complete_directories (commandline -ct))'
		: (offer as readonly string[]).join(' ');
}

function at(command: string, from: number, to: number): string {
	return `__pulsync_tui_at ${command} ${from} ${to}`;
}

function line(condition: string, rest: string): string {
	return `complete -c pulsync-tui -n ${quote(condition)} ${rest}`;
}

function quote(text: string): string {
	return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
