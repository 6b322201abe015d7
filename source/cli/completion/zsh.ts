/** Completions for zsh, as a file of fpath or by eval. */
import {type Offer} from '../commands.js';
import {
	allCommands,
	allFlags,
	flagsFor,
	type NamedCommand,
	type NamedFlag,
	offersOf,
	wordCommands,
} from './words.js';

export function zshCompletion(): string {
	const withValue = allFlags.filter(({value}) => value !== undefined).map(({name}) => `--${name}`);
	return `#compdef pulsync-tui
# pulsync-tui for zsh. To use it now: eval "$(pulsync-tui completion zsh)"
_pulsync_tui_first() {
	local -a names
	names=(
		${wordCommands.map(({name, summary}) => quote(`${name}:${summary}`)).join('\n\t\t')}
	)
	_describe -t commands 'command' names
	_files -/
}
_pulsync_tui() {
	local command=open word
	integer index
	for ((index = 2; index < CURRENT; index++)); do
		word=\${words[index]}
		case $word in
			--relay) command=relay; break ;;
			${withValue.join('|')}) ((index++)) ;;
			-*) ;;
			${wordCommands.map(({name}) => name).join('|')}) command=$word; break ;;
			*) break ;;
		esac
	done
	case $command in
		${allCommands.map((command) => `${command.name})\n\t\t\t_arguments -s ${argumentsOf(command)} ;;`).join('\n\t\t')}
	esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
	_pulsync_tui "$@"
else
	compdef _pulsync_tui pulsync-tui
fi
`;
}

function argumentsOf(command: NamedCommand): string {
	const {name} = command;
	const specs = flagsFor(name).flatMap(flagSpecs);
	return [...specs, ...wordSpecs(command)].map((spec) => ` \\\n\t\t\t\t${quote(spec)}`).join('');
}

function wordSpecs(command: NamedCommand): readonly string[] {
	if (command.name === 'open') return ['1:command or folder:_pulsync_tui_first'];
	const {offers, rest} = offersOf(command);
	// The command itself is the first word, where it is one.
	const own = command.name === 'relay' ? [] : [`1:command:(${command.name})`];
	return [
		...own,
		...offers.map((offer, at) => `${at + 1 + own.length}:word:${actionOf(offer)}`),
		...(rest === undefined ? [] : [`*:word:${actionOf(rest)}`]),
	];
}

function flagSpecs({name, short, summary, value, offers, repeats}: NamedFlag): readonly string[] {
	const meaning = `[${summary.replaceAll(/[[\]:]/g, '\\$&')}]`;
	const many = repeats ? '*' : '';
	const tail = value === undefined ? '' : `:${value.replaceAll(/[[\]:]/g, ' ').trim()}:${actionOf(offers)}`;
	const long = `${many}--${name}${value === undefined ? '' : '='}${meaning}${tail}`;
	return short ? [long, `-${short}${meaning}${tail}`] : [long];
}

function actionOf(offer: Offer | undefined): string {
	if (offer === undefined || offer.length === 0) return ' ';
	if (offer === 'file') return '_files';
	if (offer === 'folder') return '_files -/';
	return `(${offer.join(' ')})`;
}

function quote(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
