/** Rows of what happened, newest last. */
import {type Activity, type BoundedList} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {cutMiddle, cutText, fitText, type Row, rowWidth, span, textWidth, wrapWords} from '../draw/row.js';
import {formatTime} from '../format.js';
import {text} from '../text.js';
import {type Tone} from '../theme.js';

const tones: Record<Activity['kind'], Tone | undefined> = {
	change: undefined,
	peer: 'accent',
	tier: 'busy',
	conflict: 'bad',
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

/** The log is where a sentence can be read to its end. */
function wrappedRows(activity: Activity, width: number, whoWidth: number): readonly Row[] {
	const first = activityRow({...activity, text: ''}, width, whoWidth);
	const room = width - rowWidth(first);
	const says = cleanText(activity.text);
	if (activity.path !== undefined || textWidth(says) <= room || room < 20)
		return [activityRow(activity, width, whoWidth)];
	return wrapWords(says, room).map((line, index) => [
		...(index === 0 ? first : [span(' '.repeat(rowWidth(first)))]),
		span(line, tones[activity.kind]),
	]);
}

function whoWidthOf(items: readonly Activity[], width: number): number {
	const longest = Math.max(3, ...items.map((activity) => textWidth(cleanText(activity.who))));
	return Math.min(longest, Math.max(3, Math.floor(width / 5)));
}

function activityRow(activity: Activity, width: number, whoWidth: number): Row {
	const lead: Row = [
		span(`${formatTime(activity.at)}  `, 'quiet'),
		span(`${fitText(cleanText(activity.who), whoWidth)}  `, activity.who === 'you' ? 'quiet' : undefined),
	];
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
