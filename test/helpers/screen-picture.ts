/**
 * What a terminal shows as an SVG: cells with their colours. Lines, blocks and braille are drawn as shapes, since few
 * fonts have them all and none has them without gaps.
 */
import {type Terminal} from '@xterm/headless';

type Cell = {
	readonly text: string;
	readonly width: number;
	readonly ink: string;
	readonly paper: string | undefined;
	readonly bold: boolean;
	readonly faint: boolean;
};

export type PictureTheme = {
	readonly ink: string;
	readonly paper: string;
	/** The sixteen colours. */
	readonly palette: readonly string[];
};

export const darkTheme: PictureTheme = {
	ink: '#d4d4d4',
	paper: '#161618',
	palette: [
		...['#26262a', '#e5534b', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#c8c8c8'],
		...['#636e7b', '#ff938a', '#6bc46d', '#daaa3f', '#6cb6ff', '#dcbdfb', '#56d4dd', '#ffffff'],
	],
};

export const lightTheme: PictureTheme = {
	ink: '#1f2328',
	paper: '#ffffff',
	palette: [
		...['#24292f', '#cf222e', '#116329', '#9a6700', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
		...['#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#ffffff'],
	],
};

export const cellWidth = 8.4;
export const cellHeight = 18;

/** The visible screen. */
export function screenPicture(terminal: Terminal, theme: PictureTheme = darkTheme): string {
	const {cols, rows} = terminal;
	const width = cols * cellWidth;
	const height = rows * cellHeight;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${round(width)}" height="${height}">`,
		`<rect width="100%" height="100%" fill="${theme.paper}"/>`,
		`<g font-family="'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">`,
		...Array.from({length: rows}, (_, row) => rowPicture(cellsOf(terminal, row, theme), row)),
		'</g></svg>',
		'',
	].join('\n');
}

/** The visible rows one by one, each at the top; blank ones are empty texts. */
export function rowPictures(terminal: Terminal, theme: PictureTheme = darkTheme): readonly string[] {
	return Array.from({length: terminal.rows}, (_, row) => rowPicture(cellsOf(terminal, row, theme), 0));
}

function cellsOf(terminal: Terminal, row: number, theme: PictureTheme): readonly Cell[] {
	const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row);
	return Array.from({length: terminal.cols}, (_, column) => {
		const cell = line?.getCell(column);
		const colourOf = (isDefault: boolean | undefined, number: number | undefined) =>
			isDefault === false ? theme.palette[number ?? 0] : undefined;
		const ink = colourOf(cell?.isFgDefault(), cell?.getFgColor()) ?? theme.ink;
		const paper = colourOf(cell?.isBgDefault(), cell?.getBgColor());
		const isInverse = (cell?.isInverse() ?? 0) > 0;
		return {
			text: cell?.getChars() ?? '',
			width: cell?.getWidth() ?? 1,
			ink: isInverse ? (paper ?? theme.paper) : ink,
			paper: isInverse ? ink : paper,
			bold: (cell?.isBold() ?? 0) > 0,
			faint: (cell?.isDim() ?? 0) > 0,
		};
	});
}

function rowPicture(cells: readonly Cell[], row: number): string {
	const y = row * cellHeight;
	let out = '';
	for (const [column, cell] of cells.entries()) {
		const x = round(column * cellWidth);
		const width = round(cell.width * cellWidth + 0.3);
		if (cell.paper !== undefined)
			out += `<rect x="${x}" y="${y}" width="${width}" height="${cellHeight}" fill="${cell.paper}"/>`;
	}
	let column = 0;
	while (column < cells.length) {
		const cell = cells[column]!;
		const line = lineRun(cells, column);
		if (line > 1) {
			const thick = cell.text === '━' ? 3 : 1.2;
			const opacity = cell.faint ? ' opacity="0.6"' : '';
			out += `<rect x="${round(column * cellWidth)}" y="${round(y + cellHeight / 2 - thick / 2)}" width="${round(line * cellWidth + 0.3)}" height="${thick}" fill="${cell.ink}"${opacity}/>`;
			column += line;
			continue;
		}
		const shape = shapeOf(cell, column, y);
		if (shape !== undefined) {
			out += shape;
			column++;
			continue;
		}
		// Runs of one look are one text; each stands at its own column, so that no font shifts what follows.
		let text = cell.text;
		let end = column + Math.max(1, cell.width);
		while (cell.width === 1 && end < cells.length && isAlike(cell, cells[end]!)) text += cells[end++]!.text;
		if (text.trim() !== '') {
			const length = round((end - column) * cellWidth);
			out += `<text x="${round(column * cellWidth)}" y="${y + 13.5}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${cell.ink}"${looksOf(cell)}>${escaped(text)}</text>`;
		}
		column = end;
	}
	return out;
}

/** How many cells from here on are one straight line. */
function lineRun(cells: readonly Cell[], column: number): number {
	const first = cells[column]!;
	if (first.text !== '─' && first.text !== '━') return 0;
	const end = cells.findIndex(
		({text, ink, faint}, at) =>
			at > column && !(text === first.text && ink === first.ink && faint === first.faint),
	);
	return (end < 0 ? cells.length : end) - column;
}

function isAlike(one: Cell, other: Cell): boolean {
	const isAscii = /^[\u0020-\u007E]$/.test(other.text) && /^[\u0020-\u007E]$/.test(one.text);
	return (
		other.width === 1 &&
		(isAscii || one.text === other.text) &&
		one.ink === other.ink &&
		one.bold === other.bold &&
		one.faint === other.faint
	);
}

function looksOf({bold, faint}: Cell): string {
	return `${bold ? ' font-weight="bold"' : ''}${faint ? ' opacity="0.6"' : ''}`;
}

/** Where the lines of a box character go, as the sides of its cell: left, right, up, down. */
const boxLines: Readonly<Record<string, string>> = {
	'─': 'lr',
	'│': 'ud',
	'╭': 'rd',
	'╮': 'ld',
	'╰': 'ru',
	'╯': 'lu',
	'┤': 'lud',
	'├': 'rud',
	'┼': 'lrud',
	'┬': 'lrd',
	'┴': 'lru',
	'━': 'lr',
};

/** Dots of a braille cell by bit: column and row. */
const brailleDots = [
	[0, 0],
	[0, 1],
	[0, 2],
	[1, 0],
	[1, 1],
	[1, 2],
	[0, 3],
	[1, 3],
] as const;

function shapeOf(cell: Cell, column: number, y: number): string | undefined {
	const {text, ink} = cell;
	const x = column * cellWidth;
	const opacity = cell.faint ? ' opacity="0.6"' : '';
	const rect = (left: number, top: number, width: number, height: number) =>
		`<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" fill="${ink}"${opacity}/>`;
	const code = text.codePointAt(0) ?? 0;
	if (code >= 0x2800 && code <= 0x28ff) {
		const dots = brailleDots
			.filter((_, bit) => ((code - 0x2800) & (1 << bit)) !== 0)
			.map(
				([right, down]) => `M${round(x + 1.2 + right * 4.2)} ${round(y + 1.3 + down * 4.5)}h2.4v2.4h-2.4z`,
			);
		return dots.length === 0 ? '' : `<path d="${dots.join('')}" fill="${ink}"${opacity}/>`;
	}
	if (text === '█') return rect(x, y, cellWidth + 0.3, cellHeight);
	if (text === '▀') return rect(x, y, cellWidth + 0.3, cellHeight / 2);
	if (text === '▄') return rect(x, y + cellHeight / 2, cellWidth + 0.3, cellHeight / 2);
	if (code >= 0x2581 && code <= 0x2587) {
		const height = ((code - 0x2580) / 8) * cellHeight;
		return rect(x + 0.6, y + cellHeight - height, cellWidth - 1.2, height);
	}
	const lines = boxLines[text];
	if (lines === undefined) return undefined;
	const thick = text === '━' ? 3 : 1.2;
	const [middleX, middleY] = [x + cellWidth / 2, y + cellHeight / 2];
	const half = thick / 2;
	return [
		lines.includes('l') ? rect(x, middleY - half, cellWidth / 2 + half, thick) : '',
		lines.includes('r') ? rect(middleX - half, middleY - half, cellWidth / 2 + half + 0.3, thick) : '',
		lines.includes('u') ? rect(middleX - half, y, thick, cellHeight / 2 + half) : '',
		lines.includes('d') ? rect(middleX - half, middleY - half, thick, cellHeight / 2 + half) : '',
	].join('');
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
