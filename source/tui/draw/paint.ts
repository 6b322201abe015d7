/** Rows as a terminal understands them. */
import {type Look} from '../look.js';
import {type Tone, toneSequences} from '../theme.js';
import {type Row} from './row.js';
import {withSigns} from './signs.js';

const cache = new Map<string, {on: string; off: string}>();

/** One line of text with the sequences that colour it; nothing is left switched on at its end. */
export function paintRow(row: Row, look: Look): string {
	let out = '';
	for (const {text, tone} of row) {
		if (text === '') continue;
		const shown = withSigns(text, look.signs);
		if (!tone) {
			out += shown;
			continue;
		}
		const {on, off} = sequencesOf(tone, look);
		out += on + shown + off;
	}
	return out;
}

function sequencesOf(tone: Tone, look: Look) {
	const key = `${tone} ${look.colours} ${look.background}`;
	let found = cache.get(key);
	if (!found) cache.set(key, (found = toneSequences(tone, look)));
	return found;
}
