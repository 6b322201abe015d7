/** A titled frame round rows. */
import {cutText, fitRow, type Row, rowWidth, span, type Span, textWidth} from './row.js';

export type PanelOptions = {
	readonly title: string;
	/** What stands at the right end of the upper edge. */
	readonly note?: Row;
	readonly width: number;
	readonly height: number;
	readonly focused?: boolean;
	/** Drawn in the lower edge where rows did not fit. */
	readonly more?: string;
};

/** Exactly `height` rows of exactly `width` columns; rows that do not fit are left out. */
export function panel(rows: readonly Row[], options: PanelOptions): readonly Row[] {
	const {width, height} = options;
	if (height < 2 || width < 4) return rows.slice(0, height).map((row) => fitRow(row, width));
	const inner = width - 4;
	const body: Row[] = [];
	for (let index = 0; index < height - 2; index++) {
		body.push([span('│ ', 'frame'), ...fitRow(rows[index] ?? [], inner), span(' │', 'frame')]);
	}
	return [topEdge(options), ...body, bottomEdge(options)];
}

/** The columns and rows that a panel of this size leaves for its content. */
export function innerSize(width: number, height: number): {width: number; height: number} {
	return {width: Math.max(0, width - 4), height: Math.max(0, height - 2)};
}

function topEdge({title, note = [], width, focused}: PanelOptions): Row {
	const shownTitle = cutText(title, Math.max(0, width - 6));
	const left: Span[] = [
		span('╭ ', 'frame'),
		span(shownTitle, focused ? 'accent' : 'title'),
		span(' ', 'frame'),
	];
	const free = width - rowWidth(left) - 1;
	const noteWidth = rowWidth(note);
	const shownNote: Row = noteWidth > 0 && noteWidth + 4 <= free ? [span(' '), ...note, span(' ')] : [];
	return [
		...left,
		span('─'.repeat(Math.max(0, free - rowWidth(shownNote) - (shownNote.length > 0 ? 1 : 0))), 'frame'),
		...shownNote,
		...(shownNote.length > 0 ? [span('─', 'frame')] : []),
		span('╮', 'frame'),
	];
}

function bottomEdge({width, more}: PanelOptions): Row {
	const label = more && width > 8 ? ` ${cutText(more, width - 6)} ` : '';
	return [
		span(`╰${'─'.repeat(Math.max(0, width - 3 - textWidth(label)))}`, 'frame'),
		span(label, 'quiet'),
		span('─╯', 'frame'),
	];
}
