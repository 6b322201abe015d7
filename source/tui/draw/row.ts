/**
 * What the screen is made of: a row is a list of spans, a span is text in one tone. Presentation functions turn facts
 * into rows, purely; paint.ts turns rows into what a terminal understands. Widths are columns of a terminal.
 */
import stringWidth from 'string-width';
import {type Tone} from '../theme.js';
import {cleanText} from './clean.js';

export type Span = {readonly text: string; readonly tone?: Tone};
export type Row = readonly Span[];

const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});
/** Printable ASCII, and the lines, blocks and braille that screens are drawn with: most of what there is. */
const isHarmless = /^[\u0020-\u007E\u2500-\u25FF\u2800-\u28FF]*$/;
/**
 * Characters that take one column each, next to any others of them: Latin letters, dashes, arrows, and what screens are drawn
 * with. What knows all the others has to make a pattern of all emoji first, which takes longer than a whole first picture.
 */
const oneColumnEach =
	/^[\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u2199\u2212\u2500-\u25FC\u2713\u2800-\u28FF]*$/;

/** Every text that is drawn comes through here, so none acts on the terminal, whoever forgot to clean it. */
export function span(text: string, tone?: Tone): Span {
	return {text: isHarmless.test(text) ? text : cleanText(text), tone};
}

/** Frames repeat themselves, and measuring is most of the work of drawing one. */
const widths = new Map<string, number>();
const maxWidths = 4096;

/** The columns that a text takes. */
export function textWidth(text: string): number {
	if (oneColumnEach.test(text)) return text.length;
	let width = widths.get(text);
	if (width === undefined) {
		width = stringWidth(text);
		if (widths.size >= maxWidths) widths.clear();
		widths.set(text, width);
	}
	return width;
}

/** The text cut to at most so many columns, with an ellipsis where something was cut. */
export function cutText(text: string, width: number): string {
	if (textWidth(text) <= width) return text;
	if (width <= 0) return '';
	return `${headOf(text, width - 1)}…`;
}

/** The same, but the middle goes: for paths, whose end says most. */
export function cutMiddle(text: string, width: number): string {
	if (textWidth(text) <= width) return text;
	if (width <= 3) return cutText(text, width);
	const tailWidth = Math.ceil((width - 1) * 0.6);
	const tail = tailOf(text, tailWidth);
	return `${headOf(text, width - 1 - textWidth(tail))}…${tail}`;
}

/** The text in exactly so many columns: cut or filled with blanks on the right. */
export function fitText(text: string, width: number): string {
	const cut = cutText(text, width);
	return cut + ' '.repeat(Math.max(0, width - textWidth(cut)));
}

/** The text in exactly so many columns, filled on the left: for numbers. */
export function fitRight(text: string, width: number): string {
	const cut = cutText(text, width);
	return ' '.repeat(Math.max(0, width - textWidth(cut))) + cut;
}

export function rowWidth(row: Row): number {
	return row.reduce((sum, part) => sum + textWidth(part.text), 0);
}

/** The row in exactly so many columns. */
export function fitRow(row: Row, width: number): Row {
	const out: Span[] = [];
	let left = width;
	for (const [index, part] of row.entries()) {
		if (left <= 0) break;
		const own = textWidth(part.text);
		const rest = row.slice(index + 1).some((next) => next.text !== '');
		if (own > left || (own === left && rest && part.text.trim() !== '')) {
			const cut = `${headOf(part.text, left - 1)}…`;
			out.push({...part, text: cut});
			left -= textWidth(cut);
			break;
		}
		out.push(part);
		left -= own;
	}
	return left > 0 ? [...out, {text: ' '.repeat(left)}] : out;
}

/** A row with one part at the left edge and one at the right; the left one gives way. */
export function spreadRow(left: Row, right: Row, width: number): Row {
	const rightWidth = rowWidth(right);
	if (rightWidth >= width) return fitRow(right, width);
	return [...fitRow(left, width - rightWidth), ...right];
}

/** The text of a row without its tones, as tests read it. */
export function plainRow(row: Row): string {
	return row.map((part) => part.text).join('');
}

/** Words broken into lines of at most so many columns; a word longer than a line is cut hard. */
export function wrapWords(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(/ +/)) {
		if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
			lines.push(line);
			line = '';
		}
		let rest = line === '' ? word : `${line} ${word}`;
		while (textWidth(rest) > width && width > 0) {
			const head = headOf(rest, width);
			lines.push(head === '' ? '…' : head);
			// A character that is wider than a whole line is left out.
			rest = rest.slice(head === '' ? firstGrapheme(rest).length : head.length);
		}
		line = rest;
	}
	if (line !== '') lines.push(line);
	return lines;
}

/** The text in lines of at most so many columns, each character where it was: for paths. */
export function breakText(text: string, width: number): string[] {
	const lines: string[] = [];
	let rest = text;
	while (rest !== '' && width > 0) {
		const head = headOf(rest, width);
		lines.push(head === '' ? '…' : head);
		rest = rest.slice(head === '' ? firstGrapheme(rest).length : head.length);
	}
	return lines;
}

/** The longest start of the text that takes at most so many columns. */
function headOf(text: string, width: number): string {
	if (oneColumnEach.test(text)) return text.slice(0, Math.max(0, width));
	let out = '';
	let used = 0;
	for (const {segment} of segmenter.segment(text)) {
		used += textWidth(segment);
		if (used > width) break;
		out += segment;
	}
	return out;
}

function firstGrapheme(text: string): string {
	for (const {segment} of segmenter.segment(text)) return segment;
	return '';
}

function tailOf(text: string, width: number): string {
	if (oneColumnEach.test(text)) return text.slice(Math.max(0, text.length - width));
	let out = '';
	let used = 0;
	for (const {segment} of [...segmenter.segment(text)].reverse()) {
		used += textWidth(segment);
		if (used > width) break;
		out = segment + out;
	}
	return out;
}
