/** Painted rows that lie side by side and below each other, put together to lines. Pure. */

/** Painted rows of one width, and where they stand. */
export type Block = {
	readonly left: number;
	readonly top: number;
	readonly width: number;
	/** Each in exactly `width` columns. */
	readonly lines: readonly string[];
};

/** Each line of the result fills the width that the blocks take together, or is empty. Blocks do not overlap. */
export function composeLines(blocks: readonly Block[]): readonly string[] {
	const width = Math.max(0, ...blocks.map((block) => block.left + block.width));
	const height = Math.max(0, ...blocks.map((block) => block.top + block.lines.length));
	const texts = Array.from({length: height}, () => '');
	const filled = Array.from({length: height}, () => 0);
	const fill = (row: number, to: number) => ' '.repeat(Math.max(0, to - (filled[row] ?? 0)));
	for (const block of blocks.toSorted((one, other) => one.left - other.left)) {
		for (const [index, line] of block.lines.entries()) {
			const row = block.top + index;
			texts[row] += fill(row, block.left) + line;
			filled[row] = block.left + block.width;
		}
	}
	return texts.map((text, row) => (text === '' ? '' : text + fill(row, width)));
}
