import test from 'ava';
import {composeLines} from '../../../source/tui/draw/compose.js';

test('blocks side by side and below each other become lines of one width, whatever their order', (t) => {
	const blocks = [
		{left: 3, top: 1, width: 2, lines: ['cd', 'gh']},
		{left: 0, top: 0, width: 5, lines: ['12345']},
		{left: 0, top: 1, width: 2, lines: ['ab', 'ef', 'ij']},
	];
	const lines = ['12345', 'ab cd', 'ef gh', 'ij   '];
	t.deepEqual(composeLines(blocks), lines);
	t.deepEqual(composeLines(blocks.toReversed()), lines);
});

test('a line with colours is as wide as it is said to be, and one where nothing stands is empty', (t) => {
	const red = '\u001B[31mab\u001B[0m';
	t.deepEqual(
		composeLines([
			{left: 1, top: 0, width: 2, lines: [red]},
			{left: 4, top: 2, width: 1, lines: ['x']},
		]),
		[` ${red}  `, '', '    x'],
	);
	t.deepEqual(composeLines([]), []);
});
