/** What a list is narrowed to, for the edge of its panel. */
import {cleanText} from '../draw/clean.js';
import {cutText, type Row, span} from '../draw/row.js';
import {text} from '../text.js';

export function filterNote(filter: string, shown: number, all: number): Row {
	return filter === ''
		? []
		: [span(`/${cutText(cleanText(filter), 20)}`, 'accent'), span(` ${text.shownOf(shown, all)}`, 'quiet')];
}
