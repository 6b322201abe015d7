import test from 'ava';
import fc from 'fast-check';
import {bar} from '../../../source/tui/draw/bar.js';
import {brailleBars} from '../../../source/tui/draw/braille.js';
import {plainLook} from '../../../source/tui/look.js';
import {paintRow} from '../../../source/tui/draw/paint.js';
import {panel} from '../../../source/tui/draw/panel.js';
import {plainRow, rowWidth, span} from '../../../source/tui/draw/row.js';
import {nextScale, stepAbove} from '../../../source/tui/draw/scale.js';

test('a panel frames its rows', (t) => {
	const rows = panel([[span('one')], [span('two')]], {
		title: 'Title',
		note: [span('3')],
		width: 20,
		height: 5,
		more: '1 more',
	});
	t.deepEqual(rows.map(plainRow), [
		'╭ Title ─────── 3 ─╮',
		'│ one              │',
		'│ two              │',
		'│                  │',
		'╰───────── 1 more ─╯',
	]);
});

test('a panel has its size at every size', (t) => {
	fc.assert(
		fc.property(
			fc.record({width: fc.integer({min: 4, max: 40}), height: fc.integer({min: 0, max: 8})}),
			fc.string(),
			fc.string(),
			({width, height}, title, more) => {
				const rows = panel([[span('x'.repeat(50))]], {title, note: [span('note')], more, width, height});
				t.is(rows.length, height <= 1 ? Math.min(height, 1) : height);
				for (const row of rows) t.is(rowWidth(row), width);
			},
		),
	);
});

test('a bar is full only when everything is done', (t) => {
	t.is(plainRow(bar(0, 10, 'direct')), '╌'.repeat(10));
	t.is(plainRow(bar(0.999, 10, 'direct')), `${'━'.repeat(9)}╌`);
	t.is(plainRow(bar(1, 10, 'direct')), '━'.repeat(10));
	t.is(plainRow(bar(Number.NaN, 4, 'direct')), '╌'.repeat(4));
});

test('bars stand on the ground or hang from the ceiling', (t) => {
	t.deepEqual(brailleBars([0, 1, 4, 8], 2), [' ⢸', '⢀⣿']);
	t.deepEqual(brailleBars([0, 1, 4, 8], 2, true), ['⠈⣿', ' ⢸']);
});

const steps: [number, number][] = [
	[0, 1000],
	[1000, 1000],
	[1001, 2000],
	[2000, 2000],
	[4200, 5000],
	[5001, 10_000],
	[42_000_000, 50_000_000],
];

for (const [value, expected] of steps) {
	test(`the step above ${value} is ${expected}`, (t) => t.is(stepAbove(value), expected));
}

test('a scale grows at once and shrinks late', (t) => {
	t.is(nextScale(undefined, 4200), 5000);
	t.is(nextScale(5000, 5100), 10_000);
	t.is(nextScale(10_000, 4900), 10_000, 'just below a step is too near to it');
	t.is(nextScale(10_000, 3000), 5000);
	t.is(nextScale(10_000, 0), 1000);
});

test('a peak always fits into its scale, and the same peak does not move it', (t) => {
	fc.assert(
		fc.property(fc.array(fc.double({min: 0, max: 1e12, noNaN: true}), {minLength: 1}), (peaks) => {
			let scale: number | undefined;
			for (const peak of peaks) {
				scale = nextScale(scale, peak);
				t.true(scale >= peak * (1 - 1e-9));
				t.is(nextScale(scale, peak), scale);
			}
		}),
	);
});

test('colours are switched off after each span, and left out where there are none', (t) => {
	t.is(paintRow([span('a'), span('b', 'bad')], plainLook), 'a\u001B[1m\u001B[31mb\u001B[39m\u001B[22m');
	const mono = {...plainLook, colours: false};
	t.is(paintRow([span('b', 'bad')], mono), '\u001B[1mb\u001B[22m');
	t.is(paintRow([span('b', 'good')], mono), 'b');
});
