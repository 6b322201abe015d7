/** Three texts put beside each other, difference by difference: what each has, which words are new, what was chosen. */
import {type Chunk} from '../diff-lines.js';
import {cleanLine} from '../draw/clean.js';
import {fitRow, fitText, type Row, span} from '../draw/row.js';
import {changedChunks, type Choice, choiceOf, type Choices} from '../hunks.js';
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

export type Comparison = {
	readonly rows: readonly Row[];
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
	const changed = changedChunks(chunks);
	const rows: Row[] = [];
	const starts = new Map<number, number>();
	for (const [index, chunk] of chunks.entries()) {
		if (chunk.kind === 'equal') {
			rows.push(...equalRows(chunk.base, index > 0, index < chunks.length - 1, width));
			continue;
		}
		starts.set(index, rows.length);
		rows.push(headRow(view, index, changed.indexOf(index) + 1, changed.length));
		rows.push(...(width >= besideFrom ? besideRows(view, index, chunk) : belowRows(view, index, chunk)));
	}
	return {rows, starts};
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
	number: number,
	count: number,
): Row {
	const {kind} = chunks[index] ?? {kind: 'equal'};
	const choice = choiceOf(chunks, choices, index);
	const isHere = index === focus;
	return fitRow(
		[
			span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
			span(text.conflictScreen.difference(number, count), isHere ? 'strong' : 'title'),
			span(`  ${text.conflictScreen.changedBy(kind, theirsName)}  `, 'quiet'),
			choice === undefined
				? span(text.conflictScreen.open, 'warn')
				: span(`${symbols.checked} ${text.conflictScreen.choices[choice]}`, 'good'),
		],
		width,
	);
}

function equalRows(
	all: readonly string[],
	isAfter: boolean,
	isBefore: boolean,
	width: number,
): readonly Row[] {
	// What follows the last line end is no line.
	const lines = !isBefore && all.at(-1) === '' ? all.slice(0, -1) : all;
	const before = isAfter ? contextLines : 0;
	const after = isBefore ? contextLines : 0;
	if (lines.length <= before + after + 1) return lines.map((line) => equalRow(line, width));
	const hidden = text.conflictScreen.equalLines(lines.length - before - after);
	return [
		...lines.slice(0, before).map((line) => equalRow(line, width)),
		fitRow([span(`  ${symbols.more} ${hidden}`, 'quiet')], width),
		...lines.slice(lines.length - after).map((line) => equalRow(line, width)),
	];
}

function equalRow(line: string, width: number): Row {
	const cell: Row = [span(cleanLine(line), 'quiet')];
	return width < besideFrom
		? fitRow([span('    '), ...cell], width)
		: columnsRow('  ', [cell, cell, cell], width);
}

function besideRows(view: CompareView, index: number, chunk: Chunk): readonly Row[] {
	const choice = choiceOf(view.chunks, view.choices, index);
	const height = Math.max(chunk.base.length, chunk.mine.length, chunk.theirs.length);
	const bar = index === view.focus ? symbols.bar : ' ';
	const rows = Array.from({length: Math.min(height, maxChunkLines)}, (_, line) =>
		columnsRow(
			`${bar} `,
			sides.map((side) => lineSpans(chunk, side, line, choice)),
			view.width,
		),
	);
	return height > maxChunkLines ? [...rows, moreRow(height - maxChunkLines)] : rows;
}

/** Each line led by the letter of its side. */
function belowRows(view: CompareView, index: number, chunk: Chunk): readonly Row[] {
	const choice = choiceOf(view.chunks, view.choices, index);
	const bar = index === view.focus ? symbols.bar : ' ';
	return sides
		.filter(
			({name}) => name === 'base' || (name === 'mine' ? chunk.kind !== 'theirs' : chunk.kind !== 'mine'),
		)
		.flatMap((side) => {
			const lines = chunk[side.name];
			const rows = lines
				.slice(0, maxChunkLines)
				.map((_, line) =>
					fitRow(
						[
							span(`${bar} `, 'accent'),
							span(`${side.letter} `, side.tone),
							...lineSpans(chunk, side, line, choice),
						],
						view.width,
					),
				);
			return lines.length > maxChunkLines ? [...rows, moreRow(lines.length - maxChunkLines)] : rows;
		});
}

function moreRow(lines: number): Row {
	return [span(`    ${symbols.more} ${text.conflictScreen.moreLines(lines)}`, 'quiet')];
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
