/** Rows as a terminal understands them. */
import {type Tone, toneSequences} from '../theme.js';
import {type Row} from './row.js';

const cache = new Map<string, {on: string; off: string}>();

/** One line of text with the sequences that colour it; nothing is left switched on at its end. */
export function paintRow(row: Row, colours: boolean): string {
	let out = '';
	for (const {text, tone} of row) {
		if (text === '') continue;
		if (!tone) {
			out += text;
			continue;
		}
		const {on, off} = sequencesOf(tone, colours);
		out += on + text + off;
	}
	return out;
}

function sequencesOf(tone: Tone, colours: boolean) {
	const key = `${tone}${colours ? '+' : '-'}`;
	let found = cache.get(key);
	if (!found) cache.set(key, (found = toneSequences(tone, colours)));
	return found;
}
