/**
 * Colours by meaning. Only the sixteen colours that every terminal lets its user choose are used, and never alone:
 * whatever a tone says, a word, a letter or a symbol beside it says too.
 */
import {type Tier} from '../protocol/tiers.js';
import {type Look} from './look.js';

export type Tone =
	| 'strong'
	| 'quiet'
	| 'title'
	| 'frame'
	| 'good'
	| 'busy'
	| 'warn'
	| 'bad'
	| 'accent'
	| 'selected'
	| 'key'
	| 'added'
	| 'removed'
	| 'other'
	| 'added-word'
	| 'removed-word'
	| 'other-word'
	| 'paper'
	| Tier;

type Style = {
	readonly colour?: number;
	readonly background?: number;
	readonly attributes?: readonly number[];
};

// SGR numbers: 1 bold, 2 faint, 4 underlined, 7 inverse; 31–36 and 97 colours of the foreground, 40 of the background.
const styles: Record<Tone, Style> = {
	strong: {attributes: [1]},
	quiet: {attributes: [2]},
	title: {attributes: [1]},
	frame: {attributes: [2]},
	good: {colour: 32},
	busy: {colour: 36},
	warn: {colour: 33, attributes: [1]},
	bad: {colour: 31, attributes: [1]},
	accent: {colour: 36, attributes: [1]},
	selected: {attributes: [7]},
	key: {colour: 36, attributes: [1]},
	added: {colour: 32},
	removed: {colour: 31},
	other: {colour: 36},
	// Words that are new in a line are underlined, since without colours bold alone is hard to see.
	'added-word': {colour: 32, attributes: [1, 4]},
	'removed-word': {colour: 31, attributes: [4]},
	'other-word': {colour: 36, attributes: [1, 4]},
	// The light modules of a QR code are drawn and the dark ones left out, whatever the terminal's own colours are.
	paper: {colour: 97, background: 40},
	direct: {colour: 32},
	proxy: {colour: 34},
	json: {colour: 35},
};

/** What is too pale on a light background: cyan becomes blue, and yellow magenta. */
const onLight: Partial<Record<Tone, number>> = {
	busy: 34,
	accent: 34,
	key: 34,
	other: 34,
	'other-word': 34,
	warn: 35,
};

const endOf: Record<number, number> = {1: 22, 2: 22, 4: 24, 7: 27};

/** The two sequences that switch a tone on and off; without colours only bold, faint and inverse are left. */
export function toneSequences(
	tone: Tone,
	{colours, background: behind}: Look,
): {readonly on: string; readonly off: string} {
	const style = styles[tone];
	const {background, attributes = []} = style;
	const colour = (behind === 'light' ? onLight[tone] : undefined) ?? style.colour;
	const codes: [number, number][] = attributes.map((code) => [code, endOf[code] ?? 0]);
	if (colours && colour !== undefined) codes.push([colour, 39]);
	if (colours && background !== undefined) codes.push([background, 49]);
	return {
		on: codes.map(([code]) => `\u001B[${code}m`).join(''),
		off: codes
			.map(([, code]) => `\u001B[${code}m`)
			.reverse()
			.join(''),
	};
}

/** Symbols by meaning; all are one column wide. */
export const symbols = {
	online: '●',
	changing: '◐',
	offline: '○',
	cursor: '▸',
	conflict: '!',
	down: '↓',
	up: '↑',
	arrow: '→',
	both: '↔',
	filled: '━',
	empty: '╌',
	checked: '✓',
	more: '⋯',
	bar: '▎',
} as const;

/** The letter that stands for a tier wherever its colour does. */
export const tierLetters: Record<Tier, string> = {direct: 'd', proxy: 'p', json: 'j'};
