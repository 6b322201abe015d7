/**
 * The throughput graph: what comes in grows upwards from the middle line, what goes out hangs below it. The middle
 * line carries the letter of the tier wherever it changes; colours repeat what the letters say.
 */
import {type ThroughputSample, type TierBytes} from '../../core/state.js';
import {type Tier, tiers} from '../../protocol/tiers.js';
import {brailleBars} from '../draw/braille.js';
import {fitRight, type Row, span, type Span} from '../draw/row.js';
import {dotsOf} from '../draw/spark.js';
import {formatBytes} from '../format.js';
import {sumTiers} from '../rates.js';
import {symbols, tierLetters, type Tone} from '../theme.js';

export type Scales = {readonly in: number; readonly out: number};

export type ThroughputView = {
	readonly samples: readonly ThroughputSample[];
	/** How many seconds the whole width stands for. */
	readonly seconds: number;
	readonly scales: Scales;
	readonly width: number;
	readonly height: number;
};

const labelWidth = 7;

/** The greatest rate of each direction among the samples. */
export function peaksOf(samples: readonly ThroughputSample[]): Scales {
	let incoming = 0;
	let outgoing = 0;
	for (const sample of samples) {
		incoming = Math.max(incoming, sumTiers(sample.in));
		outgoing = Math.max(outgoing, sumTiers(sample.out));
	}
	return {in: incoming, out: outgoing};
}

/** Exactly `height` rows, at least three. */
export function throughputRows(view: ThroughputView): readonly Row[] {
	const {width, height, scales} = view;
	const cells = Math.max(1, width - labelWidth - 2);
	const upper = Math.max(1, Math.ceil((height - 1) / 2));
	const lower = Math.max(1, height - 1 - upper);
	const slots = slotsOf(view, cells * 2);
	const above = brailleBars(
		slots.map((slot) => dotsOf(slot.in, scales.in, upper * 4)),
		upper,
	);
	const below = brailleBars(
		slots.map((slot) => dotsOf(slot.out, scales.out, lower * 4)),
		lower,
		true,
	);
	const tones = Array.from({length: cells}, (_, cell) => tierOfCell(slots[cell * 2], slots[cell * 2 + 1]));
	return [
		...above.map((line, index) =>
			graphRow(index === 0 ? labelOf(symbols.down, scales.in) : '', '┤', line, tones),
		),
		axisRow(tones),
		...below.map((line, index) =>
			graphRow(index === lower - 1 ? labelOf(symbols.up, scales.out) : '', '┤', line, tones),
		),
	];
}

/** One entry for each tier that carries something, for the upper edge of the panel. */
export function legendRow(samples: readonly ThroughputSample[]): Row {
	const used = tiers.filter((tier) => samples.some((sample) => sample.in[tier] + sample.out[tier] > 0));
	return used.flatMap((tier, index) => [
		span(index > 0 ? '  ' : ''),
		span(tierLetters[tier], tier),
		span(` ${tier}`, 'quiet'),
	]);
}

type Slot = {readonly in: number; readonly out: number; readonly tier: Tier | undefined};

/**
 * The samples spread over so many columns of dots, the newest at the right edge. Where columns are fewer than seconds,
 * a column shows the greatest rate of its time, so that a short burst is not lost.
 */
function slotsOf({samples, seconds}: ThroughputView, columns: number): readonly Slot[] {
	const shown = samples.slice(-seconds);
	const missing = seconds - shown.length;
	return Array.from({length: columns}, (_, column) => {
		const from = Math.floor((column * seconds) / columns) - missing;
		const to = Math.max(from + 1, Math.floor(((column + 1) * seconds) / columns) - missing);
		const here = shown.slice(Math.max(0, from), Math.max(0, to));
		const peaks = peaksOf(here);
		return {in: peaks.in, out: peaks.out, tier: strongestTier(here)};
	});
}

function strongestTier(samples: readonly ThroughputSample[]): Tier | undefined {
	const sums: Record<Tier, number> = {direct: 0, proxy: 0, json: 0};
	for (const sample of samples) {
		for (const tier of tiers) sums[tier] += carried(sample.in, tier) + carried(sample.out, tier);
	}
	const best = tiers.reduce((one, other) => (sums[other] > sums[one] ? other : one));
	return sums[best] > 0 ? best : undefined;
}

function carried(bytes: TierBytes, tier: Tier): number {
	return bytes[tier];
}

function tierOfCell(left: Slot | undefined, right: Slot | undefined): Tier | undefined {
	return right?.tier ?? left?.tier;
}

function labelOf(arrow: string, scale: number): string {
	return `${arrow} ${formatBytes(scale).replace(/(\.0)? /, '')}`;
}

function graphRow(label: string, axis: string, line: string, tones: readonly (Tone | undefined)[]): Row {
	return [span(`${fitRight(label, labelWidth)} `, 'quiet'), span(axis, 'frame'), ...toned([...line], tones)];
}

/** The middle line: a letter where a tier begins to carry, and every twelve cells while it goes on. */
function axisRow(tierOf: readonly (Tier | undefined)[]): Row {
	const spans: Span[] = [span(`${fitRight('0', labelWidth)} `, 'quiet'), span('┼', 'frame')];
	let since = 0;
	for (const [index, tier] of tierOf.entries()) {
		since = tier !== undefined && tier === tierOf[index - 1] ? since + 1 : 0;
		spans.push(tier !== undefined && since % 12 === 0 ? span(tierLetters[tier], tier) : span('─', 'frame'));
	}
	return spans;
}

/** Characters with their tones, neighbours of one tone joined. */
function toned(characters: readonly string[], tones: readonly (Tone | undefined)[]): Row {
	const spans: Span[] = [];
	for (const [index, character] of characters.entries()) {
		const tone = tones[index];
		const before = spans.at(-1);
		if (before && before.tone === tone) spans[spans.length - 1] = span(before.text + character, tone);
		else spans.push(span(character, tone));
	}
	return spans;
}
