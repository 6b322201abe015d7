/** How long the way to a peer and back took, over the last ten minutes. */
import {type Peer, type RoundTrip} from '../../core/state.js';
import {stepAbove} from '../draw/scale.js';
import {fitRight, type Row, span} from '../draw/row.js';
import {lineGraph} from '../draw/spark.js';
import {formatTook} from '../format.js';
import {text} from '../text.js';

/** What the whole width stands for. */
const windowMs = 600_000;
const labelWidth = 7;
/** Ms below which nothing is worth a finer scale. */
const smallestScale = 10;

/** The round trip at so many moments up to now; undefined before the first is known. */
function sampleRoundTrips(
	roundTrips: readonly RoundTrip[],
	now: number,
	columns: number,
): readonly (number | undefined)[] {
	let at = 0;
	let current: number | undefined;
	return Array.from({length: columns}, (_, column) => {
		const until = now - windowMs + ((column + 1) * windowMs) / columns;
		let highest: number | undefined;
		for (; at < roundTrips.length && roundTrips[at]!.at <= until; at++) {
			current = roundTrips[at]!.ms;
			highest = Math.max(highest ?? 0, current);
		}
		return highest ?? current;
	});
}

/** The least and the most of the window in one word; undefined while none is known. */
export function roundTripRange({roundTrips = []}: Peer, now: number): string | undefined {
	const values = known(sampleRoundTrips(roundTrips, now, 600));
	if (values.length === 0) return undefined;
	const [least, most] = [Math.min(...values), Math.max(...values)];
	return least === most ? formatTook(most) : text.peer.range(formatTook(least), formatTook(most));
}

/** A graph of exactly `height` rows. */
export function roundTripRows(
	{roundTrips = []}: Peer,
	now: number,
	width: number,
	height: number,
): readonly Row[] {
	const cells = Math.max(1, width - labelWidth - 2);
	const values = sampleRoundTrips(roundTrips, now, cells * 2);
	const present = known(values);
	if (present.length === 0) return [[span(text.peer.noRoundTrip, 'quiet')]];
	const scale = stepAbove(Math.max(...present), smallestScale);
	return lineGraph(values, height, scale).map((line, index) => [
		span(
			`${fitRight(index === 0 ? formatTook(scale) : index === height - 1 ? '0' : '', labelWidth)} `,
			'quiet',
		),
		span('┤', 'frame'),
		span(line, 'busy'),
	]);
}

/** The same for one row of bars. */
export function roundTripValues({roundTrips = []}: Peer, now: number, columns: number): readonly number[] {
	return sampleRoundTrips(roundTrips, now, columns).map((value) => value ?? 0);
}

function known(values: readonly (number | undefined)[]): readonly number[] {
	return values.filter((value): value is number => value !== undefined);
}
