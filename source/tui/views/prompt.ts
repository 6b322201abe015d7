/** A line that is being typed at the lower edge. */
import {cleanText} from '../draw/clean.js';
import {fitRow, type Row, rowWidth, span} from '../draw/row.js';
import {fieldRows, type TextField} from '../text-field.js';
import {text} from '../text.js';
import {keysRow} from './footer.js';

export type Prompt = {
	readonly label: string;
	readonly value: string;
	readonly placeholder?: string;
	/** Called with each change, where something follows at once. */
	readonly changed?: (value: string) => void;
	/** Called with what was typed. */
	readonly done: (value: string) => void;
	readonly cancelled?: () => void;
};

const keysWidth = 28;

/** The end of the text is always shown: that is where the cursor is. */
export function promptRow({label, placeholder = ''}: Prompt, field: TextField, width: number): Row {
	const lead: Row = [span(` ${cleanText(label)} `, 'accent')];
	const keys = keysRow(
		[
			['enter', text.keys.check],
			['esc', text.cancel],
		],
		keysWidth,
	);
	const hasKeys = width - rowWidth(lead) >= keysWidth + 16;
	const room = Math.max(4, width - rowWidth(lead) - (hasKeys ? keysWidth : 0) - 1);
	const shown = fieldRows(field, room, placeholder).at(-1) ?? [];
	return [...lead, ...fitRow(shown, room), ...(hasKeys ? keys : [])];
}
