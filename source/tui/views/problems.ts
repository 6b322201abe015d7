/** The list of problems: each with its whole path and all that is said of it, since that is what to do. */
import {type Problem} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {breakText, type Row, span, textWidth, wrapWords} from '../draw/row.js';
import {symbols} from '../theme.js';

const indent = 4;

/** Their rows, and the row at which each begins. `cursor` is the number of the one that it stands on, if any. */
export function problemRows(
	problems: readonly Problem[],
	cursor: number | undefined,
	width: number,
): {readonly rows: readonly Row[]; readonly starts: readonly number[]} {
	const rows: Row[] = [];
	const starts: number[] = [];
	for (const [index, problem] of problems.entries()) {
		starts.push(rows.length);
		rows.push(...rowsOf(problem, index === cursor, width));
	}
	return {rows, starts};
}

function rowsOf(problem: Problem, isHere: boolean, width: number): readonly Row[] {
	const room = Math.max(1, width - indent);
	const path = cleanText(problem.path ?? '');
	const says = cleanText(problem.message);
	const tone = isHere ? 'strong' : undefined;
	const isShort = path !== '' && textWidth(path) + 2 + textWidth(says) <= room;
	const lines: readonly Row[] = isShort
		? [[span(path, tone), span(`  ${says}`, 'quiet')]]
		: [
				...breakText(path, room).map((line) => [span(line, tone)]),
				...wrapWords(says, room).map((line) => [span(line, path === '' ? tone : 'quiet')]),
			];
	return lines.map((line, index) => [
		span(index === 0 && isHere ? `${symbols.cursor} ` : '  ', 'accent'),
		span(index === 0 ? '~ ' : '  ', 'warn'),
		...line,
	]);
}
