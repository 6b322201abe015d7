/** The rows of the conflicts screen: conflicts, one row each, then problems with all that is said of them. */
import {type Problem} from '../../core/state.js';
import {joinRows, type LazyRows} from '../draw/lazy-rows.js';
import {type Row, span} from '../draw/row.js';
import {windowStart} from '../list-cursor.js';
import {text} from '../text.js';
import {conflictListRows, type ConflictListView} from './conflicts.js';
import {problemRows} from './problems.js';

export type TroubleListView = ConflictListView & {
	readonly problems: readonly Problem[];
	/** Older problems that are not kept any more. */
	readonly notListed: number;
	readonly isFiltered: boolean;
};

/** `cursor` counts conflicts and then problems. */
export function troubleListRows(view: TroubleListView): LazyRows & {
	/** The first row of a window that shows what the cursor stands on, the whole of it where it fits. */
	readonly windowStart: (size: number) => number;
} {
	const {conflicts, problems, cursor, width, isFiltered} = view;
	const told = problemRows(problems, cursor - conflicts.length, width);
	const heading: readonly Row[] =
		problems.length === 0 ? [] : [...(upperRows(view) > 0 ? [[]] : []), [span(text.problems, 'title')]];
	const rest: readonly Row[] =
		view.notListed > 0 ? [[span(`  ${text.notListed(view.notListed)}`, 'quiet')]] : [];
	const rows = joinRows([
		conflicts.length > 0
			? {count: conflicts.length, rowAt: (index) => conflictListRows(view, index, index + 1)[0] ?? []}
			: fixedRows(isFiltered && problems.length > 0 ? [] : [emptyRow(isFiltered)]),
		fixedRows(heading),
		fixedRows(told.rows),
		fixedRows(rest),
	]);
	const first = upperRows(view) + heading.length;
	const at = cursor - conflicts.length;
	const from = at < 0 ? cursor : first + (told.starts[at] ?? 0);
	const end = told.starts[at + 1] ?? told.rows.length + rest.length;
	const to = at < 0 ? cursor : first + end - 1;
	return {
		...rows,
		windowStart: (size) => Math.max(windowStart(from, rows.count, size), Math.min(from, to - size + 1)),
	};
}

function upperRows({conflicts, problems, isFiltered}: TroubleListView): number {
	return conflicts.length > 0 ? conflicts.length : isFiltered && problems.length > 0 ? 0 : 1;
}

function emptyRow(isFiltered: boolean): Row {
	return isFiltered ? [span(text.noMatch, 'quiet')] : [span(text.conflictScreen.none, 'good')];
}

function fixedRows(rows: readonly Row[]): LazyRows {
	return {count: rows.length, rowAt: (index) => rows[index] ?? []};
}
