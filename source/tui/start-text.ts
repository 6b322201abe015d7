/** The words and sentences before a session runs. */
import {formatBytes, formatCount} from './format.js';

export const openingText = {
	host: 'Opening the session …',
	join: 'Joining …',
	resume: 'Opening the session …',
	long: 'Looking for the relay and for peers in this network.',
} as const;

export const startText = {
	title: 'What shall this folder do?',
	host: 'Host this folder',
	hostHint: 'Others join it with an invite.',
	join: 'Join a session',
	joinHint: 'With an invite that you were sent.',
	resume: (name: string) => `Go on with ${name}`,
	quit: 'Quit',
	recent: 'Recent sessions',
	askInvite: 'Paste or type the invite',
	placeholder: 'pulsync:…',
	valid: 'The invite is complete.',
	incomplete: 'It starts with pulsync: or pulsyncs: and ends with a checksum.',
	empty: 'This folder is empty.',
	folder: (files: number, bytes: number, isComplete: boolean) =>
		`This folder has ${isComplete ? '' : 'at least '}${formatCount(files)} ${files === 1 ? 'file' : 'files'} (${formatBytes(bytes)}).`,
	git: 'It is a git repository; your own history and branches are left alone.',
	mergeTitle: 'Merge into this folder?',
	merge:
		'Files that only one of you has will be there for both. Where both have a different one, both are kept as a conflict to settle. Nothing is overwritten.',
	mergeYes: 'merge',
	mergeNo: 'do not join',
	name: 'name',
	relay: 'relay',
	relayOwn: 'your own, in this program',
	askName: 'What do the others call you?',
	askRelay: 'Address of a relay; empty for your own, in this program',
} as const;

export const startKeysText = {
	move: 'move',
	choose: 'choose',
	back: 'back',
	check: 'go on',
	quit: 'quit',
	name: 'your name',
	relay: 'relay',
} as const;
