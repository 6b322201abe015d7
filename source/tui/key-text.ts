/** What keys are called in the footer, in a word or two, and said to do on the help screen, in a sentence. */
import {type Action} from './binding.js';

type KeyText = {readonly label: string; readonly help: string};

export const keyText: Readonly<Record<Exclude<Action, 'open'>, KeyText>> = {
	invite: {label: 'invite', help: 'Show the invite, as text and as a QR code.'},
	tier: {
		label: 'tier',
		help: 'Go through auto, direct, proxy and json: for all peers, or for the one that is open.',
	},
	conflicts: {label: 'conflicts', help: 'Settle the conflicts, and read the problems.'},
	restore: {
		label: 'restore',
		help: 'Bring the file back as this version has it: a change like any other, for everybody.',
	},
	next: {label: 'next', help: 'Go to the next difference.'},
	previous: {label: 'previous', help: 'Go to the difference before.'},
	'take-mine': {label: 'mine', help: 'Keep what this folder shows; in a comparison: at this difference.'},
	'take-theirs': {label: 'theirs', help: 'Take the other side.'},
	'take-base': {
		label: 'base',
		help: 'Go back to what both started from; what is new on both sides is deleted.',
	},
	'take-both': {label: 'both', help: 'Keep both: two files, or at a difference mine and then theirs.'},
	'whole-mine': {label: 'all mine', help: 'Keep the whole file as this folder shows it.'},
	'whole-theirs': {label: 'all theirs', help: 'Take the whole file of the other side.'},
	'whole-base': {label: 'all base', help: 'Go back to the whole file that both started from.'},
	'whole-both': {label: 'two files', help: 'Keep mine and put the other file beside it under a new name.'},
	edit: {label: 'edit', help: 'Merge in your editor ($VISUAL or $EDITOR) and take the result.'},
	tool: {label: 'merge tool', help: 'Merge in your merge tool (PULSYNC_MERGE_TOOL) and take the result.'},
	undo: {label: 'undo', help: 'Bring back the conflicts that were settled last.'},
	select: {label: 'select', help: 'Select several conflicts; m, t, b and o then settle all of them.'},
	all: {label: 'all', help: 'Settle all, those of a folder or those with a peer the same way.'},
	left: {label: 'side', help: 'With more than two sides: show the one before.'},
	right: {label: 'side', help: 'With more than two sides: show the next one.'},
	pause: {label: 'pause', help: 'Stop syncing, and go on with it.'},
	retry: {label: 'retry', help: 'Try everything again now instead of waiting.'},
	graph: {label: 'graph', help: 'Show the throughput of 60 seconds or of 10 minutes.'},
	log: {label: 'log', help: 'Everything that happened.'},
	history: {label: 'history', help: 'What changed when and by whom, and older versions to bring back.'},
	settings: {label: 'settings', help: 'Your name, the relay, limits of speed, and how this screen looks.'},
	qr: {label: 'text / QR', help: 'Change between the text and the QR code.'},
	copy: {label: 'copy', help: 'Copy the invite once more.'},
	filter: {label: 'filter', help: 'Show only what holds the words that you type.'},
	up: {label: 'up', help: 'One up.'},
	down: {label: 'down', help: 'One down.'},
	'page-up': {label: 'page up', help: 'One page up.'},
	'page-down': {label: 'page down', help: 'One page down.'},
	'change-up': {label: 'changes', help: 'What the version changed: one page up.'},
	'change-down': {label: 'changes', help: 'What the version changed: one page down.'},
	first: {label: 'first', help: 'To the first.'},
	last: {label: 'last', help: 'To the last.'},
	back: {label: 'back', help: 'Back to where you came from.'},
	help: {label: 'help', help: 'This list.'},
	quit: {label: 'quit', help: 'Quit; asks only while something is not yet synced.'},
	'leave-now': {label: 'quit', help: 'Quit; a second time without asking.'},
	suspend: {label: 'suspend', help: 'Suspend; `fg` brings the screen back.'},
	redraw: {label: 'redraw', help: 'Draw the screen anew.'},
};

/** What opening something is called, by what it is. */
export const openText = {
	peer: {label: 'peer', help: 'Open the selected peer: every attempt, and why.'},
	conflict: {label: 'compare', help: 'Compare the sides of the conflict.'},
	file: {label: 'versions', help: 'All versions of the file, with what each changed.'},
	setting: {label: 'change', help: 'Change the setting.'},
} satisfies Record<string, KeyText>;
