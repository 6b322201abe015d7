/**
 * Columns of dots in braille cells, two columns and four rows a cell. The dots of a cell are numbered
 *   0 3
 *   1 4
 *   2 5
 *   6 7   and U+2800 plus their bits is the character.
 */

const bits = [
	[0x01, 0x02, 0x04, 0x40],
	[0x08, 0x10, 0x20, 0x80],
] as const;

/**
 * Bars as lines of braille, top line first. `heights` are dots from 0 to `rows * 4`, two for a character; `hanging`
 * bars grow downwards from the first line.
 */
export function brailleBars(heights: readonly number[], rows: number, hanging = false): string[] {
	const lines: string[] = [];
	for (let row = 0; row < rows; row++) {
		let line = '';
		for (let column = 0; column < heights.length; column += 2) {
			let cell = 0;
			for (const side of [0, 1] as const) {
				const height = heights[column + side] ?? 0;
				for (let dot = 0; dot < 4; dot++) {
					const fromTop = row * 4 + dot;
					const on = hanging ? fromTop < height : fromTop >= rows * 4 - height;
					if (on) cell |= bits[side][dot]!;
				}
			}
			line += cell === 0 ? ' ' : String.fromCodePoint(0x2800 + cell);
		}
		lines.push(line);
	}
	return lines;
}

/** A line through the tops of such bars: each column is joined to the one before it. Undefined leaves a gap. */
export function brailleLine(heights: readonly (number | undefined)[], rows: number): string[] {
	const cells = Array.from({length: rows}, () =>
		Array.from({length: Math.ceil(heights.length / 2)}, () => 0),
	);
	const set = (column: number, height: number) => {
		const fromTop = Math.max(0, Math.min(rows * 4 - 1, rows * 4 - height));
		const line = cells[Math.floor(fromTop / 4)]!;
		line[Math.floor(column / 2)]! |= bits[column % 2 === 0 ? 0 : 1][fromTop % 4]!;
	};
	for (const [column, height] of heights.entries()) {
		if (height === undefined) continue;
		const before = heights[column - 1] ?? height;
		const [low, high] = before < height ? [before + 1, height] : [height, Math.max(height, before - 1)];
		for (let at = low; at <= high; at++) set(column, at);
	}
	return cells.map((line) =>
		line.map((cell) => (cell === 0 ? ' ' : String.fromCodePoint(0x2800 + cell))).join(''),
	);
}
