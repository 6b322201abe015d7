/** The list of conflicts. */
import {type Conflict} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {cleanText} from '../draw/clean.js';
import {cutMiddle, fitRight, fitText, type Row, rowWidth, span, spreadRow} from '../draw/row.js';
import {text} from '../text.js';
import {symbols} from '../theme.js';
import {sidesText} from './trouble.js';

export type ConflictListView = {
	readonly conflicts: readonly Conflict[];
	readonly selected: ReadonlySet<Path>;
	readonly cursor: number;
	readonly now: number;
	readonly width: number;
};

const wideFrom = 90;

/** The rows `from` to `to` of the list: only those are drawn, however long it is. */
export function conflictListRows(view: ConflictListView, from: number, to: number): readonly Row[] {
	return view.conflicts.slice(from, to).map((conflict, index) => conflictRow(view, conflict, from + index));
}

function conflictRow(
	{selected, cursor, now, width}: ConflictListView,
	conflict: Conflict,
	index: number,
): Row {
	const isHere = index === cursor;
	const isSelected = selected.has(conflict.path);
	const wide = width >= wideFrom;
	const right: Row = [
		span(`  ${fitText(sidesText(conflict), wide ? 24 : 14)}`),
		...(wide ? [span(`  ${fitText(text.conflictScreen.kinds[conflict.kind], 40)}`, 'quiet')] : []),
		span(fitRight(text.conflictScreen.since(now - conflict.since), 7), 'quiet'),
	];
	const path = cutMiddle(cleanText(conflict.path), Math.max(8, width - rowWidth(right) - 6));
	const left: Row = [
		span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
		span(isSelected ? `[${symbols.checked}] ` : '[ ] ', isSelected ? 'good' : 'quiet'),
		span(path, isHere ? 'strong' : undefined),
	];
	return spreadRow(left, right, width);
}
