/** The panel of conflicts and problems. */
import {type Conflict, type Problem, type State} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {cutMiddle, cutText, fitRight, type Row, rowWidth, span, spreadRow, textWidth} from '../draw/row.js';
import {formatAge} from '../format.js';
import {selectSides} from '../select.js';
import {text} from '../text.js';
import {symbols} from '../theme.js';

/** Conflicts first, then the newest problems; as many as fit, and how many did not. */
export function troubleRows(
	{conflicts, problems}: Pick<State, 'conflicts' | 'problems'>,
	now: number,
	width: number,
	height: number,
): {readonly rows: readonly Row[]; readonly hidden: number} {
	if (conflicts.length === 0 && problems.items.length === 0) {
		const row =
			problems.hidden > 0 ? span(text.notListed(problems.hidden), 'warn') : span(text.noConflicts, 'quiet');
		return {rows: [[row]], hidden: 0};
	}
	const rows = [
		...conflicts.slice(0, height).map((conflict) => conflictRow(conflict, now, width)),
		...problems.items
			.slice(-height)
			.reverse()
			.map((problem) => problemRow(problem, width)),
	].slice(0, Math.max(0, height));
	return {rows, hidden: conflicts.length + problems.items.length + problems.hidden - rows.length};
}

function conflictRow(conflict: Conflict, now: number, width: number): Row {
	const right: Row = [
		span(`  ${sidesText(conflict)}`),
		span(`  ${fitRight(formatAge(now - conflict.since), 6)}`, 'quiet'),
	];
	const shown = rowWidth(right) + 14 > width ? [] : right;
	const path = cutMiddle(cleanText(conflict.path), Math.max(0, width - 2 - rowWidth(shown)));
	return spreadRow([span(`${symbols.conflict} `, 'bad'), span(path)], shown, width);
}

/** `you ↔ bob`, `you ↔ bob, eve`. */
export function sidesText(conflict: Conflict): string {
	const {mine, others} = selectSides(conflict);
	const names = others.map((side) => cleanText(side.name) || '?');
	const shown = names.length > 2 ? `${names[0] ?? ''} +${names.length - 1}` : names.join(', ');
	return `${mine ? text.you : '–'} ${symbols.both} ${cutText(shown, 20)}`;
}

function problemRow(problem: Problem, width: number): Row {
	const message = cleanText(problem.message);
	if (problem.path === undefined) return [span('~ ', 'warn'), span(cutText(message, width - 2))];
	const path = cutMiddle(cleanText(problem.path), Math.max(10, Math.floor(width * 0.4)));
	return [
		span('~ ', 'warn'),
		span(path),
		span(`  ${cutText(message, width - 4 - textWidth(path))}`, 'quiet'),
	];
}
