/** The help screen, drawn from the keymap. */
import {fitText, type Row, span, wrapWords} from '../draw/row.js';
import {type Binding, type Place} from '../binding.js';
import {filtered} from '../filter.js';
import {keyName} from '../key-name.js';
import {keymap} from '../keymap.js';

const groups: readonly {readonly title: string; readonly place: Place}[] = [
	{title: 'Session', place: 'session'},
	{title: 'Peer', place: 'peer'},
	{title: 'Conflicts', place: 'conflicts'},
	{title: 'One conflict', place: 'conflict'},
	{title: 'Invite', place: 'invite'},
	{title: 'History', place: 'history'},
	{title: 'Versions of a file', place: 'versions'},
	{title: 'Settings', place: 'settings'},
	{title: 'Everywhere', place: 'help'},
];

const keysWidth = 16;

/** Each binding once: under "Everywhere", or under the first place that has it. */
export function helpRows(width: number, filter = ''): readonly Row[] {
	const everywhere = keymap.filter((binding) => binding.places.includes('help'));
	const told = new Set<Binding>(everywhere);
	return groups.flatMap(({title, place}, index) => {
		const all =
			place === 'help' ? everywhere : keymap.filter((one) => one.places.includes(place) && !told.has(one));
		const own = filtered(all, filter, wordsOf);
		for (const binding of all) told.add(binding);
		if (own.length === 0) return [];
		return [
			...(index > 0 && filter === '' ? [[]] : []),
			[span(title, 'title')],
			...own.flatMap((binding) => bindingRows(binding, width)),
		];
	});
}

function wordsOf({label, help, keys}: Binding): string {
	return `${label} ${help} ${keys.map(keyName).join(' ')}`;
}

function bindingRows(binding: Binding, width: number): readonly Row[] {
	const keys = [...new Set(binding.keys.map(keyName))].join(' ');
	return wrapWords(binding.help, Math.max(10, width - keysWidth)).map((line, index) => [
		span(fitText(index === 0 ? `  ${keys}` : '', keysWidth), 'key'),
		span(line),
	]);
}
