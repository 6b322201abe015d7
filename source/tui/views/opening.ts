/** What is shown while a session begins: before there is a state to draw. */
import {cleanText} from '../draw/clean.js';
import {cutMiddle, type Row, span, wrapWords} from '../draw/row.js';
import {text} from '../text.js';
import {symbols} from '../theme.js';
import {type WindowSize} from '../window-size.js';
import {keysRow} from './footer.js';

export type Opening = {
	readonly kind: 'host' | 'join' | 'resume';
	readonly projectName: string;
	readonly root: string;
	/** It takes longer than a moment, so a person wants to know what for. */
	readonly isLong: boolean;
};

export function openingRows(
	{kind, projectName, root, isLong}: Opening,
	{columns, rows}: WindowSize,
): readonly Row[] {
	const above: Row[] = [
		[span(` ${text.program}`, 'accent'), span('  '), span(cleanText(projectName), 'strong')],
		[span(` ${cutMiddle(cleanText(root), columns - 2)}`, 'quiet')],
		[],
		[span(` ${symbols.changing} ${text.opening[kind]}`, 'busy')],
		...(isLong
			? wrapWords(text.opening.long, columns - 4).map((line): Row => [span(`   ${line}`, 'quiet')])
			: []),
	];
	const height = Math.max(0, rows - 1);
	return [
		...Array.from({length: height}, (_, row) => above[row] ?? []),
		keysRow([['q', text.keys.quit]], columns),
	];
}
