/** Rows that are made only when they are looked at: there may be thousands, of which a window shows a few. */
import {type Row} from './row.js';

export type LazyRows = {
	readonly count: number;
	/** The row of a number from 0 to below `count`. */
	readonly rowAt: (index: number) => Row;
};

/** Those rows one after the other. */
export function joinRows(parts: readonly LazyRows[]): LazyRows {
	const tops: number[] = [];
	let count = 0;
	for (const part of parts) {
		tops.push(count);
		count += part.count;
	}
	return {
		count,
		rowAt(index) {
			const at = partOf(tops, index);
			return parts[at]?.rowAt(index - (tops[at] ?? 0)) ?? [];
		},
	};
}

/** The rows from one on, up to and without another, as far as there are any. */
export function rowsBetween({count, rowAt}: LazyRows, from: number, to: number): readonly Row[] {
	const start = Math.max(0, from);
	const length = Math.max(0, Math.min(count, to) - start);
	return Array.from({length}, (_, index) => rowAt(start + index));
}

/** The last part that begins at this row or above it; empty parts before it begin there, too. */
function partOf(tops: readonly number[], row: number): number {
	let [low, high] = [0, tops.length - 1];
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if ((tops[middle] ?? 0) <= row) low = middle;
		else high = middle - 1;
	}
	return low;
}
