/** Three texts put beside each other, difference by difference: what each has, which words are new, what was chosen. */
import {type Chunk} from '../diff-lines.js';
import {cleanLine} from '../draw/clean.js';
import {joinRows, type LazyRows} from '../draw/lazy-rows.js';
import {fitRow, fitText, type Row, span} from '../draw/row.js';
import {type Choice, choiceOf, type Choices} from '../hunks.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';
import {wordDiff} from '../word-diff.js';

export type CompareView = {
	readonly chunks: readonly Chunk[];
	readonly choices: Choices;
	/** The number of the chunk that keys are for. */
	readonly focus: number | undefined;
	readonly theirsName: string;
	readonly width: number;
};

export type Comparison = LazyRows & {
	/** The row at which each changed chunk begins, by its number. */
	readonly starts: ReadonlyMap<number, number>;
};

/** From here on the three texts stand beside each other. */
const besideFrom = 90;
/** Equal lines that are shown round a difference. */
const contextLines = 3;
/** Lines of one difference that are shown; whoever changed more looks at them in an editor. */
const maxChunkLines = 400;

type SideName = 'base' | 'mine' | 'theirs';
type Side = {readonly name: SideName; readonly letter: string; readonly tone: Tone; readonly wordTone: Tone};

const sides: readonly Side[] = [
	{name: 'base', letter: 'b', tone: 'removed', wordTone: 'removed-word'},
	{name: 'mine', letter: 'm', tone: 'added', wordTone: 'added-word'},
	{name: 'theirs', letter: 't', tone: 'other', wordTone: 'other-word'},
];

export function compareTexts(view: CompareView): Comparison {
	const {chunks, width} = view;
	const parts: LazyRows[] = [];
	const starts = new Map<number, number>();
	let count = 0;
	for (const [index, chunk] of chunks.entries()) {
		if (chunk.kind !== 'equal') starts.set(index, count);
		const part =
			chunk.kind === 'equal'
				? equalRows(chunk.base, index > 0, index < chunks.length - 1, width)
				: joinRows([
						{count: 1, rowAt: () => headRow(view, index, starts)},
						width >= besideFrom ? besideRows(view, index, chunk) : belowRows(view, index, chunk),
					]);
		parts.push(part);
		count += part.count;
	}
	return {...joinRows(parts), starts};
}

/** The heads of the three columns; what the letters mean where the sides stand below each other. */
export function compareHead(theirsName: string, width: number): Row {
	const names: Record<SideName, string> = {
		base: text.conflictScreen.base,
		mine: text.conflictScreen.mine,
		theirs: text.conflictScreen.theirsOf(theirsName),
	};
	if (width < besideFrom) {
		return sides.flatMap(({name, letter, tone}) => [span(`${letter} `, tone), span(`${names[name]}  `)]);
	}
	return columnsRow(
		'  ',
		sides.map(({name}) => [span(names[name], name === 'base' ? 'quiet' : 'strong')]),
		width,
	);
}

/** The head of a difference: which it is, who changed it, what was chosen. */
function headRow(
	{chunks, choices, focus, theirsName, width}: CompareView,
	index: number,
	starts: ReadonlyMap<number, number>,
): Row {
	const {kind} = chunks[index] ?? {kind: 'equal'};
	const number = [...starts.keys()].indexOf(index) + 1;
	const choice = choiceOf(chunks, choices, index);
	const isHere = index === focus;
	return fitRow(
		[
			span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
			span(text.conflictScreen.difference(number, starts.size), isHere ? 'strong' : 'title'),
			span(`  ${text.conflictScreen.changedBy(kind, theirsName)}  `, 'quiet'),
			choice === undefined
				? span(text.conflictScreen.open, 'warn')
				: span(`${symbols.checked} ${text.conflictScreen.choices[choice]}`, 'good'),
		],
		width,
	);
}

function equalRows(all: readonly string[], isAfter: boolean, isBefore: boolean, width: number): LazyRows {
	// What follows the last line end is no line.
	const lines = !isBefore && all.at(-1) === '' ? all.slice(0, -1) : all;
	const before = isAfter ? contextLines : 0;
	const after = isBefore ? contextLines : 0;
	const {length} = lines;
	const lineRow = (index: number) => equalRow(lines[index] ?? '', width);
	if (length <= before + after + 1) return {count: length, rowAt: lineRow};
	const hidden = text.conflictScreen.equalLines(length - before - after);
	const count = before + 1 + after;
	return {
		count,
		rowAt(index) {
			if (index === before) return fitRow([span(`  ${symbols.more} ${hidden}`, 'quiet')], width);
			return lineRow(index < before ? index : length - (count - index));
		},
	};
}

function equalRow(line: string, width: number): Row {
	const cell: Row = [span(cleanLine(line), 'quiet')];
	return width < besideFrom
		? fitRow([span('    '), ...cell], width)
		: columnsRow('  ', [cell, cell, cell], width);
}

function besideRows(view: CompareView, index: number, chunk: Chunk): LazyRows {
	const choice = choiceOf(view.chunks, view.choices, index);
	const bar = index === view.focus ? symbols.bar : ' ';
	return cutRows(Math.max(chunk.base.length, chunk.mine.length, chunk.theirs.length), (line) =>
		columnsRow(
			`${bar} `,
			sides.map((side) => lineSpans(chunk, side, line, choice)),
			view.width,
		),
	);
}

/** Each line led by the letter of its side. */
function belowRows(view: CompareView, index: number, chunk: Chunk): LazyRows {
	const choice = choiceOf(view.chunks, view.choices, index);
	const bar = index === view.focus ? symbols.bar : ' ';
	const shown = sides.filter(
		({name}) => name === 'base' || (name === 'mine' ? chunk.kind !== 'theirs' : chunk.kind !== 'mine'),
	);
	return joinRows(
		shown.map((side) =>
			cutRows(chunk[side.name].length, (line) =>
				fitRow(
					[
						span(`${bar} `, 'accent'),
						span(`${side.letter} `, side.tone),
						...lineSpans(chunk, side, line, choice),
					],
					view.width,
				),
			),
		),
	);
}

/** So many lines as rows, or the first of them and a row that counts the others. */
function cutRows(lines: number, lineRow: (line: number) => Row): LazyRows {
	if (lines <= maxChunkLines) return {count: lines, rowAt: lineRow};
	const more: Row = [
		span(`    ${symbols.more} ${text.conflictScreen.moreLines(lines - maxChunkLines)}`, 'quiet'),
	];
	return {count: maxChunkLines + 1, rowAt: (line) => (line < maxChunkLines ? lineRow(line) : more)};
}

/** One line of a side, its new words marked; faint where another side was chosen. */
function lineSpans(chunk: Chunk, side: Side, index: number, choice: Choice | undefined): Row {
	const line = chunk[side.name][index];
	if (line === undefined) return [];
	const own = cleanLine(line);
	if (choice !== undefined && choice !== side.name && !(choice === 'both' && side.name !== 'base'))
		return [span(own, 'quiet')];
	// The base shows what went: compared with mine, or with theirs where mine left it alone.
	const other = side.name === 'base' ? (chunk.kind === 'theirs' ? chunk.theirs : chunk.mine) : chunk.base;
	const compared = other[index] ?? (side.name === 'mine' ? chunk.theirs : chunk.mine)[index];
	const pieces = wordDiff(own, compared === undefined ? own : cleanLine(compared));
	return pieces.map((piece) => span(piece.text, piece.isNew ? side.wordTone : side.tone));
}

function columnsRow(gutter: string, cells: readonly Row[], width: number): Row {
	const inner = width - gutter.length - 6;
	const one = Math.floor(inner / 3);
	const two = Math.floor((inner - one) / 2);
	const widths = [one, two, inner - one - two];
	return cells.flatMap((cell, index) => [
		index === 0 ? span(fitText(gutter, gutter.length), 'accent') : span(' │ ', 'frame'),
		...fitRow(cell, widths[index] ?? 0),
	]);
}
