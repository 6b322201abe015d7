/**
 * The one table of keys. Screens ask it what a key means, the footer and the help screen are drawn from it, so what is
 * shown is what works.
 */
import {type Action, type Binding, type Place} from './binding.js';
import {type Key} from './keys.js';

const everywhere = ['session', 'peer', 'conflicts', 'conflict', 'invite', 'log', 'help'] as const;
const lists = ['session', 'peer', 'conflicts', 'conflict', 'log', 'help'] as const;
const deeper = ['peer', 'conflicts', 'conflict', 'invite', 'log', 'help'] as const;
const settling = ['conflicts', 'conflict'] as const;

export const keymap: readonly Binding[] = [
	{
		action: 'invite',
		keys: ['i'],
		label: 'invite',
		help: 'Show the invite, as text and as a QR code.',
		places: ['session', 'peer'],
		rank: 1,
	},
	{
		action: 'tier',
		keys: ['t'],
		label: 'tier',
		help: 'Go through auto, direct, proxy and json: for all peers, or for the one that is open.',
		places: ['session', 'peer'],
		rank: 2,
	},
	{
		action: 'conflicts',
		keys: ['c'],
		label: 'conflicts',
		help: 'List the conflicts and settle them.',
		places: ['session', 'peer', 'log'],
		rank: 3,
	},
	{
		action: 'open',
		keys: ['enter', 'right'],
		label: 'peer',
		help: 'Open the selected peer: every attempt, and why.',
		places: ['session'],
		rank: 4,
	},
	{
		action: 'open',
		keys: ['enter', 'right'],
		label: 'compare',
		help: 'Compare the sides of the conflict.',
		places: ['conflicts'],
		rank: 2,
	},
	{
		action: 'take-mine',
		keys: ['m'],
		label: 'mine',
		help: 'Keep what this folder shows.',
		places: settling,
		rank: 3,
	},
	{
		action: 'take-theirs',
		keys: ['t'],
		label: 'theirs',
		help: 'Take the other side.',
		places: settling,
		rank: 3,
	},
	{
		action: 'take-base',
		keys: ['b'],
		label: 'base',
		help: 'Go back to what both started from.',
		places: settling,
		rank: 4,
	},
	{
		action: 'take-both',
		keys: ['o'],
		label: 'both',
		help: 'Keep mine and put the other side beside it under a new name.',
		places: settling,
		rank: 4,
	},
	{
		action: 'edit',
		keys: ['e'],
		label: 'edit',
		help: 'Merge in your editor ($VISUAL or $EDITOR) and take the result.',
		places: settling,
		rank: 5,
	},
	{
		action: 'select',
		keys: ['space', ' '],
		label: 'select',
		help: 'Select several conflicts; m, t, b and o then settle all of them.',
		places: ['conflicts'],
		rank: 6,
	},
	{
		action: 'all',
		keys: ['A'],
		label: 'all',
		help: 'Settle all conflicts the same way, after a question.',
		places: ['conflicts'],
		rank: 7,
	},
	{
		action: 'left',
		keys: ['left', 'h'],
		label: 'side',
		help: 'With more than two sides: show the one before.',
		places: ['conflict'],
	},
	{
		action: 'right',
		keys: ['right', 'tab'],
		label: 'side',
		help: 'With more than two sides: show the next one.',
		places: ['conflict'],
	},
	{
		action: 'pause',
		keys: ['p'],
		label: 'pause',
		help: 'Stop syncing, and go on with it.',
		places: ['session', 'peer'],
		rank: 5,
	},
	{
		action: 'retry',
		keys: ['r'],
		label: 'retry',
		help: 'Try everything again now instead of waiting.',
		places: ['session', 'peer'],
		rank: 7,
	},
	{
		action: 'graph',
		keys: ['g'],
		label: 'graph',
		help: 'Show the throughput of 60 seconds or of 10 minutes.',
		places: ['session'],
		rank: 9,
	},
	{
		action: 'log',
		keys: ['l'],
		label: 'log',
		help: 'Everything that happened.',
		places: ['session', 'peer', 'conflicts'],
		rank: 6,
	},
	{
		action: 'qr',
		keys: ['tab', 'space', ' '],
		label: 'text / QR',
		help: 'Change between the text and the QR code.',
		places: ['invite'],
		rank: 1,
	},
	{
		action: 'copy',
		keys: ['y', 'enter'],
		label: 'copy',
		help: 'Copy the invite once more.',
		places: ['invite'],
		rank: 1,
	},
	{action: 'up', keys: ['up', 'k'], label: 'up', help: 'One up.', places: lists},
	{action: 'down', keys: ['down', 'j'], label: 'down', help: 'One down.', places: lists},
	{
		action: 'page-up',
		keys: ['page-up', 'ctrl-b', 'ctrl-u'],
		label: 'page up',
		help: 'One page up.',
		places: lists,
	},
	{
		action: 'page-down',
		keys: ['page-down', 'ctrl-f', 'ctrl-d'],
		label: 'page down',
		help: 'One page down.',
		places: lists,
	},
	{action: 'first', keys: ['home'], label: 'first', help: 'To the first.', places: lists},
	{action: 'last', keys: ['end', 'G'], label: 'last', help: 'To the last.', places: lists},
	{
		action: 'back',
		keys: ['escape', 'left', 'h', 'backspace'],
		label: 'back',
		help: 'Back to where you came from.',
		places: deeper,
		rank: 0,
	},
	{action: 'help', keys: ['?'], label: 'help', help: 'This list.', places: everywhere, rank: 0},
	{
		action: 'quit',
		keys: ['q'],
		label: 'quit',
		help: 'Quit; asks only while something is not yet synced.',
		places: everywhere,
		rank: 0,
	},
	{
		action: 'leave-now',
		keys: ['ctrl-c'],
		label: 'quit',
		help: 'Quit; a second time without asking.',
		places: everywhere,
	},
	{
		action: 'suspend',
		keys: ['ctrl-z'],
		label: 'suspend',
		help: 'Suspend; `fg` brings the screen back.',
		places: everywhere,
	},
	{action: 'redraw', keys: ['ctrl-l'], label: 'redraw', help: 'Draw the screen anew.', places: everywhere},
];

/** What a key means at a place; the first binding that fits counts. */
export function actionOf(key: Key, place: Place): Action | undefined {
	return keymap.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.action;
}

/** The bindings of a place in the order of the table. */
export function bindingsOf(place: Place): readonly Binding[] {
	return keymap.filter((binding) => binding.places.includes(place));
}
