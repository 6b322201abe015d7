/** The list of conflicts and the comparison of one. */
import {type Conflict} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {cleanLine, cleanText} from '../draw/clean.js';
import {
	cutMiddle,
	fitRight,
	fitRow,
	fitText,
	type Row,
	rowWidth,
	span,
	type Span,
	spreadRow,
} from '../draw/row.js';
import {type Chunk} from '../diff-lines.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';
import {sidesText} from './trouble.js';

export type ConflictListView = {
	readonly conflicts: readonly Conflict[];
	readonly selected: ReadonlySet<Path>;
	readonly cursor: number;
	readonly now: number;
	readonly width: number;
};

export function conflictListRows({
	conflicts,
	selected,
	cursor,
	now,
	width,
}: ConflictListView): readonly Row[] {
	if (conflicts.length === 0) return [[span(text.conflictScreen.none, 'good')]];
	const wide = width >= 90;
	return conflicts.map((conflict, index) => {
		const isHere = index === cursor;
		const right: Row = [
			span(`  ${fitText(sidesText(conflict), wide ? 24 : 14)}`),
			...(wide ? [span(`  ${fitText(text.conflictScreen.kinds[conflict.kind], 28)}`, 'quiet')] : []),
			span(fitRight(text.conflictScreen.since(now - conflict.since), 7), 'quiet'),
		];
		const left: Row = [
			span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
			span(
				selected.has(conflict.path) ? `[${symbols.checked}] ` : '[ ] ',
				selected.has(conflict.path) ? 'good' : 'quiet',
			),
			span(
				cutMiddle(cleanText(conflict.path), Math.max(8, width - rowWidth(right) - 6)),
				isHere ? 'strong' : undefined,
			),
		];
		return spreadRow(left, right, width);
	});
}

/** From here on the three texts stand beside each other. */
const besideFrom = 90;

/** Equal lines that are shown round a difference. */
const contextLines = 3;

/** The differences of the three texts with some lines round them: side by side, or below each other where narrow. */
export function compareRows(chunks: readonly Chunk[], width: number): readonly Row[] {
	const draw = width >= besideFrom ? besideRows : belowRows;
	return chunks.flatMap((chunk, index) => {
		if (chunk.kind !== 'equal') return draw(chunk, width);
		const lines = chunk.base;
		const before = index > 0 ? contextLines : 0;
		const after = index < chunks.length - 1 ? contextLines : 0;
		if (lines.length <= before + after + 1) return equalRows(lines, width);
		return [
			...equalRows(lines.slice(0, before), width),
			fitRow(
				[span(`${symbols.more} ${text.conflictScreen.equalLines(lines.length - before - after)}`, 'quiet')],
				width,
			),
			...equalRows(lines.slice(lines.length - after), width),
		];
	});
}

/** The heads of the three columns; empty where the sides stand below each other. */
export function compareHead(theirsName: string, width: number): Row {
	const {base, mine} = text.conflictScreen;
	if (width < besideFrom) {
		return [
			span('b ', 'quiet'),
			span(`${base}  `, 'quiet'),
			span('m ', 'added'),
			span(`${mine}  `),
			span('t ', 'busy'),
			span(theirsName),
		];
	}
	const [one, two, three] = columnWidths(width);
	return [
		span(fitText(base, one), 'quiet'),
		span(' │ ', 'frame'),
		span(fitText(mine, two), 'strong'),
		span(' │ ', 'frame'),
		span(fitText(theirsName, three), 'strong'),
	];
}

function columnWidths(width: number): readonly [number, number, number] {
	const one = Math.floor((width - 6) / 3);
	const two = Math.floor((width - 6 - one) / 2);
	return [one, two, width - 6 - one - two];
}

function equalRows(lines: readonly string[], width: number): readonly Row[] {
	if (width < besideFrom) return lines.map((line) => [span('  ', 'frame'), span(cleanLine(line), 'quiet')]);
	return lines.map((line) => columnsRow([line, 'quiet'], [line, 'quiet'], [line, 'quiet'], width));
}

type Cell = readonly [line: string | undefined, tone?: Tone];

function columnsRow(base: Cell, mine: Cell, theirs: Cell, width: number): Row {
	const widths = columnWidths(width);
	const cell = ([line, tone]: Cell, column: number): Span =>
		span(fitText(line === undefined ? '' : cleanLine(line), column), tone);
	return [
		cell(base, widths[0]),
		span(' │ ', 'frame'),
		cell(mine, widths[1]),
		span(' │ ', 'frame'),
		cell(theirs, widths[2]),
	];
}

function besideRows(chunk: Chunk, width: number): readonly Row[] {
	const height = Math.max(chunk.base.length, chunk.mine.length, chunk.theirs.length);
	const mineTone: Tone | undefined = chunk.kind === 'theirs' ? 'quiet' : 'added';
	const theirsTone: Tone | undefined = chunk.kind === 'mine' ? 'quiet' : 'busy';
	return Array.from({length: height}, (_, index) =>
		columnsRow(
			[chunk.base[index], 'removed'],
			[chunk.mine[index], mineTone],
			[chunk.theirs[index], theirsTone],
			width,
		),
	);
}

/** Each line led by the letter of its side. */
function belowRows(chunk: Chunk): readonly Row[] {
	const lines = (letter: string, from: readonly string[], tone: Tone): readonly Row[] =>
		from.map((line) => [span(`${letter} `, tone), span(cleanLine(line), tone)]);
	return [
		...lines('b', chunk.base, 'removed'),
		...(chunk.kind === 'theirs' ? [] : lines('m', chunk.mine, 'added')),
		...(chunk.kind === 'mine' ? [] : lines('t', chunk.theirs, 'busy')),
	];
}
