/** Rows of what happened, newest last. */
import {type Activity, type BoundedList} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {
	breakText,
	cutMiddle,
	cutText,
	fitText,
	type Row,
	rowWidth,
	span,
	textWidth,
	wrapWords,
} from '../draw/row.js';
import {formatTime} from '../format.js';
import {text} from '../text.js';
import {type Tone} from '../theme.js';

const tones: Record<Activity['kind'], Tone | undefined> = {
	change: undefined,
	peer: 'accent',
	tier: 'busy',
	conflict: 'bad',
	overlap: 'warn',
	problem: 'warn',
	session: 'quiet',
};

/** The newest ones that fit into `height` rows. */
export function activityRows(list: BoundedList<Activity>, width: number, height: number): readonly Row[] {
	if (list.items.length === 0) return [[span(text.noActivity, 'quiet')]];
	const shown = list.items.slice(-Math.max(0, height));
	const whoWidth = whoWidthOf(shown, width);
	return shown.map((activity) => activityRow(activity, width, whoWidth));
}

/** All of them, for the log: with a first row that tells of those that are no longer kept. */
export function logRows(list: BoundedList<Activity>, width: number): readonly Row[] {
	const whoWidth = whoWidthOf(list.items, width);
	return [
		...(list.hidden > 0 ? [[span(text.earlier(list.hidden), 'quiet')]] : []),
		...list.items.flatMap((activity) => wrappedRows(activity, width, whoWidth)),
	];
}

/** The log is where a path and a sentence can be read to their ends: below each other where they do not fit into one row. */
function wrappedRows(activity: Activity, width: number, whoWidth: number): readonly Row[] {
	const lead = leadOf(activity, whoWidth);
	const room = width - rowWidth(lead);
	const says = cleanText(activity.text);
	const path = cleanText(activity.path ?? '');
	const ownPath = says.includes(path) ? '' : path;
	const whole = [ownPath, says].filter((part) => part !== '').join('  ');
	if (textWidth(whole) <= room || room < 20) return [activityRow(activity, width, whoWidth)];
	const tone = tones[activity.kind] ?? (activity.path === undefined ? undefined : 'quiet');
	return [
		...breakText(ownPath, room).map((line) => span(line)),
		...wrapWords(says, room).map((line) => span(line, tone)),
	].map((line, index) => [...(index === 0 ? lead : [span(' '.repeat(rowWidth(lead)))]), line]);
}

function whoWidthOf(items: readonly Activity[], width: number): number {
	const longest = Math.max(3, ...items.map((activity) => textWidth(cleanText(activity.who))));
	return Math.min(longest, Math.max(3, Math.floor(width / 5)));
}

function leadOf({at, who}: Activity, whoWidth: number): Row {
	return [
		span(`${formatTime(at)}  `, 'quiet'),
		span(`${fitText(cleanText(who), whoWidth)}  `, who === 'you' ? 'quiet' : undefined),
	];
}

function activityRow(activity: Activity, width: number, whoWidth: number): Row {
	const lead = leadOf(activity, whoWidth);
	const room = Math.max(0, width - rowWidth(lead));
	const says = cleanText(activity.text);
	if (activity.path === undefined) return [...lead, span(cutText(says, room), tones[activity.kind])];
	const path = cleanText(activity.path);
	// The sentence may name the path itself: what it says of it is not to be cut off.
	if (says.includes(path)) {
		const shortPath = cutMiddle(path, Math.max(8, room - textWidth(says) + textWidth(path)));
		return [
			...lead,
			span(
				cutText(
					says.replace(path, () => shortPath),
					room,
				),
				tones[activity.kind],
			),
		];
	}
	const pathRoom = Math.max(8, room - textWidth(says) - 2);
	return [
		...lead,
		span(cutMiddle(path, pathRoom)),
		span(says === '' ? '' : `  ${says}`, tones[activity.kind] ?? 'quiet'),
	];
}
