/** Graphs of one row, and lines instead of bars. */
import {brailleBars, brailleLine} from './braille.js';

/** The newest values as bars in so many cells, each value one column of dots; nothing that flows is drawn as nothing. */
export function sparkline(values: readonly number[], cells: number, scale: number): string {
	const shown = values.slice(-cells * 2);
	const missing = Array.from({length: cells * 2 - shown.length}, () => 0);
	const heights = [...missing, ...shown].map((value) => dotsOf(value, scale, 4));
	return brailleBars(heights, 1)[0] ?? '';
}

/** Values as a line through so many rows; undefined leaves a gap. */
export function lineGraph(
	values: readonly (number | undefined)[],
	rows: number,
	scale: number,
): readonly string[] {
	return brailleLine(
		values.map((value) => (value === undefined ? undefined : dotsOf(value, scale, rows * 4))),
		rows,
	);
}

/** Values spread over fewer columns: each column shows the greatest of its part, so that no peak is lost. */
export function squeeze(values: readonly number[], columns: number): readonly number[] {
	if (values.length <= columns) return values;
	return Array.from({length: columns}, (_, column) => {
		const from = Math.floor((column * values.length) / columns);
		const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
		return Math.max(...values.slice(from, to));
	});
}

/** Something that flows is never drawn as nothing. */
export function dotsOf(value: number, scale: number, most: number): number {
	if (!(value > 0)) return 0;
	return Math.max(1, Math.min(most, Math.round((value / scale) * most)));
}
