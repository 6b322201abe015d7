/** The settings, a row each, with what the chosen one is for. */
import {cleanText} from '../draw/clean.js';
import {cutText, fitText, type Row, span, textWidth, wrapWords} from '../draw/row.js';
import {settingNames, type ShownSettings} from '../settings-rows.js';
import {text} from '../text.js';
import {symbols} from '../theme.js';

/** `inUse` holds what the session uses where that is something else than what is kept. */
export function settingRows(
	settings: ShownSettings,
	inUse: Partial<ShownSettings>,
	cursor: number,
	width: number,
): readonly Row[] {
	const {labels, empty, help} = text.settings;
	const labelWidth = Math.max(...settingNames.map((name) => textWidth(labels[name]))) + 2;
	const rows = settingNames.map((name, index): Row => {
		const value = cleanText(settings[name]);
		const isHere = index === cursor;
		const used = inUse[name];
		const room = Math.max(4, width - labelWidth - 2);
		const note = used === undefined ? '' : `  ${text.settings.inUse(cleanText(used))}`;
		const said = cutText(value === '' ? empty[name] : value, room);
		// What is in use says more than that nothing is set.
		const hasRoom = value !== '' || textWidth(said) + textWidth(note) <= room;
		return [
			span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
			span(fitText(labels[name], labelWidth), isHere ? 'strong' : undefined),
			...(hasRoom ? [span(said, value === '' ? 'quiet' : undefined)] : []),
			span(hasRoom ? note : note.trim(), 'accent'),
		];
	});
	const here = settingNames[cursor];
	const told = here === undefined ? [] : wrapWords(help[here], Math.max(10, width));
	return [...rows, [], ...told.map((line): Row => [span(line, 'quiet')])];
}
