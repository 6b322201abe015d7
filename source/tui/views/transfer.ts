/** One transfer in one row. */
import {type Transfer} from '../../core/state.js';
import {bar} from '../draw/bar.js';
import {fitRight, type Row, span, textWidth} from '../draw/row.js';
import {formatRate, percentOf} from '../format.js';
import {selectHereBytes} from '../overall.js';
import {text} from '../text.js';
import {symbols, tierLetters} from '../theme.js';

/** Direction, bar, percent, bytes, rate and time left; the bar takes what the words leave. */
export function transferRow(
	{width, indent}: {readonly width: number; readonly indent: string},
	transfer: Transfer,
	arrow: string,
	rate: number,
): Row {
	const {totalBytes, tier} = transfer;
	const hereBytes = selectHereBytes(transfer);
	const percent = percentOf(hereBytes, totalBytes);
	const isDone = totalBytes !== undefined && transfer.doneBytes >= totalBytes;
	const facts = [
		percent === undefined ? '' : `${fitRight(String(isDone ? percent : Math.min(99, percent)), 3)} %`,
		text.progress(hereBytes, totalBytes),
		rate >= 1 ? formatRate(rate) : '',
		rate >= 1 && totalBytes !== undefined && totalBytes > hereBytes
			? text.left(((totalBytes - hereBytes) / rate) * 1000)
			: '',
	].filter((fact) => fact !== '');
	const lead = `${indent}${arrow} ${tierLetters[tier]} `;
	const minimalBar = 6;
	let shown = facts.join('  ');
	while (facts.length > 1 && textWidth(lead) + minimalBar + 2 + textWidth(shown) > width) {
		facts.pop();
		shown = facts.join('  ');
	}
	const room = Math.max(0, Math.min(40, width - textWidth(lead) - textWidth(shown) - 2));
	const drawn =
		totalBytes === undefined
			? [span(symbols.empty.repeat(room), 'quiet')]
			: bar(hereBytes / Math.max(1, totalBytes), room, tier);
	return [span(`${indent}${arrow} `), span(`${tierLetters[tier]} `, tier), ...drawn, span(`  ${shown}`)];
}
