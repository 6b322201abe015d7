import test from 'ava';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import {fitText} from '../../../source/tui/draw/row.js';
import {frameChanges, FrameWriter} from '../../../source/tui/terminal/frame-writer.js';

test('the first frame clears the terminal, an equal one writes nothing', (t) => {
	t.is(frameChanges(['a', 'b'], ['a', 'b']), '');
	t.true(frameChanges(undefined, ['a']).startsWith('\u001B[?2026h\u001B[H\u001B[2J'));
});

test('only lines that changed are written', (t) => {
	t.is(
		frameChanges(['a ', 'b ', 'c '], ['a ', 'x ', 'c ']),
		'\u001B[?2026h\u001B[2;1Hx\u001B[0m\u001B[K\u001B[?2026l',
	);
});

test('a line that fills the last column is not erased after', (t) => {
	t.false(frameChanges(['a   '], ['abcd']).includes('\u001B[K'));
	t.true(frameChanges(['abcd'], []).includes('\u001B[K'));
	t.true(frameChanges(['abcd'], ['abc ']).includes('\u001B[K'));
});

/** A terminal that takes all at once. */
const write = (take: (text: string) => void) => (text: string, taken: () => void) => {
	take(text);
	taken();
};

const columns = 12;
const rows = 5;
const frame = fc.array(fc.string({unit: fc.constantFrom('a', 'b', ' ', '─', '日'), maxLength: 6}), {
	maxLength: rows,
});

test('the terminal shows the newest frame, whatever came before', async (t) => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.oneof(frame, fc.constant('redraw' as const)), {minLength: 1, maxLength: 8}),
			async (steps) => {
				const terminal = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
				const writer = new FrameWriter({rows, write: (text, taken) => terminal.write(text, taken)});
				writer.start();
				let newest: readonly string[] = [];
				for (const step of steps) {
					if (step === 'redraw') writer.redraw();
					else writer.draw((newest = step.map((line) => line && fitText(line, columns))));
				}
				// What was held back while the terminal was busy is written when it is not.
				for (let time = 0; time < 3; time++)
					await new Promise<void>((resolve) => terminal.write('', resolve));
				for (let row = 0; row < rows; row++) {
					t.is(
						terminal.buffer.active.getLine(row)?.translateToString(true).trimEnd(),
						(newest[row] ?? '').trimEnd(),
					);
				}
				terminal.dispose();
			},
		),
		{numRuns: 50},
	);
});

test('nothing is written while the terminal is not ours, and everything afterwards', (t) => {
	let written = '';
	const writer = new FrameWriter({rows, write: write((text) => (written += text))});
	writer.draw(['early']);
	t.is(written, '');
	writer.start();
	t.true(written.includes('early'));
	writer.stop();
	written = '';
	writer.draw(['meanwhile']);
	writer.redraw();
	t.is(written, '');
	writer.start();
	t.true(written.includes('meanwhile'));
});

test('a terminal that is slower than the frames gets the newest one when it is ready, and not those between', (t) => {
	const written: string[] = [];
	let taken = () => {};
	const writer = new FrameWriter({
		rows,
		write(text, done) {
			written.push(text);
			taken = done;
		},
	});
	writer.start();
	writer.draw(['one']);
	writer.draw(['two']);
	writer.draw(['three']);
	t.is(written.length, 1);
	taken();
	t.is(written.length, 2);
	t.true(written[1]?.includes('three'));
	writer.draw(['four']);
	writer.draw(['three']);
	taken();
	t.is(written.length, 2, 'what is shown is not written again');
	writer.redraw();
	writer.redraw();
	t.is(written.length, 3);
	taken();
	t.is(written.length, 4);
});
