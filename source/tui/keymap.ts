/**
 * The one table of keys. Screens ask it what a key means, the footer and the help screen are drawn from it, so what is
 * shown is what works.
 */
import {type Action, type Binding, type Place} from './binding.js';
import {keyText, openText} from './key-text.js';
import {type Key} from './keys.js';

const everywhere = [
	'session',
	'peer',
	'conflicts',
	'conflict',
	'invite',
	'log',
	'history',
	'versions',
	'settings',
	'help',
] as const;
const lists = [
	'session',
	'peer',
	'conflicts',
	'conflict',
	'log',
	'history',
	'versions',
	'settings',
	'help',
] as const;
/** Where page keys move a list; in `versions` they move what is beside it. */
const paged = lists.filter((place) => place !== 'versions');
const deeper = [
	'peer',
	'conflicts',
	'conflict',
	'invite',
	'log',
	'history',
	'versions',
	'settings',
	'help',
] as const;
const settling = ['conflicts', 'conflict'] as const;
const filtered = ['session', 'conflicts', 'log', 'history', 'versions', 'help'] as const;

/** A rank says which come first in a footer; none: only in help. */
function bind(
	action: Exclude<Action, 'open'>,
	keys: readonly Key[],
	places: readonly Place[],
	rank?: number,
): Binding {
	return {action, keys, places, rank, ...keyText[action]};
}

/** What is opened depends on the place, and so do the words for it. */
function bindOpen(
	what: keyof typeof openText,
	keys: readonly Key[],
	places: readonly Place[],
	rank: number,
): Binding {
	return {action: 'open', keys, places, rank, ...openText[what]};
}

export const keymap: readonly Binding[] = [
	bind('invite', ['i'], ['session', 'peer'], 1),
	bind('tier', ['t'], ['session', 'peer'], 2),
	bind('conflicts', ['c'], ['session', 'peer', 'log'], 3),
	bindOpen('peer', ['enter', 'right'], ['session'], 4),
	bindOpen('conflict', ['enter', 'right'], ['conflicts'], 2),
	bindOpen('file', ['enter', 'right'], ['history'], 2),
	bindOpen('setting', ['enter', 'right', 'space', ' '], ['settings'], 1),
	bind('restore', ['R'], ['history', 'versions'], 1),
	bind('next', ['n', 'tab'], ['conflict'], 2),
	bind('previous', ['N', 'shift-tab'], ['conflict']),
	bind('take-mine', ['m'], settling, 3),
	bind('take-theirs', ['t'], settling, 3),
	bind('take-base', ['b'], settling, 6),
	bind('take-both', ['o'], settling, 4),
	bind('whole-mine', ['M'], ['conflict'], 6),
	bind('whole-theirs', ['T'], ['conflict'], 6),
	bind('whole-base', ['B'], ['conflict']),
	bind('whole-both', ['O'], ['conflict'], 7),
	bind('edit', ['e'], settling, 5),
	bind('tool', ['x'], settling, 9),
	bind('undo', ['u'], ['session', ...settling], 8),
	bind('select', ['space', ' '], ['conflicts'], 7),
	bind('all', ['A'], ['conflicts'], 4),
	bind('left', ['left', 'h'], ['conflict']),
	bind('right', ['right'], ['conflict']),
	bind('pause', ['p'], ['session', 'peer'], 5),
	bind('retry', ['r'], ['session', 'peer'], 7),
	bind('graph', ['g'], ['session'], 9),
	bind('log', ['l'], ['session', 'peer', 'conflicts'], 6),
	bind('history', ['H'], ['session', 'peer', 'log', ...settling], 8),
	bind('settings', ['s'], ['session', 'peer'], 9),
	bind('qr', ['tab', 'space', ' '], ['invite'], 1),
	bind('copy', ['y', 'enter'], ['invite'], 1),
	bind('filter', ['/'], filtered, 8),
	bind('up', ['up', 'k'], lists),
	bind('down', ['down', 'j'], lists),
	bind('page-up', ['page-up', 'ctrl-b', 'ctrl-u'], paged),
	bind('page-down', ['page-down', 'ctrl-f', 'ctrl-d'], paged),
	bind('change-up', ['page-up', 'ctrl-b', 'ctrl-u'], ['versions']),
	bind('change-down', ['page-down', 'ctrl-f', 'ctrl-d'], ['versions'], 2),
	bind('first', ['home'], lists),
	bind('last', ['end', 'G'], lists),
	bind('back', ['escape', 'left', 'h', 'backspace'], deeper, 0),
	bind('help', ['?'], everywhere, 0),
	bind('quit', ['q'], everywhere, 0),
	bind('leave-now', ['ctrl-c'], everywhere),
	bind('suspend', ['ctrl-z'], everywhere),
	bind('redraw', ['ctrl-l'], everywhere),
];

/** What a key means at a place; the first binding that fits counts. */
export function actionOf(key: Key, place: Place): Action | undefined {
	return keymap.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.action;
}

/** The bindings of a place in the order of the table. */
export function bindingsOf(place: Place): readonly Binding[] {
	return keymap.filter((binding) => binding.places.includes(place));
}
