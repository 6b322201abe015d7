import test from 'ava';
import {cursorIn} from '../../../source/tui/hooks/use-list-cursor.js';

for (const [what, keys, place, expected] of [
	['nothing changed', ['a', 'b', 'c'], {index: 1, key: 'b'}, 1],
	['a line came before it', ['new', 'a', 'b', 'c'], {index: 1, key: 'b'}, 2],
	['a line before it went', ['b', 'c'], {index: 1, key: 'b'}, 0],
	['its line went', ['a', 'c'], {index: 1, key: 'b'}, 1],
	['its line was the last and went', ['a', 'b'], {index: 2, key: 'c'}, 1],
	['all went', [], {index: 2, key: 'c'}, 0],
	['it stood nowhere yet', ['a', 'b'], {index: 0, key: undefined}, 0],
] as const) {
	test(`a cursor stands on line ${expected} after ${what}`, (t) => t.is(cursorIn(keys, place), expected));
}
