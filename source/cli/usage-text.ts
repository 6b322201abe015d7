/** What is said of a command line that cannot be understood. Each is followed by where help is. */
import {type FailureDetails} from '../core/failure-sentences.js';
import {type InviteFault} from '../protocol/invite.js';
import {shells, tierWords} from './commands.js';

const tiers = orList(tierWords);

export const usageText = {
	noFlag: (flag: string, meant: string | undefined) => `There is no flag ${flag}.${didYouMean(meant)}`,
	noValue: (flag: string) => `${flag} takes no value.`,
	needsValue: (flag: string, value: string) => `${flag} needs a value: ${value}.`,
	noCommand: (word: string, meant: string | undefined) =>
		`There is no command or folder ${quoted(word)}.${didYouMean(meant)}`,
	noHelp: (word: string, meant: string | undefined) =>
		`There is no command ${quoted(word)}.${didYouMean(meant)}`,
	relayIsFlag: 'There is no command or folder "relay". A relay is pulsync-tui --relay.',
	notOf: (command: string, word: string) => `${command} takes no ${word}.`,
	sayMore: (usage: string) => `Something is missing: pulsync-tui ${usage}.`,
	opening: 'Opening a session',
	shell: (word: string | undefined) => `Completions are made for ${shells.join(', ')}, not ${quoted(word)}.`,

	rate: (flag: string, text: string) => `--${flag} must be a rate such as 2MB/s, not ${quoted(text)}.`,
	limit: (flag: string, text: string) =>
		`--${flag} must be a rate such as 2MB/s, or none, not ${quoted(text)}.`,
	size: (flag: string, text: string) => `--${flag} must be a size such as 10GB, not ${quoted(text)}.`,
	number: (flag: string, text: string, min: number, max: number) =>
		`--${flag} must be a number from ${min} to ${max}, not ${quoted(text)}.`,
	address: (flag: string, text: string) =>
		`--${flag} must be HOST:PORT, like 127.0.0.1:9090 or [::]:9090, not ${quoted(text)}.`,
	tooManyServers: (flag: string, max: number) => `--${flag} may name ${max} servers at most.`,
	server: (flag: string, form: string) => `--${flag} must be written ${form}, for a server over UDP.`,
	tier: (text: string) => `--tier must be ${tiers}, not ${quoted(text)}.`,
	relayUrl: (text: string) => `--relay-url must start with ws:// or wss://, not ${quoted(text)}.`,

	showNeedsPath: 'show needs the path of a file.',
	tierWord: (word: string) => `A tier is ${tiers}, not ${quoted(word)}.`,
	restoreNeedsAt: 'restore needs --at with a time or a snapshot.',
	mergedNeedsFile: '--take merged and --file FILE go together.',
	mergedIsOne: 'resolve --take merged settles one path.',
	resolveNeedsTake: 'resolve needs --take mine, theirs, base, both or merged.',
	take: (text: string) => `--take must be mine, theirs, base, both or merged, not ${quoted(text)}.`,
	allIsOne: 'resolve --all takes one folder at most.',
	resolveNeedsPaths: 'resolve needs the paths to settle, or --all.',
	outside: (word: string, root: string) => `${word} is outside of the project ${root}.`,
	noSession: (folder: string) =>
		`${folder} has no session yet: host one (pulsync-tui host) or join one (pulsync-tui join).`,
	noInvite: 'An invite is needed: give it as an argument, in PULSYNC_INVITE, or on stdin with join -.',
} as const;

/** What is said of a settings file that cannot be used, or not all of it. */
export const settingsFileText = {
	unreadable: (file: string, reason: string) =>
		`${file} cannot be read (${reason}), so its settings are not used and not changed; mend it, or move it away.`,
	wrong: (file: string, names: readonly string[]) =>
		`${file} has values that cannot be used (${names.join(', ')}), so they count as not set; mend them.`,
} as const;

/** The question for an invite, and what is wrong with one, for its sentence. */
export const inviteText = {
	ask: 'Invite: ',
	askRest: 'The rest of it: ',
	reasons: {
		scheme: 'it does not start with pulsync:',
		shape: 'a part is missing',
		address: 'an address is wrong',
		session_id: 'the session is wrong',
		secret: 'the secret is too short or too long',
		checksum: 'a character is wrong',
	},
} as const;

/** The facts for the sentence about an invite that is none. */
export function inviteFault(fault: InviteFault): FailureDetails {
	// A secret that was cut short can look like one of a version that is not known here.
	return fault === 'version' ? {version: 'newer'} : {reason: inviteText.reasons[fault]};
}

function didYouMean(word: string | undefined): string {
	return word === undefined ? '' : ` Did you mean ${word}?`;
}

function quoted(text: string | undefined): string {
	return JSON.stringify(text);
}

function orList(words: readonly string[]): string {
	return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
