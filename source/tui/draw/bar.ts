/** A progress bar in one row. */
import {type Tone, symbols} from '../theme.js';
import {type Row, span} from './row.js';

/** `ratio` from 0 to 1; full only at 1, so that no bar looks finished before its work is. */
export function bar(ratio: number, width: number, tone: Tone): Row {
	const bounded = Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0;
	const filled = bounded === 1 ? width : Math.min(width - 1, Math.floor(bounded * width));
	return [
		span(symbols.filled.repeat(Math.max(0, filled)), tone),
		span(symbols.empty.repeat(Math.max(0, width - filled)), 'quiet'),
	];
}
