/** The last row: the keys that work here, drawn from the keymap, or what just happened. */
import {cleanText} from '../draw/clean.js';
import {fitRow, type Row, rowWidth, span, textWidth, wrapWords} from '../draw/row.js';
import {type Action, type Binding, type Place} from '../binding.js';
import {keyName} from '../key-name.js';
import {bindingsOf} from '../keymap.js';

export type FooterLabels = Partial<Record<Action, string>>;

/** Columns between two keys, and where other keys fit by that. */
const wideGap = 3;
const narrowGap = 2;

/**
 * As many bindings as fit, the most important ones first, each shown once, in the order of the keymap. `labels` are for keys
 * that mean something else as things are.
 */
export function footerRow(place: Place, width: number, labels: FooterLabels = {}): Row {
	const wanted = bindingsOf(place)
		.filter((binding) => binding.rank !== undefined)
		.map((binding) => ({...binding, label: labels[binding.action] ?? binding.label}));
	const wide = fitting(wanted, wideGap, width);
	const narrow = fitting(wanted, narrowGap, width);
	const isMore = [...narrow].some((binding) => !wide.has(binding));
	const [shown, gap] = isMore ? [narrow, narrowGap] : [wide, wideGap];
	return keysRow(
		wanted
			.filter((binding) => shown.has(binding))
			.map((binding) => [keyName(binding.keys[0] ?? ''), binding.label]),
		width,
		gap,
	);
}

function fitting(wanted: readonly Binding[], gap: number, width: number): ReadonlySet<Binding> {
	let room = width - 1;
	const shown = new Set<Binding>();
	for (const binding of [...wanted].sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0))) {
		const needed = rowWidth(hint(binding)) + (shown.size > 0 ? gap : 0);
		if (needed > room) continue;
		room -= needed;
		shown.add(binding);
	}
	return shown;
}

type KeyPair = readonly [key: string, label: string];

/** Pairs of key and word on as many rows as they need. */
export function keysRows(pairs: readonly KeyPair[], width: number): readonly Row[] {
	const rows: KeyPair[][] = [];
	let left = 0;
	for (const pair of pairs) {
		const needed = wideGap + textWidth(`${pair[0]} ${pair[1]}`);
		if (rows.length === 0 || needed > left) {
			rows.push([]);
			left = width - 1 + wideGap;
		}
		rows.at(-1)?.push(pair);
		left -= needed;
	}
	return rows.map((row) => keysRow(row, width));
}

/** Pairs of key and word. */
export function keysRow(pairs: readonly KeyPair[], width: number, gap = wideGap): Row {
	return fitRow(
		[
			span(' '),
			...pairs.flatMap(([key, label], index) => [
				span(index > 0 ? ' '.repeat(gap) : ''),
				span(key, 'key'),
				span(` ${label}`, 'quiet'),
			]),
		],
		width,
	);
}

/** More of a sentence is not read in the few seconds that it stands there. */
const maxNoticeRows = 4;

/** What just happened, in place of the keys: to its end, since that says what to do. */
export function noticeRows(notice: string, width: number): readonly Row[] {
	return wrapWords(cleanText(notice), Math.max(10, width - 2))
		.slice(0, maxNoticeRows)
		.map((line) => fitRow([span(` ${line}`, 'accent')], width));
}

function hint(binding: Binding): Row {
	return [span(keyName(binding.keys[0] ?? '')), span(` ${binding.label}`)];
}
