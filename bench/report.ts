/** Results as a table that can stand in docs/performance.md. */
import {type Row, type Spread} from './contest.js';

export function formatRows(title: string, runs: number, rows: readonly Row[]): string {
	const names = [...new Set(rows.flatMap(({figures}) => Object.keys(figures)))];
	const head = ['', ...names, 'ours is'];
	const lines = rows.map(({name, figures, ours}) => [
		name,
		...names.map((figure) => formatSpread(figures[figure])),
		formatRatio(names, ours),
	]);
	const widths = head.map((cell, at) =>
		Math.max(...[head, ...lines].map((line) => line[at]!.length), cell.length),
	);
	const format = (line: readonly string[]) =>
		`| ${line.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |\n`;
	const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`;
	return `\n${title}; medians of ${runs} (smallest–largest)\n\n${format(head)}${rule}${lines.map(format).join('')}`;
}

function formatSpread(spread: Spread | undefined): string {
	if (!spread || Number.isNaN(spread.median)) return '';
	return `${format(spread.median)} (${format(spread.min)}–${format(spread.max)})`;
}

function formatRatio(names: readonly string[], ours: Row['ours']): string {
	const first = names.find((name) => ours?.[name] !== undefined);
	return first === undefined ? '' : `${ours![first]!.toFixed(2)} × this`;
}

function format(value: number): string {
	return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
