/** Frames of a terminal as one animated SVG: a strip of pictures that moves by whole frames, each row kept once. */
import {createHash} from 'node:crypto';
import {type TapeStep} from './tape.js';

export type Frame = {
	readonly atMs: number;
	/** The rows as SVG, each as if it were the first. */
	readonly rows: readonly string[];
};

export type FilmSize = {
	readonly width: number;
	readonly rowHeight: number;
	readonly rows: number;
	readonly paper: string;
	/** The ink of most of the text. */
	readonly ink: string;
};

/** A pause that is longer tells nobody more. */
const maxStillMs = 3000;
/** What changes faster than this is not seen. */
const minStillMs = 90;
const padding = 14;

/** What a film was made of: the steps without those that are only about time. */
export function fingerprint(steps: readonly TapeStep[]): string {
	const timeless = steps.filter((step) => step.type !== 'sleep' && step.type !== 'set');
	const lines = timeless.map((step) =>
		JSON.stringify({...step, pattern: 'pattern' in step ? step.pattern.source : ''}),
	);
	return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

export function makeFilm(all: readonly Frame[], steps: readonly TapeStep[], size: FilmSize): string {
	// What is said of all of them need not be said of each.
	const lighten = (row: string) =>
		row.replaceAll(` fill="${size.ink}"`, '').replaceAll(' lengthAdjust="spacingAndGlyphs"', '');
	const frames = withStills(withoutFlicker(all.map((frame) => ({...frame, rows: frame.rows.map(lighten)}))));
	const length = frames.reduce((sum, {stillMs}) => sum + stillMs, 0);
	const ids = new Map<string, string>();
	for (const row of frames.flatMap(({rows}) => rows))
		if (row !== '' && !ids.has(row)) ids.set(row, `r${ids.size}`);
	const height = size.rows * size.rowHeight;
	let at = 0;
	const keyframes = frames.map(({stillMs}, index) => {
		const percent = ((at / length) * 100).toFixed(3);
		at += stillMs;
		return `${percent}%{transform:translateY(${-index * height}px)}`;
	});
	const strip = frames.map(({rows}, index) =>
		rows
			.map((row, line) =>
				row === '' ? '' : `<use href="#${ids.get(row)!}" y="${index * height + line * size.rowHeight}"/>`,
			)
			.join(''),
	);
	const [outerWidth, outerHeight] = [size.width + 2 * padding, height + 2 * padding];
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${outerWidth} ${outerHeight}" width="${outerWidth}" height="${outerHeight}" role="img" aria-label="pulsync-tui: host, join, a transfer, a tier switch, a conflict resolved">`,
		`<metadata>tape ${fingerprint(steps)}</metadata>`,
		'<style>',
		`.film{animation:film ${(length / 1000).toFixed(2)}s step-end infinite}`,
		`@keyframes film{${keyframes.join('')}}`,
		'@media (prefers-reduced-motion:reduce){.film{animation-play-state:paused}}',
		'</style>',
		`<rect width="100%" height="100%" rx="8" fill="${size.paper}"/>`,
		'<defs>',
		...[...ids].map(([row, id]) => `<g id="${id}">${row}</g>`),
		'</defs>',
		`<svg x="${padding}" y="${padding}" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}">`,
		`<g class="film" fill="${size.ink}" font-family="'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">`,
		...strip,
		'</g></svg></svg>',
		'',
	].join('\n');
}

/** The plain text of each frame of a film, in order. */
export function textsOfFilm(film: string): readonly string[] {
	const texts = new Map<string, string>();
	for (const [, id, row] of film.matchAll(/^<g id="(r\d+)">(.*)<\/g>$/gm)) {
		texts.set(
			id!,
			row!
				.replaceAll(/<[^>]*>/g, '')
				.replaceAll('&lt;', '<')
				.replaceAll('&gt;', '>')
				.replaceAll('&amp;', '&'),
		);
	}
	return film
		.split('\n')
		.filter((line) => line.startsWith('<use '))
		.map((line) => [...line.matchAll(/href="#(r\d+)"/g)].map(([, id]) => texts.get(id!) ?? '').join('\n'));
}

/** A frame that is replaced at once was never seen; equal ones are one. */
function withoutFlicker(frames: readonly Frame[]): readonly Frame[] {
	return frames
		.filter((frame, index) => (frames[index + 1]?.atMs ?? Infinity) - frame.atMs >= minStillMs)
		.filter((frame, index, kept) => kept[index - 1]?.rows.join('\n') !== frame.rows.join('\n'));
}

function withStills(frames: readonly Frame[]): readonly (Frame & {readonly stillMs: number})[] {
	return frames.map((frame, index) => {
		const next = frames[index + 1];
		return {...frame, stillMs: next ? Math.min(maxStillMs, next.atMs - frame.atMs) : maxStillMs};
	});
}
