import test from 'ava';
import fc from 'fast-check';
import {type Layout, layoutPanels} from '../../source/tui/layout.js';

const shape = (layout: Layout) =>
	layout.map((row) => row.map(({panel, width, height}) => `${panel} ${width}x${height}`).join(' | '));

test('a wide window has two columns', (t) => {
	t.deepEqual(shape(layoutPanels(120, 37, {peerRows: 6, troubleRows: 2})), [
		'peers 65x15 | throughput 55x15',
		'trouble 65x22 | activity 55x22',
	]);
});

test('a classic window stacks everything', (t) => {
	t.deepEqual(shape(layoutPanels(80, 21, {peerRows: 5, troubleRows: 2})), [
		'peers 80x7',
		'trouble 80x4',
		'throughput 80x5',
		'activity 80x5',
	]);
});

test('a small window has no graph, and no conflicts panel where there is no conflict', (t) => {
	t.deepEqual(shape(layoutPanels(60, 12, {peerRows: 3, troubleRows: 0})), ['peers 60x5', 'activity 60x7']);
	t.deepEqual(shape(layoutPanels(60, 12, {peerRows: 9, troubleRows: 5})), [
		'peers 60x6',
		'trouble 60x3',
		'activity 60x3',
	]);
});

test('panels fill the body exactly, whatever its size', (t) => {
	fc.assert(
		fc.property(
			fc.integer({min: 1, max: 300}),
			fc.integer({min: 1, max: 120}),
			fc.record({peerRows: fc.nat(60), troubleRows: fc.nat(60)}),
			(width, height, wishes) => {
				const layout = layoutPanels(width, height, wishes);
				t.is(
					layout.reduce((sum, row) => sum + (row[0]?.height ?? 0), 0),
					height,
				);
				for (const row of layout) {
					t.is(
						row.reduce((sum, slot) => sum + slot.width, 0),
						width,
					);
					t.is(new Set(row.map((slot) => slot.height)).size, 1);
				}
			},
		),
	);
});
