/** Completions for bash: one function of the shell, with no need of anything that bash itself does not have. */
import {type Offer} from '../commands.js';
import {allCommands, allFlags, flagForms, flagsFor, offersOf, wordCommands} from './words.js';

export function bashCompletion(): string {
	const withValue = allFlags.filter(({value}) => value !== undefined);
	const names = wordCommands.map(({name}) => name);
	return `# pulsync-tui for bash. To use it now: eval "$(pulsync-tui completion bash)"
_pulsync_tui() {
	local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
	local command=open words=0 index word IFS=$'\\n'
	COMPREPLY=()
	# "--flag=value" comes as three words.
	if [[ $current == = ]]; then
		current=
	elif [[ $previous == = ]]; then
		previous=\${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((index = 1; index < COMP_CWORD; index++)); do
		word=\${COMP_WORDS[index]}
		case $word in
			--relay) command=relay ;;
			${withValue.map(({name}) => `--${name}`).join('|')})
				((index++))
				[[ \${COMP_WORDS[index]} == = ]] && ((index++)) ;;
			-?*) ;;
			*)
				case $command:$words:$word in
					${names.map((name) => `open:0:${name}`).join('|')}) command=$word ;;
					*) ((words++)) ;;
				esac ;;
		esac
	done
	case $previous in
		${valueCases().join('\n\t\t')}
	esac
	if [[ $current == -* ]]; then
		case $command in
			${allCommands.map(({name}) => `${name}) ${offerBash(flagsFor(name).flatMap(flagForms))} ;;`).join('\n\t\t\t')}
		esac
		return
	fi
	case $command:$words in
		open:0) ${offerBash(names)}; ${addFolders} ;;
		${allCommands
			.filter(({name}) => name !== 'open')
			.flatMap((command) => {
				const {offers, rest} = offersOf(command);
				const cases = offers.map((offer, at) => `${command.name}:${at}) ${offerBash(offer)} ;;`);
				return rest === undefined ? cases : [...cases, `${command.name}:*) ${offerBash(rest)} ;;`];
			})
			.join('\n\t\t')}
	esac
}
complete -F _pulsync_tui pulsync-tui
`;
}

/** One case for all flags whose values are completed alike. */
function valueCases(): readonly string[] {
	const forms = new Map<string, string[]>();
	for (const {name, value, offers} of allFlags) {
		if (value !== undefined)
			forms.set(offerBash(offers), [...(forms.get(offerBash(offers)) ?? []), `--${name}`]);
	}
	return [...forms].map(([action, names]) => `${names.join('|')}) ${action}; return ;;`);
}

/** Names of the disk get their slashes and quotes from bash; a bash too old for that completes without. */
const asNames = 'compopt -o filenames 2>/dev/null';
const addFolders = `COMPREPLY+=($(compgen -d -- "$current")); ${asNames}`;

function offerBash(offer: Offer | undefined): string {
	if (offer === undefined || offer.length === 0) return ':';
	if (offer === 'file') return `COMPREPLY=($(compgen -f -- "$current")); ${asNames}`;
	if (offer === 'folder') return addFolders;
	return `COMPREPLY=($(compgen -W $'${offer.join('\\n')}' -- "$current"))`;
}
