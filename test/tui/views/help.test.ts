import test from 'ava';
import {plainRow, textWidth, wrapWords} from '../../../source/tui/draw/row.js';
import {keyName} from '../../../source/tui/key-name.js';
import {keymap} from '../../../source/tui/keymap.js';
import {helpRows} from '../../../source/tui/views/help.js';

const texts = (...args: Parameters<typeof helpRows>) =>
	helpRows(...args).map((row) => plainRow(row).trimEnd());

for (const width of [56, 76, 196]) {
	test(`every binding is in the help, once and with all its keys, in ${width} columns`, (t) => {
		const rows = texts(width);
		for (const {help, keys} of keymap) {
			const [firstWords = ''] = wrapWords(help, 25);
			const alike = keymap.filter((binding) => binding.help.startsWith(firstWords));
			const shown = rows.join('\n').split(firstWords).length - 1;
			t.is(shown, alike.length, firstWords);
			const names = [...new Set(keys.map(keyName))].join(' ');
			t.true(
				rows.some((row) => row.includes(names)),
				names,
			);
		}
		t.true(rows.every((row) => textWidth(row) <= width));
	});
}

test('help begins with what works where the person comes from', (t) => {
	const rows = texts(76, {from: 'conflict'});
	t.is(rows[0]?.trim(), 'One conflict');
	t.regex(rows.slice(0, 4).join(' '), /next difference/);
	t.is(rows.filter((row) => row.trim() === 'One conflict').length, 1);
});

test('what stands beside a peer is told at the end of the help', (t) => {
	const rows = texts(76);
	const at = rows.indexOf('What stands beside a peer');
	t.regex(rows[at + 1] ?? '', /^ {2}−3 +It lacks 3 of our snapshots\.$/);
	t.is(helpRows(76, {filter: 'lacks 3'}).length, 2);
});
