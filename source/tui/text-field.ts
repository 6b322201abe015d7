/** A line of text that is being typed. Pure. */
import {cleanText} from './draw/clean.js';
import {type Row, span, textWidth} from './draw/row.js';
import {type Input} from './keys.js';

/** The text in graphemes, so that the cursor never stands inside of one. */
export type TextField = {readonly graphemes: readonly string[]; readonly cursor: number};

const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});
const maxGraphemes = 4096;

export function textField(value = ''): TextField {
	const graphemes = split(value);
	return {graphemes, cursor: graphemes.length};
}

export function fieldValue(field: TextField): string {
	return field.graphemes.join('');
}

/** The field after a key or a paste; the same object where the input changes nothing. */
export function editField(field: TextField, input: Input): TextField {
	const {graphemes, cursor} = field;
	if (input.type === 'paste') return insert(field, input.text);
	switch (input.key) {
		case 'left':
		case 'ctrl-b':
			return {graphemes, cursor: Math.max(0, cursor - 1)};
		case 'right':
		case 'ctrl-f':
			return {graphemes, cursor: Math.min(graphemes.length, cursor + 1)};
		case 'home':
		case 'ctrl-a':
			return {graphemes, cursor: 0};
		case 'end':
		case 'ctrl-e':
			return {graphemes, cursor: graphemes.length};
		case 'backspace':
		case 'ctrl-h':
			if (cursor === 0) return field;
			return {graphemes: [...graphemes.slice(0, cursor - 1), ...graphemes.slice(cursor)], cursor: cursor - 1};
		case 'ctrl-u':
			return {graphemes: graphemes.slice(cursor), cursor: 0};
		case 'ctrl-w': {
			let start = cursor;
			while (start > 0 && graphemes[start - 1] === ' ') start--;
			while (start > 0 && graphemes[start - 1] !== ' ') start--;
			return {graphemes: [...graphemes.slice(0, start), ...graphemes.slice(cursor)], cursor: start};
		}
		default:
			// Names of keys are longer than a grapheme.
			return split(input.key).length === 1 ? insert(field, input.key) : field;
	}
}

function insert({graphemes, cursor}: TextField, added: string): TextField {
	const clean = split(cleanText(added));
	const room = clean.slice(0, Math.max(0, maxGraphemes - graphemes.length));
	return {
		graphemes: [...graphemes.slice(0, cursor), ...room, ...graphemes.slice(cursor)],
		cursor: cursor + room.length,
	};
}

function split(value: string): readonly string[] {
	return [...segmenter.segment(value)].map(({segment}) => segment);
}

/** The field in `width` columns, wrapped, with its cursor inverted. */
export function fieldRows(field: TextField, width: number, placeholder: string): readonly Row[] {
	if (field.graphemes.length === 0) {
		return [[span(placeholder.slice(0, 1) || ' ', 'selected'), span(placeholder.slice(1), 'quiet')]];
	}
	const rows: Row[] = [[]];
	let used = 0;
	for (const [index, grapheme] of [...field.graphemes, ' '].entries()) {
		if (index === field.graphemes.length && field.cursor < index) break;
		const columns = textWidth(grapheme);
		if (used + columns > width) {
			rows.push([]);
			used = 0;
		}
		used += columns;
		rows[rows.length - 1] = [
			...(rows.at(-1) ?? []),
			span(grapheme, index === field.cursor ? 'selected' : undefined),
		];
	}
	return rows;
}
