/** The help screen, drawn from the keymap. */
import {fitRow, fitText, type Row, span, textWidth, wrapWords} from '../draw/row.js';
import {type Binding, type Place} from '../binding.js';
import {filtered} from '../filter.js';
import {keyName} from '../key-name.js';
import {keymap} from '../keymap.js';
import {text} from '../text.js';

const places: readonly Place[] = [
	'session',
	'peer',
	'conflicts',
	'conflict',
	'invite',
	'history',
	'versions',
	'settings',
	'log',
	'help',
];

/** From here on two columns are easier to read than one long one. */
const twoColumnsFrom = 130;
const gap = 3;

/** Where a row has less, keys that need more stand above what they do. */
const narrowBelow = 70;
const narrowKeys = 14;

type Group = {readonly title: string; readonly bindings: readonly Entry[]};

/** A line of the help: keys, or a sign of the screen, and what it means. */
type Entry = {readonly keys: readonly string[]; readonly label: string; readonly help: string};

/**
 * Each binding once, under the first place that has it: what works where the person comes from is first, what works
 * everywhere is last.
 */
export function helpRows(width: number, {filter = '', from = 'session'}: HelpView = {}): readonly Row[] {
	const groups: readonly Group[] = [...groupsOf(from), {title: text.help.signs, bindings: signEntries}]
		.map(({title, bindings}) => ({title, bindings: filtered(bindings, filter, wordsOf)}))
		.filter(({bindings}) => bindings.length > 0);
	if (width < twoColumnsFrom || filter !== '') return columnRows(groups, width);
	const column = Math.floor((width - gap) / 2);
	const [first, second] = halves(groups);
	const [left, right] = [columnRows(first, column), columnRows(second, column)];
	return Array.from({length: Math.max(left.length, right.length)}, (_, row) => [
		...fitRow(left[row] ?? [], column + gap),
		...(right[row] ?? []),
	]);
}

type HelpView = {
	readonly filter?: string;
	/** Where the person comes from. */
	readonly from?: Place;
};

const signEntries: readonly Entry[] = Object.entries(text.help.meanings).map(([sign, help]) => ({
	keys: [sign],
	label: '',
	help,
}));

function groupsOf(from: Place): readonly Group[] {
	const everywhere = keymap.filter((binding) => binding.places.includes('help'));
	const told = new Set<Binding>(everywhere);
	const first = from === 'help' ? [] : [from];
	return [...first, ...places.filter((place) => place !== from)].map((place) => {
		const bindings =
			place === 'help' ? everywhere : keymap.filter((one) => one.places.includes(place) && !told.has(one));
		for (const binding of bindings) told.add(binding);
		return {title: text.help.places[place], bindings};
	});
}

/** Groups are not torn apart; the first half is the longer one. */
function halves(groups: readonly Group[]): readonly [readonly Group[], readonly Group[]] {
	const total = groups.reduce((sum, group) => sum + rowsOf(group), 0);
	let rows = 0;
	const at = groups.findIndex((group) => {
		rows += rowsOf(group);
		return rows >= total / 2;
	});
	return [groups.slice(0, at + 1), groups.slice(at + 1)];
}

function rowsOf({bindings}: Group): number {
	return bindings.length + 2;
}

function columnRows(groups: readonly Group[], width: number): readonly Row[] {
	const keysWidth = width < narrowBelow ? narrowKeys : widestKeys;
	return groups.flatMap(({title, bindings}, index) => [
		...(index > 0 ? [[]] : []),
		[span(title, 'title')],
		...bindings.flatMap((binding) => bindingRows(binding, width, keysWidth)),
	]);
}

function wordsOf({label, help, keys}: Entry): string {
	return `${label} ${help} ${keys.map(keyName).join(' ')}`;
}

function keysOf({keys}: Pick<Entry, 'keys'>): string {
	return `  ${[...new Set(keys.map(keyName))].join(' ')}  `;
}

const widestKeys = Math.max(...keymap.map((binding) => textWidth(keysOf(binding))));

function bindingRows(binding: Entry, width: number, keysWidth: number): readonly Row[] {
	const keys = keysOf(binding);
	const isAbove = textWidth(keys) > keysWidth;
	const lines = wrapWords(binding.help, Math.max(10, width - keysWidth));
	return [
		...(isAbove ? [[span(keys, 'key')]] : []),
		...lines.map((line, index) => [
			span(fitText(index === 0 && !isAbove ? keys : '', keysWidth), 'key'),
			span(line),
		]),
	];
}
